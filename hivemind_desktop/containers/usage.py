"""What a run uses: from cgroup files (v1 and v2) where they can be read, else asked of the engine; and the means that the reward is made of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hivemind_desktop.contract.task import Resources, Usage

CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Sample:
    """`cpu_seconds` since the container's start, all cores; memory without the file cache that the kernel gives back, in bytes."""

    cpu_seconds: float
    memory_bytes: int
    memory_peak_bytes: int = 0


class CgroupFiles:
    """Kept open: a read is one pread, and none once the container is gone (`sample` gives None)."""

    def __init__(self, cpu: Path, memory: Path, v2: bool) -> None:
        self._v2 = v2
        names = (
            ("memory.current", "memory.stat", "memory.peak")
            if v2
            else ("memory.usage_in_bytes", "memory.stat", "memory.max_usage_in_bytes")
        )
        self._cpu = _open(cpu / ("cpu.stat" if v2 else "cpuacct.usage"))
        self._files = [_open(memory / name) for name in names]

    def sample(self) -> Sample | None:
        try:
            cpu = _read(self._cpu)
            now, stat, peak = (_read(file) for file in self._files)
        except OSError:
            return None
        if cpu is None or now is None:
            return None
        seconds = _field(cpu, "usage_usec") / 1e6 if self._v2 else int(cpu) / 1e9
        cache = _field(stat or "", "inactive_file" if self._v2 else "total_inactive_file")
        return Sample(seconds, max(0, int(now) - cache), int(peak) if peak else 0)

    def close(self) -> None:
        for file in (self._cpu, *self._files):
            if file is not None:
                os.close(file)
        self._cpu, self._files = None, [None] * len(self._files)


def find_cgroup(
    container_id: str, cgroup_of_pid: str | None, v2: bool, root: Path = CGROUPS
) -> CgroupFiles | None:
    """The files of a container by the usual places, else by the text of /proc/PID/cgroup of its first process; None where there are none."""
    for cpu, memory in _places(container_id, cgroup_of_pid, v2, root):
        if (cpu / ("cpu.stat" if v2 else "cpuacct.usage")).exists() and memory.exists():
            return CgroupFiles(cpu, memory, v2)
    return None


def _places(
    container_id: str, cgroup_of_pid: str | None, v2: bool, root: Path
) -> Iterator[tuple[Path, Path]]:
    for inside in (f"docker/{container_id}", f"system.slice/docker-{container_id}.scope"):
        yield (root / inside, root / inside) if v2 else (root / "cpuacct" / inside, root / "memory" / inside)
    if cgroup_of_pid is None:
        return
    by_controller = {}
    for line in cgroup_of_pid.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            by_controller[controller] = path.strip("/")
    if v2:
        yield root / by_controller.get("", ""), root / by_controller.get("", "")
    elif "cpuacct" in by_controller and "memory" in by_controller:
        yield root / "cpuacct" / by_controller["cpuacct"], root / "memory" / by_controller["memory"]


def from_stats(stats: dict[str, Any]) -> Sample | None:
    """The engine's own answer (GET stats, one shot); None for a container that is not running."""
    cpu = (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
    memory = stats.get("memory_stats") or {}
    if "usage" not in memory:
        return None
    details = memory.get("stats") or {}
    cache = int(details.get("total_inactive_file", details.get("inactive_file", 0)))
    return Sample(
        int(cpu.get("total_usage", 0)) / 1e9,
        max(0, int(memory["usage"]) - cache),
        int(memory.get("max_usage", 0)),
    )


class Means:
    """Means over a run: time is the run's own (unfrozen, awake) seconds."""

    def __init__(self) -> None:
        self._last: tuple[float, Sample] | None = None
        self._memory_seconds = 0.0
        self._weighed = 0.0
        self._peak = 0
        self._disk_peak = 0
        self._count = 0
        self._last_gpu: tuple[float, float | None] | None = None
        self._gpu_seconds = 0.0
        self._gpu_weighed = 0.0
        self._gpu_known = 0.0

    def add(self, at: float, sample: Sample, disk_bytes: int | None = None) -> float:
        """`at`: the run's own seconds. Returns the cores used since the last sample."""
        before_at, before = self._last or (0.0, Sample(0.0, sample.memory_bytes))
        span = max(0.0, at - before_at)
        self._memory_seconds += span * (before.memory_bytes + sample.memory_bytes) / 2
        self._weighed += span
        self._peak = max(self._peak, sample.memory_bytes, sample.memory_peak_bytes)
        self._disk_peak = max(self._disk_peak, disk_bytes or 0)
        self._count += 1
        self._last = (at, sample)
        return (sample.cpu_seconds - before.cpu_seconds) / span if span > 0 else 0.0

    def add_gpu(self, at: float, load: float | None) -> None:
        """`load`: mean over the run's GPUs in %, None when not known: then it says nothing of the time around it."""
        before_at, before = self._last_gpu or (0.0, load)
        self._last_gpu = at, load
        known = [told for told in (before, load) if told is not None]
        if known:
            span = max(0.0, at - before_at)
            self._gpu_known = known[-1]
            self._gpu_seconds += span * sum(known) / len(known)
            self._gpu_weighed += span

    @property
    def _gpu_percent(self) -> float:
        return min(100.0, self._gpu_seconds / self._gpu_weighed if self._gpu_weighed else self._gpu_known)

    def usage(self, granted: Resources, seconds: float) -> Usage:
        """`seconds`: how long the run took, its own time."""
        if self._last is None:
            return Usage(duration_s=int(seconds), gpu_percent=self._gpu_percent)
        at, last = self._last
        memory = self._memory_seconds / self._weighed if self._weighed else float(last.memory_bytes)
        span = at if at >= seconds / 2 else seconds
        return Usage(
            cpu_percent=_percent(last.cpu_seconds, granted.cpus * span),
            memory_percent=_percent(memory, granted.memory_bytes),
            gpu_percent=self._gpu_percent,
            duration_s=int(seconds),
            memory_peak_bytes=self._peak,
            cpu_seconds=last.cpu_seconds,
            disk_peak_bytes=self._disk_peak,
            samples=self._count,
        )


def _percent(part: float, whole: float) -> float:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else 0.0


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _read(file: int | None) -> str | None:
    return None if file is None else os.pread(file, 8192, 0).decode("ascii", "replace").strip()


def _field(text: str, name: str) -> int:
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
