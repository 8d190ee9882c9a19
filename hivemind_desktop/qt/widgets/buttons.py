"""Buttons of the look: `primary`, plain, `quiet`, `link`; their icons follow the theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton

from hivemind_desktop.qt import icons
from hivemind_desktop.qt.theme import Theme

Kind = Literal["primary", "plain", "quiet", "link"]
_ICON_COLORS = {
    "primary": "accent.text",
    "plain": "text.primary",
    "quiet": "text.secondary",
    "link": "accent",
}


class Button(QPushButton):
    """`drawing`: a name of resources/icons; `behind`: it stands after the text, as a menu's arrow does."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        pressed: Callable[[], object] | None = None,
        *,
        kind: Kind = "plain",
        drawing: str = "",
        behind: bool = False,
    ) -> None:
        super().__init__(text)
        self._theme, self._kind, self._drawing = theme, kind, drawing
        if kind != "plain":
            self.setObjectName(kind)
        self.setFont(theme.font("body_strong" if kind in ("primary", "plain") else "body"))
        self.setIconSize(QSize(16, 16))
        self.setAutoDefault(False)
        if behind:
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        if pressed is not None:
            self.clicked.connect(lambda: pressed())
        if drawing:
            theme.changed.connect(self._draw)
            self._draw()

    def _draw(self) -> None:
        self.setIcon(icons.icon(self._drawing, self._theme.color(_ICON_COLORS[self._kind])))
