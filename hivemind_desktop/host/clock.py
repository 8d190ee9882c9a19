"""The time as events carry it: a clock that counts sleep and that nobody moves, and the wall clock for people."""

from __future__ import annotations

import sys
import time

from hivemind_desktop.worker.events import Moment


def now() -> Moment:
    """`at`: seconds that go on while the computer sleeps (Linux CLOCK_BOOTTIME; on macOS CLOCK_MONOTONIC does, unlike
    `time.monotonic`; on Windows `time.monotonic` does). `wall`: Unix seconds."""
    return Moment(at=_steady(), wall=time.time())


if sys.platform == "linux":

    def _steady() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def _steady() -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:

    def _steady() -> float:
        return time.monotonic()
