"""What the lines mean: drawn as they are drawn in the charts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.label import label

translate = QCoreApplication.translate
Draw = Callable[[QPainter, QRectF, Theme], None]


class Swatch(QWidget):
    def __init__(self, theme: Theme, draw: Draw) -> None:
        super().__init__()
        self._theme, self._draw = theme, draw
        self.setFixedSize(18, 10)
        theme.changed.connect(self.update)

    def paintEvent(self, _: QPaintEvent) -> None:
        self._draw(QPainter(self), QRectF(self.rect()), self._theme)


def _own(painter: QPainter, place: QRectF, theme: Theme) -> None:
    painter.fillRect(place, theme.color("honey.area"))
    painter.setPen(QPen(theme.color("honey.line"), 1))
    painter.drawLine(0, 0, round(place.right()), 0)


def _rest(painter: QPainter, place: QRectF, theme: Theme) -> None:
    painter.setPen(QPen(theme.color("rest.line"), 1))
    painter.drawLine(0, 5, round(place.right()), 5)


def _limit(painter: QPainter, place: QRectF, theme: Theme) -> None:
    pen = QPen(theme.color("limit.line"), 1)
    pen.setDashPattern([float(px) for px in tokens().stroke["limit_dash"]])
    painter.setPen(pen)
    painter.drawLine(0, 5, round(place.right()), 5)


def _gap(painter: QPainter, place: QRectF, theme: Theme) -> None:
    painter.fillRect(place, theme.color("gap.area"))
    painter.fillRect(place, theme.color("gap.area"))


class Legend(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        entries: tuple[tuple[Draw, str], ...] = (
            (_own, "HiveMind"),
            (_rest, translate("charts", "Whole computer")),
            (_limit, translate("charts", "Limit")),
            (_gap, translate("charts", "Not measured")),
        )
        for draw, text in entries:
            row.addWidget(Swatch(theme, draw))
            row.addWidget(label(theme, "caption", "secondary", text))
            row.addSpacing(8)
        row.addStretch(1)
