"""The reward is the seed's formula, odd corners and all."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from hivemind_desktop.contract.reward import calculate_reward


def seed_reward(task_duration: int, resource_usage: dict[str, float]) -> int:
    """The seed document's function, word for word but for its comments (seed/hivemind-worker.zh-TW.md, lines 310-342)."""
    base_reward = 10

    avg_usage = (resource_usage["cpu"] + resource_usage["memory"]) / 2

    if avg_usage > 80:
        usage_multiplier = 1.5
    elif avg_usage > 50:
        usage_multiplier = 1.2
    elif avg_usage > 20:
        usage_multiplier = 1.0
    else:
        usage_multiplier = 0.8

    gpu_bonus = resource_usage.get("gpu", 0) * 0.01

    time_bonus = min(task_duration / 3600, 2.0)

    total_reward = int(base_reward * usage_multiplier * time_bonus + gpu_bonus)
    return max(total_reward, 1)


percent = st.floats(0, 100) | st.sampled_from([0.0, 20.0, 50.0, 80.0, 100.0])


@given(
    st.integers(0, 100_000) | st.sampled_from([3600, 7199, 7200, 7201]), percent, percent, percent | st.none()
)
@example(7200, 80.0, 80.0, None)
@example(7200, 100.0, 100.0, 100.0)
@example(3000, 50.0, 50.0, None)
def test_equals_the_seeds_function(duration: int, cpu: float, memory: float, gpu: float | None) -> None:
    usage = {"cpu": cpu, "memory": memory} | ({} if gpu is None else {"gpu": gpu})
    paid = calculate_reward(duration, cpu, memory, 0.0 if gpu is None else gpu)
    assert paid == seed_reward(duration, usage)
    assert isinstance(paid, int)


@pytest.mark.parametrize(
    ("duration", "cpu", "memory", "gpu", "paid"),
    [
        (0, 0, 0, 0, 1),  # nobody gets less than 1
        (0, 100, 100, 100, 1),  # the GPU's bonus is not multiplied by time: 1.0 alone
        (3600, 80, 80, 0, 12),  # exactly 80 % is not above 80
        (3600, 80.1, 80, 0, 15),
        (3600, 50, 50, 0, 10),
        (3600, 20, 20, 0, 8),
        (3600, 100, 0, 0, 10),  # the mean of both counts
        (7200, 100, 100, 100, 31),
        (360_000, 100, 100, 0, 30),  # two hours are paid at most
        (3599, 30, 30, 0, 9),  # cut, never rounded
        (3599, 30, 30, 1, 10),  # 9.997 + 0.01
        (3600, 30, 30, 99, 10),
    ],
)
def test_odd_corners(duration: int, cpu: float, memory: float, gpu: float, paid: int) -> None:
    assert calculate_reward(duration, cpu, memory, gpu) == paid
