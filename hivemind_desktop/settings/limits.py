"""The owner's settings as the two tables of limits, clipped to what the computer has (design, section 6)."""

from __future__ import annotations

from hivemind_desktop.contract.reading import Capacity
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.settings.setting import Values
from hivemind_desktop.settings.table import (
    CPU_ONLY,
    CPU_PERCENT,
    DISK_GB,
    GIB,
    GPU_DEVICES,
    IMAGE_ALLOWED,
    KEEP_RUNNING_H,
    MEMORY_PERCENT,
    SLOTS,
    TASK_CPU_CORES,
    TASK_CPU_PERCENT,
    TASK_DISK,
    TASK_GRACE_S,
    TASK_MAX_TIMEOUT_S,
    TASK_MEMORY,
    TASK_NETWORK,
    TASK_PIDS,
    TASK_TIMEOUT_S,
)
from hivemind_desktop.worker.allowed import MIN_CPUS, Allowed


def allowed(values: Values, capacity: Capacity) -> Allowed:
    """What the owner allows on a computer with `capacity`; no number is above what is there.

    The seed's cores 0-3 at 80 % on 2 cores: min(4, 2) x 0.8 = 1.6 cores for one task.
    """
    cores = max(capacity.cpu_count, 1)
    total = Resources(
        cpus=_cpus(cores * values[CPU_PERCENT] / 100),
        memory_bytes=capacity.memory_bytes * values[MEMORY_PERCENT] // 100,
        disk_bytes=min(int(values[DISK_GB] * GIB), capacity.disk_bytes),
        gpus=len(gpus_allowed(values, capacity)),
        pids=values[TASK_PIDS] * values[SLOTS],
    )
    one = Resources(
        cpus=min(_cpus(min(values[TASK_CPU_CORES], cores) * values[TASK_CPU_PERCENT] / 100), total.cpus),
        memory_bytes=min(values[TASK_MEMORY], total.memory_bytes),
        disk_bytes=min(values[TASK_DISK], total.disk_bytes),
        gpus=total.gpus,
        pids=values[TASK_PIDS],
    )
    return Allowed(
        slots=values[SLOTS],
        total=total,
        ceiling=one,
        default=one,
        timeout_s=min(values[TASK_TIMEOUT_S], values[TASK_MAX_TIMEOUT_S]),
        max_timeout_s=values[TASK_MAX_TIMEOUT_S],
        grace_s=values[TASK_GRACE_S],
        networks=(values[TASK_NETWORK],),
        images=values[IMAGE_ALLOWED],
        keep_running_offline_s=values[KEEP_RUNNING_H] * 3600,
    )


def gpus_allowed(values: Values, capacity: Capacity) -> tuple[int, ...]:
    """Numbers of the GPUs that tasks may use."""
    if values[CPU_ONLY]:
        return ()
    wanted = values[GPU_DEVICES]
    return tuple(gpu.index for gpu in capacity.gpus if not wanted or str(gpu.index) in wanted)


def _cpus(cores: float) -> float:
    return max(round(cores, 2), MIN_CPUS)
