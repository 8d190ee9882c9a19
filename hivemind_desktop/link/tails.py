"""How far each attempt's log is: how long its spool is here, and how much of it the master holds. Thread-safe, no network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey


@dataclass(slots=True)
class Tail:
    """Bytes of the spool. `held` None: the master has to be asked. `whole`: set when `length` is final."""

    attempt: AttemptKey
    length: int = 0
    held: int | None = None
    whole: Future[None] | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    kept: bool = False
    """Its result is on its way: it goes to its end though its run is gone."""
    streaming: bool = False
    over: bool = False
    """Nothing more is sent of it: held to the end, stale, or given up."""


class Tails:
    """`ring` is called when the log loop has something to look at; it must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tails: dict[AttemptKey, Tail] = {}
        self._ring: Callable[[], None] = lambda: None

    def listen(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def granted(self, attempt: AttemptKey) -> None:
        """A new attempt: the master holds nothing of its log."""
        with self._lock:
            self._tails.setdefault(attempt, Tail(attempt, held=0))

    def grew(self, attempt: AttemptKey, length: int) -> None:
        """The spool is `length` bytes now; called by the run, from its thread."""
        tail = self._of(attempt)
        with tail.changed:
            tail.length = max(tail.length, length)
            streaming = tail.streaming
            tail.changed.notify_all()
        if not streaming:
            self._ring()

    def finish(self, attempt: AttemptKey, length: int) -> Future[None]:
        """The spool has ended with `length` bytes; done when the master holds them all, or fails with a KnownError."""
        tail = self._of(attempt)
        with tail.changed:
            tail.length, tail.kept = length, True
            if tail.whole is None or tail.whole.done():
                tail.whole = Future()
            whole = tail.whole
            tail.changed.notify_all()
        self._ring()
        return whole

    def end(self, attempt: AttemptKey) -> None:
        """No more of this log: it is delivered, stale, or its run is gone."""
        with self._lock:
            tail = self._tails.pop(attempt, None)
        if tail is None:
            return
        with tail.changed:
            tail.over = True
            tail.changed.notify_all()
        self._ring()

    def left(self, attempt: AttemptKey) -> None:
        """Its run is gone: unless its result is on its way, nothing more is sent."""
        with self._lock:
            tail = self._tails.get(attempt)
        if tail is not None and not tail.kept:
            self.end(attempt)

    def keep(self, attempt: AttemptKey) -> None:
        """Its result is on its way."""
        with self._lock:
            if (tail := self._tails.get(attempt)) is not None:
                tail.kept = True

    def all(self) -> tuple[Tail, ...]:
        with self._lock:
            return tuple(self._tails.values())

    def _of(self, attempt: AttemptKey) -> Tail:
        with self._lock:
            return self._tails.setdefault(attempt, Tail(attempt))
