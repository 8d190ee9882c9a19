"""SIGINT and SIGTERM inside a Qt event loop, on the main thread, without a timer that ticks for nothing.

Qt's loop never lets Python's handlers run; the byte that Python writes at a signal wakes it. A handler only notes the signal:
it may stand in the middle of anything, itself included, and what it does there (logging, posting) would wait for its own locks.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Slot

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


class Signals(QObject):
    """Calls `asked(name)` for each ending signal until `close`; earlier handlers come back then."""

    def __init__(self, asked: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked = asked
        self._caught: list[str] = []
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self._old_fd = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old: dict[int, Any] = {number: signal.signal(number, self._handle) for number in ENDING}

    def close(self) -> None:
        """Give the signals back. Main thread only, once."""
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._caught.append(signal.Signals(number).name)

    @Slot()
    def _drain(self) -> None:
        """Being called at all is what lets Python run `_handle`; the bytes say nothing more."""
        with contextlib.suppress(BlockingIOError):
            while self._read.recv(64):
                pass
        while self._caught:
            self._asked(self._caught.pop(0))
