"""What this computer has, as far as this process may use it. GPUs are the sensors' knowledge."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import psutil

from hivemind_desktop.contract.reading import Capacity

_CGROUP = Path("/sys/fs/cgroup")


def machine(state: Path, cgroup: Path = _CGROUP) -> Capacity:
    """Cores and memory usable here (CPU affinity and the cgroup's limits count), the disk that holds `state`, system and processor."""
    return Capacity(
        cpu_count=usable_cores(cgroup),
        memory_bytes=usable_memory(cgroup),
        disk_bytes=shutil.disk_usage(state).total,
        os=platform.system().lower(),
        arch=_architecture(),
    )


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """At least 1. A quota of 1.5 cores counts as 1: what is shown must be there."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota, _, period = _words(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        cores = min(cores, int(quota) // int(period))
    return max(cores, 1)


def usable_memory(cgroup: Path = _CGROUP) -> int:
    """Bytes."""
    total = int(psutil.virtual_memory().total)
    limit = _words(cgroup / "memory.max")
    return min(total, int(limit)) if limit.isdigit() and int(limit) else total


def _words(path: Path) -> str:
    """The file's text, empty when this system has no such file."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _architecture() -> str:
    """amd64 and arm64, as images name them."""
    name = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(name, name)
