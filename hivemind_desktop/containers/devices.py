"""The GPUs of this computer that tasks may use: each belongs to one run at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Devices:
    """`allowed`: numbers of the GPUs as the driver counts them (NVML's index). Thread-safe."""

    def __init__(self, allowed: Iterable[int]) -> None:
        self._allowed = tuple(sorted(set(allowed)))
        self._lock = threading.Lock()
        self._owner: dict[int, str] = {}

    def take(self, run_id: str, count: int) -> tuple[int, ...] | None:
        """The lowest `count` free ones, now of this run; None, and nothing taken, when fewer are free."""
        with self._lock:
            free = [number for number in self._allowed if number not in self._owner][:count]
            if len(free) < count:
                return None
            self._owner.update(dict.fromkeys(free, run_id))
        return tuple(free)

    def free(self, run_id: str) -> None:
        """What this run had is free again; a run that had none is no fault."""
        with self._lock:
            self._owner = {number: owner for number, owner in self._owner.items() if owner != run_id}
