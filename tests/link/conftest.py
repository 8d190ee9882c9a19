"""A fake master and a worker's link to it, both ended and checked after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.link.fake_master import FakeMaster
from tests.link.world import Worker


@pytest.fixture
def master(tmp_path: Path) -> Iterator[FakeMaster]:
    disk = tmp_path / "master"
    disk.mkdir()
    fake = FakeMaster(disk)
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture
def make_worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(address: str, **options: object) -> Worker:
        worker = Worker(address, tmp_path / f"worker-{len(made)}", **options)  # type: ignore[arg-type]
        made.append(worker)
        return worker

    yield make
    for worker in made:
        worker.end()


@pytest.fixture
def worker(master: FakeMaster, make_worker: Callable[..., Worker]) -> Worker:
    return make_worker(master.address)
