import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.sensors.computer import Fields, Sensor
from hivemind_desktop.sensors.gpu import Gpus
from hivemind_desktop.sensors.sampler import Sampler
from hivemind_desktop.worker.events import Event, Moment, ReadingTaken

NO_GPU = Gpus(find=lambda: None)


def real_clock() -> Moment:
    return Moment(time.monotonic(), time.time())


class Posted:
    """What the sampler posted, with a way to wait for it."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        assert isinstance(event, ReadingTaken)
        with self._changed:
            self.readings.append(event.reading)
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.readings) >= count, 10), self.readings


class Running:
    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.thread = threading.Thread(target=sampler.run)
        self.thread.start()

    def end(self) -> None:
        self.sampler.stop()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def run() -> Iterator[Callable[[Sampler], Running]]:
    started: list[Running] = []

    def start(sampler: Sampler) -> Running:
        started.append(Running(sampler))
        return started[-1]

    yield start
    for running in started:
        running.end()


def raising() -> Fields:
    raise OSError("no such sensor")


def test_a_real_computer_is_read(tmp_path: Path, run: Callable[[Sampler], Running]) -> None:
    posted = Posted()
    run(Sampler(posted, real_clock, tmp_path, interval_s=0.05))
    posted.wait(3)
    first, last = posted.readings[0], posted.readings[-1]
    assert first.cpu_percent is None
    assert first.network_in_bytes_per_s is None
    assert last.memory_total_bytes
    assert last.disk_total_bytes
    assert last.network_in_bytes_per_s is not None
    assert last.broken == ()
    assert abs(last.at - time.time()) < 10


def test_a_sensor_that_raises_is_unknown_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sensors: Mapping[str, Sensor] = {"cpu": raising, "memory": lambda: {"memory_used_bytes": 5}}
    taken: dict[str, Sensor] = dict(sensors)
    sampler = Sampler(lambda event: None, real_clock, tmp_path, computer=taken, gpus=NO_GPU)
    with caplog.at_level(logging.INFO):
        readings = [sampler.reading() for _ in range(3)]
        taken["cpu"] = lambda: {"cpu_percent": 7.0}
        readings.append(sampler.reading())
    assert [reading.broken for reading in readings] == [("cpu",)] * 3 + [()]
    assert [reading.cpu_percent for reading in readings] == [None, None, None, 7.0]
    assert {reading.memory_used_bytes for reading in readings} == {5}
    assert [record.getMessage() for record in caplog.records] == [
        "sensor cpu cannot be read",
        "sensor cpu can be read again",
    ]
    assert "no such sensor" in caplog.text


def test_a_gpu_driver_that_raises_is_named_too(tmp_path: Path) -> None:
    class Broken(Gpus):
        def read(self) -> tuple[tuple[GpuReading, ...], tuple[str, ...]]:
            raise RuntimeError("driver gone")

    class Half(Gpus):
        def read(self) -> tuple[tuple[GpuReading, ...], tuple[str, ...]]:
            return (GpuReading(0, "A100", 5),), ("gpu 1",)

    def reading(gpus: Gpus) -> Reading:
        return Sampler(lambda event: None, real_clock, tmp_path, computer={}, gpus=gpus).reading()

    assert (reading(Broken()).gpus, reading(Broken()).broken) == ((), ("gpu",))
    assert (len(reading(Half()).gpus), reading(Half()).broken) == (1, ("gpu 1",))


class Loads(Gpus):
    """Played: no machine of the tests has a GPU."""

    def __init__(self, *loads: float | None) -> None:
        super().__init__()
        self.loads = loads

    def read(self) -> tuple[tuple[GpuReading, ...], tuple[str, ...]]:
        if not self.loads:
            raise RuntimeError("driver gone")
        return tuple(GpuReading(i, "A100", 5, load) for i, load in enumerate(self.loads)), ("gpu 9",)


def test_loads_are_those_of_this_moment_and_unknown_is_not_0(tmp_path: Path) -> None:
    gpus = Loads(5.0, None, 0.0)
    sampler = Sampler(lambda event: None, real_clock, tmp_path, computer={}, gpus=gpus)
    assert sampler.gpu_loads() == {0: 5.0, 2: 0.0}
    gpus.loads = (99.0,)
    assert sampler.gpu_loads() == {0: 99.0}
    gpus.loads = ()
    assert sampler.gpu_loads() == {}


def test_a_shorter_interval_holds_at_once(tmp_path: Path, run: Callable[[Sampler], Running]) -> None:
    posted = Posted()
    sampler = Sampler(posted, real_clock, tmp_path, interval_s=3600, computer={}, gpus=NO_GPU)
    run(sampler)
    posted.wait(2)
    sampler.set_interval(0.02)
    posted.wait(5)
    sampler.set_interval(3600)
    before = len(posted.readings)
    threading.Event().wait(0.2)
    assert len(posted.readings) <= before + 1


def test_stop_ends_it_at_once_and_also_before_it_began(
    tmp_path: Path, run: Callable[[Sampler], Running]
) -> None:
    posted = Posted()
    running = run(Sampler(posted, real_clock, tmp_path, interval_s=3600, computer={}, gpus=NO_GPU))
    posted.wait(1)
    began = time.monotonic()
    running.end()
    assert time.monotonic() - began < 1
    running.sampler.stop()
    stopped = Sampler(posted, real_clock, tmp_path, computer={}, gpus=NO_GPU)
    stopped.stop()
    count = len(posted.readings)
    run(stopped).end()
    assert len(posted.readings) == count


def test_sampling_loads_no_gpu_library_here() -> None:
    code = (
        "import sys; from pathlib import Path; from hivemind_desktop.host.clock import now\n"
        "from hivemind_desktop.sensors.sampler import Sampler\n"
        "Sampler(print, now, Path('/')).reading()\n"
        "assert not {'pynvml', 'docker', 'PySide6', 'grpc'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
