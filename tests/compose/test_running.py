"""What compose gives the rooms. No machine of the tests has a GPU: the computer's GPUs and their loads are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hivemind_desktop import compose
from hivemind_desktop.compose.running import Worker
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Capacity, GpuReading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.control.client import connected
from hivemind_desktop.host.folders import control_socket
from hivemind_desktop.settings import Flags
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.queries import AskTotals, Totals
from hivemind_desktop.worker.snapshot import RunView

GIB = 1024**3
THREE_GPUS = Capacity(2, 8 * GIB, 100 * GIB, gpus=tuple(GpuReading(i, "A100", 80 * GIB) for i in range(3)))


@pytest.fixture
def make_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Worker]]:
    """A worker that is not started, with settings given as flags, on a computer with three GPUs."""
    monkeypatch.setattr("hivemind_desktop.sensors.sampler.capacity", lambda computer: THREE_GPUS)
    with ExitStack() as ending:

        def make(**given: str) -> Worker:
            flags = Flags({key.replace("__", "."): (text, key) for key, text in given.items()})
            return Worker(compose.place(flags, strict=True), ending)

        yield make


def devices(worker: Worker) -> Any:
    return worker._containers._rooms.devices


def test_tasks_get_the_gpus_that_the_owner_named(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(gpu__devices="0,2")
    assert devices(worker).take("run", 3) is None
    assert devices(worker).take("run", 2) == (0, 2)


def test_cpu_only_gives_none(make_worker: Callable[..., Worker]) -> None:
    assert devices(make_worker(gpu__cpu_only="true")).take("run", 1) is None


def test_loads_come_from_the_sampler(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker()
    monkeypatch.setattr(worker._sampler, "gpu_loads", lambda: {0: 7.0})
    assert worker._containers._rooms.gpu_loads() == {0: 7.0}


def test_readings_come_every_5_s_while_a_task_is_here(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker()
    pace: list[float] = []
    monkeypatch.setattr(worker._sampler, "set_interval", pace.append)
    idle = worker._agent.snapshot()
    run = RunView(AttemptKey("T", 1, 1), "a task", "ann", Stage.PREPARING, Resources(), 60, 0.0)
    for snapshot in (idle, replace(idle, runs=(run,)), idle):
        worker._set_pace(Change(snapshot))
    assert pace == [10.0, 5.0, 10.0]


def test_status_is_answered_while_results_of_an_earlier_life_are_collected(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker()
    answered: list[object] = []

    def recover() -> tuple[AttemptKey, ...]:
        with connected(control_socket(worker.place.folders.root)) as port:
            answered.append(port.status()["installation"])
            answered.append(type(port.ask(AskTotals())))
        return ()

    monkeypatch.setattr(worker._containers, "recover_results", recover)
    try:
        worker.start()
    finally:
        worker.end()
    assert answered == [worker.place.installation, Totals]


def test_a_setting_that_was_wrong_stands_among_the_warnings(state_folder: Path) -> None:
    state_folder.mkdir(mode=0o700)
    (state_folder / "config.toml").write_text('[window]\ntheme = "ligt"\n')
    with compose.running(compose.place(strict=False)) as worker:
        snapshot = worker.port.snapshot()
        while not snapshot.warnings:
            change = worker.port.since(snapshot.number, 10.0)
            assert change is not None, "no warning within 10 s"
            snapshot = change.snapshot
    assert snapshot.warnings[0].code == "settings.wrong_choice"
    assert snapshot.warnings[0].fields["where"].endswith("config.toml:2")
