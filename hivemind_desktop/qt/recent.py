"""The last five minutes of readings, kept while no window is open too: a reference each, no timer, no Qt."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.worker.snapshot import RunView, Snapshot

SPAN_S = 300.0
POINTS = 300
"""Of one curve."""
GAP_S = 25.0
"""Seconds. Readings further apart than that: the time between was not measured (asleep, program off). An idle worker takes one every 10 s."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading and what HiveMind's tasks used then; None = not measured. CPU in cores."""

    reading: Reading
    own_cpus: float | None
    own_memory: int | None
    own_disk: int | None

    @property
    def at(self) -> float:
        """Unix seconds."""
        return self.reading.at


def sample_of(snapshot: Snapshot) -> Sample | None:
    if snapshot.reading is None:
        return None
    runs = snapshot.runs
    return Sample(
        snapshot.reading,
        _sum([run.cpus for run in runs if _counts(run, run.cpus)]),
        _whole(_sum([run.memory_bytes for run in runs if _counts(run, run.memory_bytes)])),
        _whole(_sum([run.disk_bytes for run in runs if _counts(run, run.disk_bytes)])),
    )


def _counts(run: RunView, value: float | None) -> bool:
    """A run whose container is not up yet uses nothing."""
    return value is not None or run.stage is Stage.RUNNING


def _sum(values: list[float | None] | list[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return None if values and not known else float(sum(known))


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


class Recent:
    """`add` from the worker's thread, `samples` from the window's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: deque[Sample] = deque(maxlen=POINTS)

    def add(self, snapshot: Snapshot) -> None:
        """Take the snapshot's reading; one of the same time replaces the last."""
        sample = sample_of(snapshot)
        if sample is None:
            return
        with self._lock:
            if self._samples and sample.at <= self._samples[-1].at:
                self._samples.pop()
            self._samples.append(sample)

    def samples(self) -> tuple[Sample, ...]:
        """Oldest first, none older than SPAN_S before the newest."""
        with self._lock:
            held = tuple(self._samples)
        return tuple(sample for sample in held if sample.at >= held[-1].at - SPAN_S)
