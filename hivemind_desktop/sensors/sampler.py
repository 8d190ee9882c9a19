"""The loop that takes a reading every so often and posts it. Interval: IDLE_S, WORKING_S with a task here, WATCHED_S while a chart is seen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hivemind_desktop.contract.reading import Capacity, GpuReading, Reading
from hivemind_desktop.sensors.computer import Sensor, sensors
from hivemind_desktop.sensors.gpu import Gpus
from hivemind_desktop.worker.events import ReadingTaken
from hivemind_desktop.worker.ports import Clock, Post

log = logging.getLogger(__name__)

IDLE_S = 10.0
WORKING_S = 5.0
WATCHED_S = 1.0


class Sampler:
    """A Loop (worker/ports.py). `set_interval` may be called from any thread and holds at once."""

    def __init__(
        self,
        post: Post,
        clock: Clock,
        folder: Path,
        *,
        interval_s: float = IDLE_S,
        computer: Mapping[str, Sensor] | None = None,
        gpus: Gpus | None = None,
    ) -> None:
        self._post = post
        self._clock = clock
        self._computer = sensors(folder, lambda: clock().at) if computer is None else computer
        self._gpus = gpus or Gpus()
        self._gpus_read = threading.Lock()
        self._interval = interval_s
        self._changed = threading.Condition()
        self._stopped = False
        self._broken: frozenset[str] = frozenset()

    def run(self) -> None:
        """Post ReadingTaken until `stop`. The second reading comes after WATCHED_S: rates need two."""
        try:
            taken, first = self._take(), True
            while self._wait_until_due(taken, WATCHED_S if first else None):
                taken, first = self._take(), False
        finally:
            with self._gpus_read:
                self._gpus.close()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def set_interval(self, seconds: float) -> None:
        """Seconds between readings from now on, counted from the last one."""
        with self._changed:
            self._interval = seconds
            self._changed.notify_all()

    def reading(self) -> Reading:
        """One reading now; sensors that raise are named in it, and logged when they begin and cease to."""
        taken: dict[str, Any] = {}
        broken: dict[str, Exception | None] = {}
        for name, sensor in self._computer.items():
            try:
                taken.update(sensor())
            except Exception as error:
                broken[name] = error
        try:
            with self._gpus_read:
                taken["gpus"], failed = self._gpus.read()
            broken.update(dict.fromkeys(failed))
        except Exception as error:
            broken["gpu"] = error
        self._tell_change(broken)
        return replace(Reading(at=self._clock().wall), **taken, broken=tuple(broken))

    def gpu_loads(self) -> dict[int, float]:
        """The load of each GPU now, in %, by its index; what cannot be known is left out. From any thread while the loop runs."""
        try:
            with self._gpus_read:
                found, _ = self._gpus.read()
        except Exception as error:
            log.debug("no GPU's load is known: %s", error)  # the next reading names the sensor
            return {}
        return {gpu.index: gpu.load_percent for gpu in found if gpu.load_percent is not None}

    def _take(self) -> float:
        """Post a reading unless stopped; when it was taken (Moment.at)."""
        at = self._clock().at
        if not self._stopped:
            self._post(ReadingTaken(self.reading()))
        return at

    def _wait_until_due(self, taken: float, at_most: float | None) -> bool:
        """Wait for the next reading's time; False when stopped."""
        with self._changed:
            while not self._stopped:
                interval = self._interval if at_most is None else min(self._interval, at_most)
                left = taken + interval - self._clock().at
                if left <= 0:
                    return True
                self._changed.wait(left)
        return False

    def _tell_change(self, broken: Mapping[str, Exception | None]) -> None:
        for name in broken.keys() - self._broken:
            log.warning("sensor %s cannot be read", name, exc_info=broken[name])
        for name in self._broken - broken.keys():
            log.info("sensor %s can be read again", name)
        self._broken = frozenset(broken)


def capacity(computer: Capacity, gpus: Gpus | None = None) -> Capacity:
    """`computer` (host/machine.py) with its GPUs, without what changes from second to second. A driver that fails means no GPU, and is logged."""
    reader = gpus or Gpus()
    try:
        found, _ = reader.read()
    except Exception:
        log.warning("the GPUs cannot be read", exc_info=True)
        return computer
    finally:
        reader.close()
    return replace(computer, gpus=tuple(GpuReading(gpu.index, gpu.name, gpu.memory_bytes) for gpu in found))
