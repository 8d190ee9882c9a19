"""The cards around the charts. Plots are made when a card is first shown: until then nothing of pyqtgraph is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from hivemind_desktop.qt.charts.figures import Figure, Times
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.label import Name, label

if TYPE_CHECKING:
    from hivemind_desktop.qt.charts.plot import Chart

translate = QCoreApplication.translate
CHART_PX = 128
STRIP_PX = 52


class ChartCard(Card):
    """One figure: title and limit at the left, the computer's value and HiveMind's at the right, the plot below."""

    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = label(theme, "heading")
        self._limit = label(theme, "caption", "secondary")
        self._computer = label(theme, "caption", "secondary")
        self._value = label(theme, "heading")
        self.head.addWidget(self._title)
        self.head.addWidget(self._limit)
        self.head.addStretch(1)
        self.head.addWidget(self._computer)
        self.head.addWidget(self._value)
        self._below = QHBoxLayout()
        self.body.addLayout(self._below)
        self._narrow = False
        self._chart: Chart | None = None

    def show_figure(self, times: Times, figure: Figure) -> None:
        self._title.setText(figure.title)
        self._limit.setText(figure.limit_text)
        self._computer.setText(figure.computer_text)
        self._value.setText(figure.value)
        if self._chart is None:
            self._chart = _chart(self._theme, CHART_PX, times_below=True)
            self.body.addWidget(self._chart, 1)
        self._chart.show_figure(times, figure)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    @property
    def is_tight(self) -> bool:
        """One line is too narrow for title, limit, computer and value."""
        texts = (self._title, self._limit, self._computer, self._value)
        margins = self.body.contentsMargins()
        room = self.width() - margins.left() - margins.right() - len(texts) * self.head.spacing()
        return sum(text.sizeHint().width() for text in texts) > room

    def set_narrow(self, narrow: bool) -> None:
        """Limit and computer on a line of their own."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for text in (self._limit, self._computer):
            (self.head if narrow else self._below).removeWidget(text)
        if narrow:
            self._below.addWidget(self._limit)
            self._below.addStretch(1)
            self._below.addWidget(self._computer)
        else:
            while self._below.takeAt(0):
                pass
            self.head.insertWidget(1, self._limit)
            self.head.insertWidget(3, self._computer)


class StripsCard(Card):
    """Several figures of one thing, each a low plot with its own line of text above."""

    def __init__(self, theme: Theme, title: str, *, chart_px: int = STRIP_PX) -> None:
        super().__init__()
        self._theme, self._chart_px = theme, chart_px
        self.head.addWidget(label(theme, "heading", text=title))
        self._detail = Name(theme, "caption", "secondary")
        self.head.addWidget(self._detail, 1)
        self._rows: list[tuple[QLabel, QLabel, Chart]] = []

    def set_detail(self, text: str) -> None:
        if text != self._detail.text():
            self._detail.setText(text)

    def show_figures(self, times: Times, figures: Sequence[Figure]) -> None:
        while len(self._rows) < len(figures):
            self._rows.append(self._add_row())
        for (title, value, chart), figure in zip(self._rows, figures, strict=False):
            comma = translate("charts", ", ")
            title.setText(comma.join(text for text in (figure.title, figure.limit_text) if text))
            value.setText(figure.value)
            chart.show_figure(times, figure)
        gutter = max((chart.wanted_gutter for _, _, chart in self._rows), default=0)
        for _, _, chart in self._rows:
            chart.set_gutter(gutter)

    def _add_row(self) -> tuple[QLabel, QLabel, Chart]:
        title = label(self._theme, "caption", "secondary")
        value = label(self._theme, "body_strong")
        chart = _chart(self._theme, self._chart_px)
        row, column = QHBoxLayout(), QVBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(value)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(chart, 1)
        self.body.addLayout(column, 1)
        return title, value, chart


def _chart(theme: Theme, height: int, *, times_below: bool = False) -> Chart:
    from hivemind_desktop.qt.charts.plot import Chart

    if not times_below:
        return Chart(theme, height)
    return Chart(theme, height, translate("charts", "5 min ago"), translate("charts", "now"))
