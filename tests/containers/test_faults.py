"""Whose fault it is: the engine's, this computer's disk's, or ours. What is told of a run comes whole, whatever fails."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from docker.errors import DockerException
from requests.exceptions import ConnectionError as Broken
from urllib3.exceptions import ProtocolError

from hivemind_desktop.containers import cleaning, faults, runs
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.events import BugFound, RunCleaned, RunEnded
from tests.containers.desk import Desk, kept_reason


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Broken("x"), "engine.lost"),
        (ProtocolError("x"), "engine.lost"),
        (DockerException("x"), "engine.lost"),
        (ConnectionResetError("x"), "engine.lost"),
        (BrokenPipeError("x"), "engine.lost"),
        (TimeoutError("x"), "engine.lost"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "disk.full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "/x"), "disk.full"),
        (OSError(errno.EIO, "Input/output error", "/x"), "store.no_access"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/x"), "store.no_access"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "store.no_access"),
        (KnownError("image.unknown", image="x"), "image.unknown"),
        (ValueError("x"), None),
        (RecursionError("x"), None),
    ],
)
def test_whose_fault_it_is(error: Exception, code: str | None) -> None:
    fault = faults.known(error)
    assert (fault and fault.code) == code
    assert faults.is_lost(error) == (code == "engine.lost")
    assert faults.is_engines(error) == (code == "engine.lost")
    if fault is not None and isinstance(error, OSError) and not faults.is_lost(error):
        assert fault.fields["path"] == "/x"


def test_a_full_disk_at_the_start_of_a_run_is_no_fault_of_the_engine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(runs, "_write_new", full)
    finished = desk.run({"main.py": ""})
    assert kept_reason(finished) == (Reason.CANNOT_RUN_HERE, None, "disk.full")
    assert finished.fields["path"].startswith(str(desk.folder / "runs"))
    assert list((desk.folder / "runs").iterdir()) == []


def test_a_log_that_cannot_be_written_ends_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is not asked again and again for output that cannot be kept."""

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/the/log")

    monkeypatch.setattr(RunLog, "write", broken)
    finished = desk.run({"main.py": "import time\nprint('up')\ntime.sleep(600)"})
    assert kept_reason(finished) == (Reason.CANNOT_RUN_HERE, None, "store.no_access")
    assert finished.fields == {"path": "/the/log", "detail": "Input/output error"}


def test_a_bug_at_the_clean_up_is_told_and_the_run_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> str:
        raise RuntimeError("cannot clean")

    with monkeypatch.context() as patched:
        patched.setattr(cleaning, "remove_run", bug)
        finished = desk.run({"main.py": ""})
        (told,) = (desk.events.wait(lambda event: isinstance(event, BugFound)),)
    assert isinstance(told, BugFound)
    assert "cannot clean" in told.text
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert len(desk.events.of(RunEnded)) == len(desk.events.of(RunCleaned)) == 1
    assert desk.containers.kept(finished.attempt) is None
    assert desk.containers._runs == {}
    desk.events.all.remove(told)
    assert desk.containers.recover_results() == ()
    assert desk.containers.clean_leftovers() == []
