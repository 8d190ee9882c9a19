"""A run's own time: neither sleep (the clock's doing) nor frozen time counts."""

from __future__ import annotations

from collections.abc import Callable


class Stopwatch:
    """Seconds between start and end without the frozen ones; `awake` must not count sleep."""

    def __init__(self, awake: Callable[[], float]) -> None:
        self._awake = awake
        self._gone = 0.0
        self._since: float | None = None

    @property
    def elapsed(self) -> float:
        running = 0.0 if self._since is None else self._awake() - self._since
        return self._gone + running

    @property
    def going(self) -> bool:
        return self._since is not None

    def go(self) -> None:
        if self._since is None:
            self._since = self._awake()

    def hold(self) -> None:
        self._gone = self.elapsed
        self._since = None
