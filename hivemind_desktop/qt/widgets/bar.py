"""A bar that is filled up to a share; it jumps to a new value, nothing moves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens

HEIGHT = 6


class Bar(QWidget):
    """`set_share`: 0..1, None for "not told" (only the track)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share: float | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_share(self, share: float | None) -> None:
        if share != self._share:
            self._share = None if share is None else min(1.0, max(0.0, share))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(84, HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = tokens().radius["bar"]
        whole = QRectF(self.rect())
        painter.setBrush(self._theme.color("honey.track"))
        painter.drawRoundedRect(whole, radius, radius)
        if self._share:
            painter.setBrush(self._theme.color("honey"))
            whole.setWidth(max(2.0 * radius, whole.width() * self._share))
            painter.drawRoundedRect(whole, radius, radius)
