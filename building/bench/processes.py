"""What processes cost while nothing happens: CPU over a while, and memory as the kernel counts it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB. `pss`: pages that others use too are divided among them. `private`: written by this process and by no other's to share."""

    pss: float
    private: float


def memory(pid: int) -> Memory:
    """From /proc/PID/smaps_rollup, of one process."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]:
        name, _, rest = line.partition(":")
        fields[name] = int(rest.split()[0]) * 1024
    return Memory(fields["Pss"] / MIB, fields["Private_Dirty"] / MIB)


def family(pid: int) -> list[psutil.Process]:
    """A process and whatever it has started that still runs."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def memory_of_all(processes: Iterable[psutil.Process]) -> Memory:
    each = [memory(process.pid) for process in processes]
    return Memory(sum(one.pss for one in each), sum(one.private for one in each))


def cpu_seconds(process: psutil.Process) -> float:
    """Of all its threads, and of its children that have ended."""
    told = process.cpu_times()
    return float(told.user + told.system + told.children_user + told.children_system)


def cpu_percent(pids: dict[str, int], seconds: float) -> dict[str, float]:
    """% of one core that each used while nothing was asked of it for so many seconds."""
    before = {name: _family_seconds(pid) for name, pid in pids.items()}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {name: 100 * (_family_seconds(pid) - before[name]) / took for name, pid in pids.items()}


def _family_seconds(pid: int) -> float:
    return sum(cpu_seconds(process) for process in family(pid))
