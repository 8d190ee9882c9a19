"""From the worker's feed into the GUI thread: what matters at once, the rest at most once a second and only while somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.qt.recent import Recent
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import QuitAsked
from hivemind_desktop.worker.front import OwnerEvent, Port
from hivemind_desktop.worker.queries import Answer, Query
from hivemind_desktop.worker.snapshot import Snapshot

REFRESH_MS = 1000
AT_ONCE = frozenset({"phase", "why", "warnings", "link", "results", "show_asked", "over"})
"""Parts of the snapshot that tray and window show without waiting, also while nobody looks."""


def _stages(snapshot: Snapshot) -> tuple[tuple[AttemptKey, Stage], ...]:
    """Which tasks are here and how far: a change is shown at once, a change of their use is not."""
    return tuple((run.attempt, run.stage) for run in snapshot.runs)


class Bridge(QObject):
    """`changed` for the tray and the status bar, `refreshed` for what is seen. Both carry the newest Snapshot."""

    changed = Signal(object)
    refreshed = Signal(object)
    over = Signal()
    seen_changed = Signal(bool)
    _arrived = Signal()
    _answered = Signal(object, object, object)

    def __init__(
        self,
        port: Port,
        refresh_ms: int = REFRESH_MS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()  # no parent: an answer that comes late must find it alive
        self._port = port
        self.clock = clock
        """Unix seconds."""
        self.recent = Recent()
        self.snapshot: Snapshot = port.snapshot()
        self._lock = threading.Lock()
        self._stages = _stages(self.snapshot)
        self._urgent = False
        self._queued = False
        self._seen = False
        self._ended = False
        self._timer = QTimer(self, interval=refresh_ms, singleShot=True)
        self._timer.timeout.connect(self._due)
        self._waiting = False
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        self.recent.add(self.snapshot)
        self._unsubscribe = port.subscribe(self._hear)
        # what happened between the two: nobody else would tell it
        if (now := port.snapshot()).number != self.snapshot.number:
            self._hear(Change(now))

    def post(self, event: OwnerEvent) -> None:
        self._port.post(event)

    def quit(self) -> None:
        """Ask the worker to end; `over` follows."""
        self.post(QuitAsked())

    def ask(self, query: Query, answered: Callable[[Answer | None, Exception | None], None]) -> None:
        """`answered` is called in the GUI thread; not after `close`."""
        self._port.ask_later(query, lambda answer, error: self._hear_answer(answered, answer, error))

    def _hear_answer(
        self,
        answered: Callable[[Answer | None, Exception | None], None],
        answer: Answer | None,
        error: Exception | None,
    ) -> None:
        """On a thread of the port's."""
        if not self._ended:
            self._answered.emit(answered, answer, error)

    @property
    def seen(self) -> bool:
        return self._seen

    def set_seen(self, seen: bool) -> None:
        """Whether anybody looks at the window; the newest state is shown at once when it becomes true."""
        if seen == self._seen:
            return
        self._seen = seen
        self.seen_changed.emit(seen)
        if seen:
            self._refresh()
        else:
            self._timer.stop()

    def close(self) -> None:
        """Nothing arrives any more."""
        if self._ended:
            return
        self._ended = True
        self._unsubscribe()
        self._timer.stop()

    def _hear(self, change: Change) -> None:
        """On the worker's thread."""
        if "reading" in change.parts:
            self.recent.add(change.snapshot)
        stages = _stages(change.snapshot)
        with self._lock:
            urgent = bool(change.parts & AT_ONCE) or stages != self._stages
            self._stages = stages
            self._urgent = self._urgent or urgent
            if self._queued or not (self._seen or urgent):
                return
            self._queued = True
        self._arrived.emit()

    @Slot()
    def _take(self) -> None:
        with self._lock:
            urgent, self._urgent, self._queued = self._urgent, False, False
        if self._ended:
            return
        self.snapshot = self._port.snapshot()
        if urgent:
            self.changed.emit(self.snapshot)
            if self._seen:
                self._refresh()
        elif self._seen and not self._timer.isActive():
            self._refresh()
        else:
            self._waiting = True
        if self.snapshot.over:
            self.over.emit()

    def _refresh(self) -> None:
        self._waiting = False
        self.snapshot = self._port.snapshot()
        self.refreshed.emit(self.snapshot)
        self._timer.start()

    @Slot()
    def _due(self) -> None:
        if self._waiting and self._seen:
            self._refresh()

    @Slot(object, object, object)
    def _hand_over(
        self,
        answered: Callable[[Answer | None, Exception | None], None],
        answer: Answer | None,
        error: Exception | None,
    ) -> None:
        if not self._ended:
            answered(answer, error)
