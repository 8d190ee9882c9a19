"""Fonts by role: the system's family and size; the scale of the look is for 13 px and grows with it."""

from __future__ import annotations

import sys
from functools import cache
from typing import Literal

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from hivemind_desktop.qt.tokens import tokens

Role = Literal["caption", "body", "body_strong", "heading", "title", "figure", "log"]
_PLATFORMS = {"win32": "windows", "darwin": "macos"}


@cache
def _base(fixed: bool, chinese: bool) -> tuple[tuple[str, ...], float]:
    system = QFontDatabase.SystemFont
    found = QFontDatabase.systemFont(system.FixedFont if fixed else system.GeneralFont)
    general = QFontInfo(QFontDatabase.systemFont(system.GeneralFont))
    # what an alias such as "Sans Serif" stands for: in a list of families the alias itself is skipped
    families = [QFontInfo(found).family()]
    fallback = tokens().type["fallback"]["zh_TW"][_PLATFORMS.get(sys.platform, "linux")]
    if chinese or sys.platform.startswith("linux"):
        families += [family for family in fallback if family not in families]
    return tuple(families), max(1.0, general.pixelSize() / 13)


@cache
def font(role: Role, *, chinese: bool = False) -> QFont:
    """The font of a role; digits are equally wide, so that changing numbers do not jump."""
    scale = tokens().type["scale"][role]
    families, factor = _base(role == "log", chinese)
    made = QFont()
    made.setFamilies(list(families))
    made.setPixelSize(round(scale["px"] * factor))
    made.setWeight(QFont.Weight.DemiBold if scale["weight"] >= 600 else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    if role == "log":
        made.setStyleHint(QFont.StyleHint.Monospace)
    if chinese and sys.platform.startswith("linux"):
        made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
