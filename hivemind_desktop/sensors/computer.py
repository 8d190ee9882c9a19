"""Processor, memory, disk and network of the whole computer, by psutil. Each sensor gives fields of a Reading; what it cannot know yet is left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

Fields = Mapping[str, float | int | None]
Sensor = Callable[[], Fields]

_NOT_COUNTED = ("lo", "Loopback", "veth", "docker", "br-", "virbr", "cni", "wg", "tun", "utun", "hivemind")
"""Beginnings of interface names whose traffic is of this computer with itself, or is counted again on a real one."""


class Processor:
    """Mean load of all cores since the last call; nothing at the first one."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def __call__(self) -> Fields:
        times = psutil.cpu_times()._asdict()
        # the kernel counts guests' time in user and nice as well
        total = sum(value for name, value in times.items() if name not in ("guest", "guest_nice"))
        idle = times["idle"] + times.get("iowait", 0.0)
        last, self._last = self._last, (total, idle)
        if last is None or total - last[0] <= 0:
            return {}
        busy = 1 - (idle - last[1]) / (total - last[0])
        return {"cpu_percent": min(max(busy * 100, 0.0), 100.0)}


def memory() -> Fields:
    """Used is what programs cannot get, so caches count as free."""
    found = psutil.virtual_memory()
    return {"memory_used_bytes": found.total - found.available, "memory_total_bytes": found.total}


class Disk:
    """The disk that holds `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self) -> Fields:
        found = shutil.disk_usage(self._folder)
        return {"disk_used_bytes": found.total - found.free, "disk_total_bytes": found.total}


class Network:
    """Bytes a second of the real interfaces since the last call; nothing at the first one. `clock` gives seconds that count sleep."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[float, dict[str, tuple[int, int]]] | None = None

    def __call__(self) -> Fields:
        at = self._clock()
        counted = {
            name: (found.bytes_recv, found.bytes_sent)
            for name, found in psutil.net_io_counters(pernic=True).items()
            if not name.startswith(_NOT_COUNTED)
        }
        last, self._last = self._last, (at, counted)
        if last is None or at - last[0] <= 0:
            return {}
        seconds, before = at - last[0], last[1]
        # an interface that came anew counts from the next time on; one that began again from 0 as well
        steps = [
            (now[0] - before[name][0], now[1] - before[name][1])
            for name, now in counted.items()
            if name in before and now[0] >= before[name][0] and now[1] >= before[name][1]
        ]
        return {
            "network_in_bytes_per_s": sum(step[0] for step in steps) / seconds,
            "network_out_bytes_per_s": sum(step[1] for step in steps) / seconds,
        }


def sensors(folder: Path, clock: Callable[[], float]) -> dict[str, Sensor]:
    """The sensors of the whole computer by the names that `Reading.broken` uses."""
    return {"cpu": Processor(), "memory": memory, "disk": Disk(folder), "network": Network(clock)}
