"""Running now: one row a task, with its use beside what it was granted; the chosen row's log stands below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.qt import words
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.bar import Bar
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.columns import Columns, stacked
from hivemind_desktop.qt.widgets.label import Name, Sentence, label, plain_tip
from hivemind_desktop.qt.widgets.picture import Drawing
from hivemind_desktop.qt.widgets.row import Row
from hivemind_desktop.wording import say
from hivemind_desktop.worker.snapshot import Phase, RunView, Snapshot

translate = QCoreApplication.translate
MINUTE_S = 60
SURE_SHARE = 0.03
"""Below it no guess is made of the time that is left."""


def taken(run: RunView, now: float) -> str:
    """How long it runs, in minutes: nothing on the screen counts seconds."""
    if run.started is None:
        return say(f"stage.{run.stage}")
    seconds = max(0.0, now - run.started)
    if seconds < MINUTE_S:
        return translate("running", "under 1 min")
    return words.duration(seconds - seconds % MINUTE_S)


def left(run: RunView, now: float) -> str:
    """About how long it goes on, from its own progress; the stage when it is not running; empty when nothing is known."""
    if run.stage is not Stage.RUNNING:
        return say(f"stage.{run.stage}") if run.started is not None else ""
    if run.frozen:
        return translate("running", "paused")
    if run.started is None or run.progress is None or not SURE_SHARE <= run.progress < 1:
        return ""
    seconds = (now - run.started) * (1 - run.progress) / run.progress
    if seconds < MINUTE_S:
        return translate("running", "under 1 min left")
    return translate("running", "about {time} left").format(time=words.duration(seconds - seconds % MINUTE_S))


def cpu_use(run: RunView) -> str:
    granted = run.cpus_granted or run.granted.cpus
    used = words.UNKNOWN if run.cpus is None else words.number(run.cpus)
    text = translate("running", "{used} of {granted} cores").format(used=used, granted=words.number(granted))
    gpus = run.granted.gpus
    return translate("running", "{use}, %n GPU(s)", None, gpus).format(use=text) if gpus else text


def memory_use(run: RunView) -> str:
    return translate("running", "{used} of {granted}").format(
        used=words.size(run.memory_bytes), granted=words.size(run.granted.memory_bytes)
    )


class RunRow(Row):
    """Pressed: its log. Selected: a blue mark."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._name = Name(theme, "body_strong")
        self._sender = Name(theme, "caption", "secondary")
        self._percent = label(theme, "caption")
        self._bar = Bar(theme)
        self._bar.setMinimumWidth(64)
        self._taken, self._left = label(theme, "caption"), label(theme, "caption", "secondary")
        self._cpu, self._memory = label(theme, "caption", "secondary"), label(theme, "caption", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 12, 4)
        row.setSpacing(12)
        row.addWidget(stacked(self._name, self._sender, grows=True), 1)
        self.cells = (
            stacked(self._percent, self._bar),
            stacked(self._taken, self._left),
            stacked(self._cpu, self._memory),
        )
        for cell in self.cells:
            row.addWidget(cell)
        row.addWidget(Drawing(theme, "ui-chevron-right", 16, "text.secondary"))
        self.seal()

    def show_run(self, run: RunView, now: float) -> None:
        name, sender = harmless_line(run.name), harmless_line(run.sender)
        share = words.percent(None if run.progress is None else run.progress * 100)
        self._name.setText(name)
        self._sender.setText(translate("running", "from {sender}").format(sender=sender))
        self._percent.setText(share)
        self._bar.set_share(run.progress)
        self._taken.setText(taken(run, now))
        self._left.setText(left(run, now))
        self._cpu.setText(cpu_use(run))
        self._memory.setText(memory_use(run))
        self.setAccessibleName(f"{name}, {share}, {say(f'stage.{run.stage}')}")
        progress = harmless_line(run.progress_text)
        plain_tip(self, progress)


class RunningCard(Card):
    """`chosen(attempt)` when the owner presses a row."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, clock: Callable[[], float]) -> None:
        super().__init__()
        self._theme, self._clock = theme, clock
        self._rows: dict[AttemptKey, RunRow] = {}
        self._columns = Columns()
        self._chosen: AttemptKey | None = None
        space = tokens().space
        self._title = label(theme, "heading")
        self._count = label(theme, "heading", "muted")
        self.body.setContentsMargins(1, space["m"], 1, space["m"])
        self.head.setContentsMargins(space["card_padding"] - 1, 0, space["card_padding"] - 1, 0)
        self.head.addWidget(self._title)
        self.head.addWidget(self._count)
        self.head.addStretch(1)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._empty = self._make_empty()
        self.body.addLayout(self._list)
        self.body.addWidget(self._empty, 1)
        self.body.addStretch(1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        now = self._clock()
        runs = {run.attempt: run for run in snapshot.runs}
        for gone in self._rows.keys() - runs.keys():
            self._rows.pop(gone).deleteLater()
        for run in snapshot.runs:
            if run.attempt not in self._rows:
                self._rows[run.attempt] = self._add_row(run.attempt)
            self._rows[run.attempt].show_run(run, now)
        self._columns.align(row.cells for row in self._rows.values())
        paused = snapshot.phase is Phase.PAUSED and bool(runs)
        self._title.setText(
            translate("running", "Paused, still in memory") if paused else translate("running", "Running now")
        )
        self._count.setText(str(len(runs)) if runs else "")
        self._empty.setVisible(not runs)

    def choose(self, attempt: AttemptKey | None) -> None:
        """Mark the row whose log is shown."""
        self._chosen = attempt
        for held, row in self._rows.items():
            row.setChecked(held == attempt)

    def _add_row(self, attempt: AttemptKey) -> RunRow:
        row = RunRow(self._theme)
        row.setChecked(attempt == self._chosen)
        row.clicked.connect(lambda: self._pressed(attempt))
        self._list.addWidget(row)
        return row

    def _pressed(self, attempt: AttemptKey) -> None:
        self.choose(attempt)
        self.chosen.emit(attempt)

    def _make_empty(self) -> QWidget:
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        mark = Drawing(self._theme, "phase-ready-mono", 32, "text.muted")
        column.addStretch(1)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for role, tone, text in (
            ("body_strong", "primary", translate("running", "No task is running")),
            ("body", "secondary", translate("running", "Tasks from your pool appear here.")),
        ):
            line = Sentence(self._theme, role, tone, text)  # type: ignore[arg-type]
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(line)
        column.addStretch(1)
        return held
