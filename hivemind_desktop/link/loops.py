"""What the loops of this room share: a bell that wakes a loop from its wait, and the delay between tries."""

from __future__ import annotations

import threading
from collections.abc import Callable

FLOOR_S = 0.5
CEILING_S = 60.0


class Bell:
    """Wakes one waiting thread; rings are coalesced, and one that came before the wait is not lost."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._stopped = threading.Event()

    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def ring(self) -> None:
        self._rung.set()

    def stop(self) -> None:
        """From now on every wait returns at once."""
        self._stopped.set()
        self._rung.set()

    def wait(self, seconds: float | None = None) -> None:
        """Until rung, stopped, or after `seconds`; what there is to do is looked at afterwards."""
        if not self.is_stopped():
            self._rung.wait(seconds)
            self._rung.clear()


class Backoff:
    """Full jitter: a random part of a span that doubles from `floor_s` to `ceiling_s`, for ever. `random` gives 0..1."""

    def __init__(
        self, random: Callable[[], float], floor_s: float = FLOOR_S, ceiling_s: float = CEILING_S
    ) -> None:
        self._random = random
        self._floor_s = floor_s
        self._ceiling_s = ceiling_s
        self._span_s = floor_s

    def next(self) -> float:
        """Seconds until the next try."""
        span = self._span_s
        self._span_s = min(self._ceiling_s, span * 2)
        return span * self._random()

    def reset(self) -> None:
        self._span_s = self._floor_s
