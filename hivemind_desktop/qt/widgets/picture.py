"""A drawing of resources/icons in a colour of the theme; follows a change of theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from hivemind_desktop.qt import icons
from hivemind_desktop.qt.theme import Theme


class Drawing(QWidget):
    """`color` names a colour of the theme; empty for a drawing that has its own."""

    def __init__(self, theme: Theme, name: str, px: int = 16, color: str = "") -> None:
        super().__init__()
        self._theme, self._name, self._px, self._color = theme, name, px, color
        self.setFixedSize(px, px)
        theme.changed.connect(self.update)

    def show_as(self, name: str, color: str) -> None:
        if (name, color) != (self._name, self._color):
            self._name, self._color = name, color
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        color = self._theme.color(self._color) if self._color else None
        drawn = icons.svg_pixmap(self._name, self._px, color, self.devicePixelRatioF())
        QPainter(self).drawPixmap(QPointF(0, 0), drawn)
