"""Ctrl+C while a program starts and while it ends: none is lost, and none cuts the ending short. Main thread only."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

REPEATED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class EarlyInterrupts:
    """Within it Ctrl+C raises KeyboardInterrupt as ever, and is remembered: Qt's module loader swallows exceptions."""

    def __init__(self) -> None:
        self._caught = False

    def __enter__(self) -> EarlyInterrupts:
        self._old: Any = signal.getsignal(signal.SIGINT)
        if self._old is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._old is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._old)

    def check(self) -> None:
        """Raise the KeyboardInterrupt that got lost, if one did."""
        if self._caught:
            raise KeyboardInterrupt

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._caught = True
        raise KeyboardInterrupt


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that ask for the end again, while it is under way, are ignored; it has a time limit of its own."""
    old = {number: signal.signal(number, signal.SIG_IGN) for number in REPEATED}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
