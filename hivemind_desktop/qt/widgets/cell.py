"""The hexagonal cell of the phase inside the window."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from hivemind_desktop.qt import icons, words
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.worker.snapshot import Phase


class Cell(QWidget):
    """`px`: logical size of its side."""

    def __init__(self, theme: Theme, px: int, phase: Phase = Phase.READY) -> None:
        super().__init__()
        self._theme = theme
        self._px = px
        self._phase = phase
        self.setFixedSize(px, px)
        theme.changed.connect(self.update)
        self.show_phase(phase)

    def show_phase(self, phase: Phase) -> None:
        self._phase = phase
        self.setAccessibleName(words.phase_word(phase))
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        color = self._theme.phase_color(self._phase)
        drawn = icons.phase_pixmap(self._phase, self._px, color, self.devicePixelRatioF())
        QPainter(self).drawPixmap(QPointF(0, 0), drawn)
