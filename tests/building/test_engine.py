"""An engine that is not there: what the person has to do, and left-over pid files that must not stop a start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from building import engine
from building.say import BuildError


def test_a_pid_file_of_a_dead_or_another_process_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "docker.pid"
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    for pid in (str(done.pid), str(os.getpid())):
        path.write_text(pid)
        engine.drop_stale(path)
        assert not path.exists()
    engine.drop_stale(path)


def test_a_pid_file_of_a_running_engine_stays(tmp_path: Path) -> None:
    program = tmp_path / "dockerd"
    program.symlink_to("/bin/sleep")
    path = tmp_path / "docker.pid"
    with subprocess.Popen([program, "60"]) as running:
        try:
            until = time.monotonic() + 10
            # The kernel names a process a moment after its start has succeeded.
            while Path(f"/proc/{running.pid}/comm").read_text() != "dockerd\n":
                assert time.monotonic() < until
            path.write_text(f"{running.pid}\n")
            engine.drop_stale(path)
            assert path.exists()
        finally:
            running.kill()


def test_without_rights_the_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(BuildError, match="nothing answers at DOCKER_HOST=unix://.*start that engine"):
        engine.prepare()
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr("building.engine_api.answering", lambda: None)
    monkeypatch.setattr("building.system.os.geteuid", lambda: 1000)
    monkeypatch.setattr("building.engine.shutil.which", lambda name: None)
    monkeypatch.setattr(engine, "apt_here", lambda: True)
    with pytest.raises(
        BuildError, match="as root: apt-get install -y --no-install-recommends docker.io iptables"
    ):
        engine.prepare()
    assert engine.packages_missing() == []
