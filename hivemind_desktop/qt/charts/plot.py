"""Curves drawn by pyqtgraph: pen width 1, no mouse, no menu, no text over data. Importing this file loads pyqtgraph and numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsRectItem, QSizePolicy, QWidget

from hivemind_desktop.qt.charts.figures import Curve, Figure, Times, segments
from hivemind_desktop.qt.recent import SPAN_S
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens

GAP_PX = 8
"""Between label and plot."""


class Plot(pg.GraphicsView):  # type: ignore[misc]
    """The plot alone. Curves are kept and reused; a curve in pieces takes one item for each piece."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0.0)
        self._box.setXRange(-SPAN_S, 0.0, padding=0.0)
        self.setCentralItem(self._box)
        self._own: list[pg.PlotCurveItem] = []
        self._rest: list[pg.PlotCurveItem] = []
        self._gaps: list[QGraphicsRectItem] = []
        self._grid = [pg.InfiniteLine(angle=0, movable=False) for _ in range(3)]
        self._limit = pg.InfiniteLine(angle=0, movable=False)
        for line in (*self._grid, self._limit):
            self._box.addItem(line, ignoreBounds=True)
        self._limit.setZValue(20)
        self._shown: tuple[Times, Figure] | None = None
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_figure(self, times: Times, figure: Figure) -> None:
        self._shown = (times, figure)
        top = figure.top
        self._box.setYRange(-0.01 * top, 1.02 * top, padding=0.0)
        for line, share in zip(self._grid, (0.0, 0.5, 1.0), strict=True):
            line.setPos(share * top)
        self._limit.setVisible(figure.limit is not None)
        if figure.limit is not None:
            self._limit.setPos(figure.limit)
        self._draw_gaps(times, top)
        with_area = not figure.own
        self._draw(self._rest, times, figure.rest, "rest.line", "rest.area" if with_area else "")
        self._draw(self._own, times, figure.own, "honey.line", "honey.area")

    def _draw(self, items: list[pg.PlotCurveItem], times: Times, curve: Curve, line: str, area: str) -> None:
        pieces = segments(times, curve)
        while len(items) < len(pieces):
            item = pg.PlotCurveItem()
            item.setZValue(10 if items is self._own else 5)
            self._box.addItem(item, ignoreBounds=True)
            items.append(item)
        pen = _pen(self._theme.color(line))
        brush = pg.mkBrush(self._theme.color(area)) if area else None
        for number, item in enumerate(items):
            if number >= len(pieces):
                item.setVisible(False)
                continue
            at, values = _drawable(pieces[number])
            item.setData(at, values, pen=pen, fillLevel=0.0 if area else None, brush=brush)
            item.setVisible(True)

    def _draw_gaps(self, times: Times, top: float) -> None:
        while len(self._gaps) < len(times.gaps):
            band = QGraphicsRectItem()
            band.setPen(QPen(Qt.PenStyle.NoPen))
            self._box.addItem(band, ignoreBounds=True)
            self._gaps.append(band)
        color = self._theme.color("gap.area")
        for number, band in enumerate(self._gaps):
            band.setVisible(number < len(times.gaps))
            if number < len(times.gaps):
                begin, end = times.gaps[number]
                band.setBrush(color)
                band.setRect(QRectF(begin, 0.0, end - begin, top))

    def _recolor(self) -> None:
        self.setBackground(self._theme.color("bg.surface"))
        for line in self._grid:
            line.setPen(_pen(self._theme.color("grid.line")))
        dashes = [float(px) for px in tokens().stroke["limit_dash"]]
        pen = _pen(self._theme.color("limit.line"))
        pen.setDashPattern(dashes)
        self._limit.setPen(pen)
        if self._shown is not None:
            self.show_figure(*self._shown)


def _pen(color: QColor) -> QPen:
    pen = QPen(color, tokens().stroke["chart"])
    pen.setCosmetic(True)
    return pen


def _drawable(piece: tuple[Sequence[float], Sequence[float]]) -> tuple[np.ndarray, np.ndarray]:
    """One lone sample is drawn as a second long."""
    at, values = piece
    if len(at) == 1:
        at, values = (at[0] - 1.0, at[0]), (values[0], values[0])
    return np.asarray(at, dtype=float), np.asarray(values, dtype=float)


class Chart(QWidget):
    """A plot with three labels at its left and two below: all text is outside the data."""

    def __init__(self, theme: Theme, height: int, ago: str = "", now: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._labels = ("", "", "")
        self._gutter = 0
        self._ago, self._now = ago, now
        self.setFont(theme.font("caption"))
        self.plot = Plot(theme)
        self.plot.setParent(self)
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_figure(self, times: Times, figure: Figure) -> None:
        self.plot.show_figure(times, figure)
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.summary)
        if figure.labels != self._labels:
            self._labels = figure.labels
            self.set_gutter(self.wanted_gutter)
            self.update()

    @property
    def wanted_gutter(self) -> int:
        """Pixels that the labels at the left need."""
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(text) for text in self._labels)
        return max(widest, metrics.horizontalAdvance("100%")) + GAP_PX

    def set_gutter(self, px: int) -> None:
        """Charts above one another begin at the same edge."""
        if px != self._gutter:
            self._gutter = px
            self._place()
            self.update()

    def _place(self) -> None:
        half = self._line() // 2
        below = self._line() + 6 if self._now else half
        self.plot.setGeometry(self._gutter, half, self.width() - self._gutter, self.height() - half - below)

    def _line(self) -> int:
        """Height of a line of text; Chinese comes from another font and is taller."""
        return self.fontMetrics().height() + 4

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color("text.secondary"))
        plot, line = self.plot.geometry(), self._line()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for text, share in zip(self._labels, (0.0, 0.5, 1.0), strict=True):
            middle = plot.top() + share * plot.height()
            place = QRectF(0, middle - line / 2, plot.left() - GAP_PX, line)
            painter.drawText(place, int(right), text)
        if self._now:
            place = QRectF(plot.left(), plot.bottom() + 6, plot.width(), line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), self._ago)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), self._now)
