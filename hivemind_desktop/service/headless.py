"""The worker without a window: wait for its end, and turn SIGINT and SIGTERM into QuitAsked.

Signals find their thread by themselves: the namespace Qt, which could say so, costs 0.9 MB as soon as it is named.
"""

from __future__ import annotations

import logging
import sys

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal, Slot

from hivemind_desktop.service.signals import Signals
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import QuitAsked
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.snapshot import Phase

log = logging.getLogger(__name__)

END_LIMIT_MS = 9_700
"""After a quit was asked; the process is to be gone within 10 s (design, section 1)."""


class Headless(QObject):
    """`main` blocks until the worker has ended and gives the exit code; `stop` asks for that, from any thread."""

    _changed = Signal()
    _stop_asked = Signal()

    def __init__(self, port: Port, end_limit_ms: int = END_LIMIT_MS) -> None:
        super().__init__()
        self._app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
        self._port = port
        self._end_limit_ms = end_limit_ms
        self._phase: Phase | None = None
        self._heard: tuple[Phase, bool] | None = None
        self._asked = False
        self._changed.connect(self._look)
        self._stop_asked.connect(self._ask_quit)

    def main(self) -> int:
        """0 when the worker ended, 1 when it did not within the limit."""
        signals = Signals(self._signalled)
        unsubscribe = self._port.subscribe(self._hear)
        try:
            QTimer.singleShot(0, self._look)
            return self._app.exec()
        finally:
            unsubscribe()
            signals.close()

    def stop(self) -> None:
        self._stop_asked.emit()

    def _hear(self, change: Change) -> None:
        """On the worker's thread. Qt's is woken for what `_look` shows alone: at every change it was a quarter of the worker's CPU."""
        heard = (change.snapshot.phase, change.snapshot.over)
        if heard != self._heard:
            self._heard = heard
            self._changed.emit()

    def _signalled(self, name: str) -> None:
        log.info("%s: quitting", name)
        self._ask_quit()

    @Slot()
    def _ask_quit(self) -> None:
        if self._asked:
            return
        self._asked = True
        self._port.post(QuitAsked())
        QTimer.singleShot(self._end_limit_ms, self._give_up)

    @Slot()
    def _look(self) -> None:
        snapshot = self._port.snapshot()
        if snapshot.phase is not self._phase:
            self._phase = snapshot.phase
            log.info("%s: %s", snapshot.phase, snapshot.why.code)
        if snapshot.over:
            self._app.exit(0)

    @Slot()
    def _give_up(self) -> None:
        log.critical("the worker did not end within %g s of the quit", self._end_limit_ms / 1000)
        self._app.exit(1)
