"""The dashboard: this computer, what runs, what came of it. Draws at most once a second and only while it is seen."""

from __future__ import annotations

import os

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.charts import figures
from hivemind_desktop.qt.charts.cards import ChartCard, StripsCard
from hivemind_desktop.qt.charts.legend import Legend
from hivemind_desktop.qt.options import NEXT_TASK
from hivemind_desktop.qt.pages.earned import EarnedCard
from hivemind_desktop.qt.pages.grid import columns_for, places
from hivemind_desktop.qt.pages.log import LogCard
from hivemind_desktop.qt.pages.results import ResultsCard
from hivemind_desktop.qt.pages.running import RunningCard
from hivemind_desktop.qt.pictures import Pictures
from hivemind_desktop.qt.recent import Sample
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.label import label
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate


class Dashboard(QScrollArea):
    """`show_result_of`: a task id, or NEXT_TASK; its log is shown as it runs, and its result and picture when it has ended."""

    seen_changed = Signal()
    """Shown or hidden as a page."""

    def __init__(
        self, theme: Theme, bridge: Bridge, show_result_of: str = "", cores: int | None = None
    ) -> None:
        super().__init__()
        self._theme, self._bridge = theme, bridge
        self._task = show_result_of
        self._cores = cores or os.cpu_count() or 1
        self._drawn: float | None = None
        self._arranged: tuple[int, int] | None = None
        self._down_top = self._up_top = 0.0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.pictures = Pictures(bridge, self)
        self.running = RunningCard(theme, bridge.clock)
        self.log = LogCard(theme, bridge)
        self.results = ResultsCard(theme, self.pictures, bridge.clock)
        self._earned = EarnedCard(theme, bridge)
        self._cpu, self._memory, self._disk = (ChartCard(theme) for _ in range(3))
        self._charts = (self._cpu, self._memory, self._disk)
        self._network = StripsCard(theme, translate("charts", "Network"))
        self._gpus: list[StripsCard] = []
        self._cards: dict[str, QWidget] = {
            "cpu": self._cpu,
            "memory": self._memory,
            "disk": self._disk,
            "network": self._network,
            "running": self.running,
            "log": self.log,
            "results": self.results,
            "earned": self._earned,
        }
        self._lay_out()
        self.running.chosen.connect(self._open_log)
        self.results.chosen.connect(self._open_log)
        for chart in self._charts:
            chart.resized.connect(self._fit_heads)
        self.log.closed.connect(lambda: self.running.choose(None))
        bridge.changed.connect(self._changed)
        bridge.refreshed.connect(self._refreshed)

    def _lay_out(self) -> None:
        self._inner = inner = QWidget()
        inner.setObjectName("scroll")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        margin = tokens().space["window_margin"]
        column = QVBoxLayout(inner)
        column.setContentsMargins(margin, 16, margin, margin)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(label(self._theme, "heading", text=translate("dashboard", "This computer")))
        head.addWidget(Legend(self._theme), 1)
        column.addLayout(head)
        self._grid = QGridLayout()
        self._grid.setSpacing(tokens().space["card_gap"])
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(inner)
        for card in self._cards.values():
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def _arrange(self) -> None:
        wanted = (columns_for(self.width()), len(self._gpus))
        if wanted == self._arranged:
            return
        self._arranged = wanted
        for card in self._cards.values():
            self._grid.removeWidget(card)
        for name, place in places(*wanted).items():
            self._grid.addWidget(self._cards[name], place.row, place.column, place.rows, place.columns)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < wanted[0] else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen_changed.emit()
        self._refreshed(self._bridge.snapshot)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen_changed.emit()
        self._drawn = None

    def close_down(self) -> None:
        """Before the application ends."""
        self.pictures.close()

    def _changed(self, snapshot: Snapshot) -> None:
        """What a task's beginning or end brings is taken in also while nobody looks: it is little."""
        self._follow_task(snapshot)

    def _refreshed(self, snapshot: Snapshot) -> None:
        if not self.isVisible():
            return
        self._follow_task(snapshot)
        self.running.show_snapshot(snapshot)
        self.log.show_snapshot(snapshot)
        self.results.show_snapshot(snapshot)
        self._earned.show_snapshot(snapshot)
        self._draw(snapshot)

    def _draw(self, snapshot: Snapshot) -> None:
        """The charts step when there is a new reading."""
        samples = self._bridge.recent.samples()
        at = samples[-1].at if samples else 0.0
        if at == self._drawn:
            return
        self._drawn = at
        times, allowed = figures.times_of(samples), snapshot.allowed
        self._cpu.show_figure(times, figures.cpu(samples, allowed, self._cores))
        self._memory.show_figure(times, figures.memory(samples, allowed))
        self._disk.show_figure(times, figures.disk(samples, allowed))
        down, up = figures.download(samples, self._down_top), figures.upload(samples, self._up_top)
        self._down_top, self._up_top = down.top, up.top
        self._network.show_figures(times, (down, up))
        self._draw_gpus(samples, times)
        self._fit_heads()

    def _fit_heads(self) -> None:
        """All charts alike, so that their plots stay level."""
        tight = any(chart.is_tight for chart in self._charts)
        for chart in self._charts:
            chart.set_narrow(tight)

    def _draw_gpus(self, samples: tuple[Sample, ...], times: figures.Times) -> None:
        gpus = samples[-1].reading.gpus if samples else ()
        while len(self._gpus) < len(gpus):
            number = len(self._gpus)
            card = StripsCard(self._theme, f"GPU {gpus[number].index}")
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._gpus.append(card)
            self._cards[f"gpu{number}"] = card
        self._arrange()
        for card, gpu in zip(self._gpus, gpus, strict=False):
            card.set_detail(gpu.name)
            card.show_figures(times, figures.gpu(samples, gpu.index))

    def _open_log(self, attempt: AttemptKey) -> None:
        snapshot = self._bridge.snapshot
        names = {run.attempt: run.name for run in snapshot.runs}
        names |= {result.attempt: result.name for result in snapshot.results}
        self.running.choose(attempt)
        self.log.open_log(attempt, names.get(attempt, attempt.task_id))

    def _follow_task(self, snapshot: Snapshot) -> None:
        """For the demo: the task at work first, then its picture."""
        if self._task == NEXT_TASK and snapshot.runs:
            self._task = snapshot.runs[-1].attempt.task_id
        if not self._task:
            return
        run = next((run for run in snapshot.runs if run.attempt.task_id == self._task), None)
        if run is not None and self.log.attempt != run.attempt:
            self._open_log(run.attempt)
        result = next((one for one in snapshot.results if one.attempt.task_id == self._task), None)
        if result is not None and run is None:
            self._task = ""
            self._open_log(result.attempt)
            self.results.show_snapshot(snapshot)
            self.results.choose(result.attempt)
            self.ensureWidgetVisible(self.results)
