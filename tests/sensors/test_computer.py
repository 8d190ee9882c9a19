import shutil
import time
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from hivemind_desktop.sensors.computer import Disk, Network, Processor, memory

Times = namedtuple("Times", "user nice system idle iowait guest guest_nice")
Counted = namedtuple("Counted", "bytes_recv bytes_sent")


def test_the_real_processor_is_between_0_and_100() -> None:
    processor = Processor()
    assert processor() == {}
    deadline = time.monotonic() + 10
    while not (found := processor()):
        assert time.monotonic() < deadline
    load = found["cpu_percent"]
    assert load is not None
    assert 0 <= load <= 100


def test_load_is_the_mean_since_the_last_call(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [Times(10, 0, 0, 90, 0, 5, 0), Times(30, 0, 5, 150, 15, 9, 0), Times(30, 0, 5, 150, 15, 9, 0)]
    monkeypatch.setattr(psutil, "cpu_times", lambda: told.pop(0))
    processor = Processor()
    assert processor() == {}
    # 100 more: 25 busy, 60 idle, 15 waiting for a disk; guest time is part of user time
    assert processor()["cpu_percent"] == pytest.approx(25.0)
    assert processor() == {}, "no time went by: not known"


def test_memory_and_disk_are_those_of_the_system(tmp_path: Path) -> None:
    found = memory()
    assert found["memory_total_bytes"] == psutil.virtual_memory().total
    used = found["memory_used_bytes"]
    assert used is not None
    assert 0 < used < psutil.virtual_memory().total
    assert Disk(tmp_path)()["disk_total_bytes"] == shutil.disk_usage(tmp_path).total


def test_network_rates_leave_out_what_is_not_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    told = {"eth0": Counted(1000, 100), "lo": Counted(5, 5), "docker0": Counted(9, 9), "veth1": Counted(9, 9)}
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: dict(told))
    network = Network(lambda: clock[0])
    assert network() == {}
    clock[0] += 10
    told.update(eth0=Counted(6000, 300), lo=Counted(10**9, 10**9), docker0=Counted(10**9, 10**9))
    assert network() == {"network_in_bytes_per_s": 500.0, "network_out_bytes_per_s": 20.0}


def test_an_interface_that_comes_or_begins_again_makes_no_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    told = {"eth0": Counted(1000, 1000)}
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: dict(told))
    network = Network(lambda: clock[0])
    network()
    clock[0] += 1
    told.update(eth0=Counted(10, 10), wlan0=Counted(10**9, 10**9))
    assert network() == {"network_in_bytes_per_s": 0.0, "network_out_bytes_per_s": 0.0}
    clock[0] += 1
    told.update(wlan0=Counted(10**9 + 50, 10**9))
    assert network()["network_in_bytes_per_s"] == 50.0
