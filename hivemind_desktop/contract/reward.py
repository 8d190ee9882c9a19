"""The seed's reward formula, exactly (seed document, chapter on rewards). Computed by the master, shown by the worker."""

from __future__ import annotations

BASE_REWARD = 10
"""CPT."""
MAX_PAID_HOURS = 2.0


def calculate_reward(
    duration_s: int, cpu_percent: float, memory_percent: float, gpu_percent: float = 0.0
) -> int:
    """CPT for one stored attempt.

    `duration_s`: wall seconds unfrozen, rounded down. `cpu_percent`, `memory_percent`: means over the attempt in % of what was
    granted, capped at 100 by the caller. `gpu_percent`: mean load over the task's GPUs, 0 without one.
    The steps are strict (exactly 80 % counts as 50-80), the sum is cut to a whole number, and nobody gets less than 1.
    """
    usage = (cpu_percent + memory_percent) / 2
    if usage > 80:
        multiplier = 1.5
    elif usage > 50:
        multiplier = 1.2
    elif usage > 20:
        multiplier = 1.0
    else:
        multiplier = 0.8
    time_bonus = min(duration_s / 3600, MAX_PAID_HOURS)
    return max(int(BASE_REWARD * multiplier * time_bonus + gpu_percent * 0.01), 1)
