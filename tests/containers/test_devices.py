"""Which GPUs a run gets and what their load makes of its use.

No machine of the tests has a GPU. Where a run has to go on, the request for the device is left out of the body that the real engine
gets (`no_device`), and the loads are played; all else is the real thing. That the request reaches the engine is seen by its refusal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from hivemind_desktop.containers import run
from hivemind_desktop.containers.devices import Devices
from hivemind_desktop.containers.spec import Surroundings, create_body
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import LimitsFound, UsageSampled
from tests.containers.desk import GRANTED, Desk, kept_reason

WITH_GPU = replace(GRANTED, cpus=0.5, gpus=1)
WAITS = "import sys, time\nprint('up')\ntime.sleep(600)"


def test_each_device_is_of_one_run() -> None:
    devices = Devices((3, 1, 0))
    assert devices.take("a", 2) == (0, 1)
    assert devices.take("b", 2) is None
    assert devices.take("b", 1) == (3,)
    assert devices.take("c", 0) == ()
    devices.free("a")
    devices.free("nobody")
    assert devices.take("c", 2) == (0, 1)


def test_none_is_allowed() -> None:
    assert Devices(()).take("a", 1) is None


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(order: StartRun, around: Surroundings) -> dict[str, Any]:
        return create_body(order, replace(around, gpus=()))

    monkeypatch.setattr(run, "create_body", without)


@pytest.fixture
def make_desk(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient
) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**parts: Any) -> Desk:
        made.append(Desk(tmp_path / f"worker{len(made)}", **parts))
        return made[-1]

    yield make
    for desk in made:
        desk.close()
        label: dict[str, str | list[str] | bool] = {"label": f"hivemind.installation={desk.installation_id}"}
        assert docker_client.containers.list(all=True, filters=label) == []


def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def found(desk: Desk, attempt: AttemptKey) -> tuple[str, ...]:
    """The devices that a run was told to have."""
    event = desk.events.wait(lambda event: isinstance(event, LimitsFound) and event.attempt == attempt)
    assert isinstance(event, LimitsFound)
    return event.kept.gpus


def test_the_engine_is_asked_for_that_very_device_and_it_is_free_again(
    make_desk: Callable[..., Desk],
) -> None:
    desk = make_desk(gpus=(5,))
    for _ in range(2):
        finished = desk.run({"main.py": "print('never')"}, granted=WITH_GPU)
        assert finished.reason is Reason.CANNOT_RUN_HERE
        assert finished.message == "engine.no_gpu"
        assert found(desk, finished.attempt) == ("5",)


def test_a_task_without_gpus_gets_none(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(gpus=(0,), gpu_loads=lambda: {0: 99.0})
    finished = desk.run({"main.py": "print('hello')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert finished.usage.gpu_percent == 0.0
    assert found(desk, finished.attempt) == ()


@pytest.mark.usefixtures("no_device")
def test_two_at_once_get_two_and_a_third_waits(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[int, ...]] = []
    refused: list[str] = []
    take = Devices.take

    def see(devices: Devices, run_id: str, count: int) -> tuple[int, ...] | None:
        got = take(devices, run_id, count)
        if got is None:
            refused.append(run_id)
        else:
            taken.append(got)
        return got

    monkeypatch.setattr(Devices, "take", see)
    desk = make_desk(gpus=(1, 4))
    first, second = (desk.start({"main.py": WAITS}, granted=WITH_GPU) for _ in range(2))
    desk.running(first)
    desk.running(second)
    assert sorted(taken) == [(1,), (4,)]
    third = desk.start({"main.py": "print('mine')"}, granted=WITH_GPU)
    until(lambda: bool(refused))
    desk.containers.stop(first, Reason.CANCELLED, 0.0)
    assert kept_reason(desk.end(third)) == (Reason.OK, 0, "")
    assert found(desk, third) == found(desk, first)
    desk.containers.stop(second, Reason.CANCELLED, 0.0)
    for attempt in (first, second):
        desk.end(attempt)


def test_a_gpu_that_never_comes_free_gives_the_task_back(make_desk: Callable[..., Desk]) -> None:
    finished = make_desk(engine_patience_s=0.0).run({"main.py": "print('never')"}, granted=WITH_GPU)
    assert kept_reason(finished) == (Reason.ENGINE_LOST, None, "engine.gpus_taken")


def test_a_run_that_waits_for_a_gpu_can_be_cancelled(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    attempt = desk.start({"main.py": "print('never')"}, granted=WITH_GPU)
    desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
    assert desk.end(attempt).reason is Reason.CANCELLED


@pytest.mark.usefixtures("no_device")
def test_the_load_is_the_mean_over_the_runs_own_gpus(make_desk: Callable[..., Desk]) -> None:
    """GPU 0 is not allowed, 4 is not this run's, and the load of 3, which is, is not known."""
    desk = make_desk(gpus=(1, 2, 3, 4), gpu_loads=lambda: {0: 100.0, 1: 20.0, 2: 60.0, 4: 100.0})
    finished = desk.run({"main.py": "import time; time.sleep(0.5)"}, granted=replace(WITH_GPU, gpus=3))
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert finished.usage.gpu_percent == pytest.approx(40.0)


@pytest.mark.usefixtures("no_device")
def test_frozen_time_is_not_in_the_load(make_desk: Callable[..., Desk]) -> None:
    load = [90.0]
    asked: list[float] = []

    def loads() -> dict[int, float]:
        asked.append(load[0])
        return {0: load[0]}

    desk = make_desk(gpus=(0,), gpu_loads=loads, sample_s=0.05)
    attempt = desk.start({"main.py": WAITS}, granted=WITH_GPU)
    desk.printed(attempt, b"up")
    desk.events.wait(lambda event: isinstance(event, UsageSampled))
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    load[0], before = 0.0, len(asked)
    time.sleep(0.3)  # six samples, were it not frozen
    assert len(asked) == before
    load[0] = 90.0
    desk.containers.thaw(attempt)
    desk.frozen(attempt, False)
    until(lambda: len(asked) >= before + 2)
    desk.containers.stop(attempt, Reason.PREEMPTED, 0.0)
    assert desk.end(attempt).usage.gpu_percent == pytest.approx(90.0)
