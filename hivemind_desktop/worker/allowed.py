"""What the owner allows: the two tables of limits (design, section 6), already clipped to this computer."""

from __future__ import annotations

from dataclasses import dataclass, field

from hivemind_desktop.contract.task import Resources

GIB = 1024**3
MIN_CPUS = 0.1
"""Cores. No running task gets less when the quotas are divided again (design, section 6)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """`total` holds for all tasks together (hard), `ceiling` for one task, `default` for a task that names nothing."""

    slots: int = 3
    total: Resources = field(
        default_factory=lambda: Resources(
            cpus=1.6, memory_bytes=4 * GIB, disk_bytes=10 * GIB, gpus=0, pids=300
        )
    )
    ceiling: Resources = field(
        default_factory=lambda: Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, gpus=0, pids=100)
    )
    default: Resources = field(
        default_factory=lambda: Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, gpus=0, pids=100)
    )
    timeout_s: int = 3600
    """For a task that names none."""
    max_timeout_s: int = 7 * 24 * 3600
    grace_s: float = 10.0
    """Between SIGTERM and SIGKILL."""
    networks: tuple[str, ...] = ("none",)
    images: tuple[str, ...] = ()
    """Patterns of names (worker/images.py); empty: any. A task that names none runs in the owner's own base image."""
    keep_running_offline_s: float = 24 * 3600.0
    """A run goes on that long without a link."""
