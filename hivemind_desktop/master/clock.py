"""The only two clocks of the master: one that counts sleep and that nobody moves (leases), one for people."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds of a monotonic clock that counts sleep."""

    def wall_ms(self) -> int:
        """Unix milliseconds."""


class SystemClock:
    """CLOCK_BOOTTIME where there is one: CLOCK_MONOTONIC stops on Linux while the computer sleeps; elsewhere monotonic counts it."""

    def __init__(self) -> None:
        self._boot = getattr(time, "CLOCK_BOOTTIME", None)

    def now(self) -> float:
        return time.monotonic() if self._boot is None else time.clock_gettime(self._boot)

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000
