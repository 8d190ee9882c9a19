"""Which language is spoken, and the translation of marked English text through Qt's catalogue."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QTranslator


class Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh-TW"


_TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh_hant", "chinese (traditional)", "chinese_taiwan")
_current = Language.ENGLISH


def current_language() -> Language:
    return _current


def use_language(chosen: str, environ: Mapping[str, str] | None = None) -> Language:
    """From now on speak `chosen`: en, zh-TW or system. Returns what it comes to."""
    global _current
    _current = resolve_language(chosen, environ)
    return _current


def resolve_language(chosen: str, environ: Mapping[str, str] | None = None) -> Language:
    """`system`: traditional Chinese where the system speaks it, else English."""
    if chosen != "system":
        return Language(chosen)
    name = _system_name(os.environ if environ is None else environ).lower().replace("-", "_")
    return Language.CHINESE if name.startswith(_TRADITIONAL) else Language.ENGLISH


def _system_name(environ: Mapping[str, str]) -> str:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if named := environ.get(variable):
            return named
    if sys.platform in ("win32", "darwin"):
        from PySide6.QtCore import QLocale

        return (QLocale.system().uiLanguages() or [""])[0]
    return ""


def translations_folder() -> Path:
    """Where the catalogues lie: beside the package in a clone, inside the bundle in a build."""
    bundle = getattr(sys, "_MEIPASS", None)
    root = Path(bundle) if bundle else Path(__file__).resolve().parents[2]
    return root / "resources" / "translations"


def translate(context: str, source: str, language: Language | None = None) -> str:
    """`source`, marked with QT_TRANSLATE_NOOP in `context`, in `language` (None: the current one).

    Text that the catalogue lacks comes back in English; a missing catalogue raises FileNotFoundError.
    """
    language = language or _current
    if language is Language.ENGLISH:
        return source
    return _catalogue(language).translate(context, source) or source


@cache
def _catalogue(language: Language) -> QTranslator:
    from PySide6.QtCore import QTranslator

    path = translations_folder() / f"hivemind_{language.replace('-', '_')}.qm"
    translator = QTranslator()
    if not translator.load(str(path)):
        raise FileNotFoundError(f"{path}: no catalogue of translations")
    return translator
