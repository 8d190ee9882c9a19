import os
import shutil
from pathlib import Path

import psutil
import pytest

from hivemind_desktop.host.machine import machine, usable_cores, usable_memory


def test_what_this_computer_has(tmp_path: Path) -> None:
    found = machine(tmp_path, cgroup=tmp_path)
    assert found.cpu_count == len(os.sched_getaffinity(0))
    assert found.memory_bytes == psutil.virtual_memory().total
    assert found.disk_bytes == shutil.disk_usage(tmp_path).total
    assert found.os == "linux"
    assert found.arch in ("amd64", "arm64")


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 8), ("150000 100000", 1), ("50000 100000", 1), ("400000 100000", 4), ("odd", 8)],
)
def test_a_quota_of_the_cgroup_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert usable_cores(tmp_path) == cores


def test_the_memory_limit_of_the_cgroup_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1073741824\n")
    assert usable_memory(tmp_path) == 1024**3
    (tmp_path / "memory.max").write_text("max\n")
    assert usable_memory(tmp_path) == psutil.virtual_memory().total
