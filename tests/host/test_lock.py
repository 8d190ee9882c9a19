import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.lock import InstanceLock

HOLD = (
    "import sys; from pathlib import Path; from hivemind_desktop.host.lock import InstanceLock\n"
    "with InstanceLock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def ended(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


def test_a_second_instance_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    first = holder(tmp_path)
    with pytest.raises(KnownError) as caught:
        InstanceLock(tmp_path).acquire()
    assert (caught.value.code, caught.value.fields["pid"]) == ("instance.running", str(first.pid))
    ended(first)
    with InstanceLock(tmp_path):
        assert (tmp_path / "worker.pid").read_text().strip() == str(os.getpid())
    assert not (tmp_path / "worker.pid").exists()


def test_it_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    first = holder(tmp_path)
    first.send_signal(signal.SIGKILL)
    ended(first)
    lock = InstanceLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()


def test_other_folders_and_names_are_other_locks(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with InstanceLock(tmp_path), InstanceLock(tmp_path / "b"), InstanceLock(tmp_path, "master"):
        assert (tmp_path / "master.pid").exists()


def test_a_holder_that_did_not_tell_its_pid(tmp_path: Path) -> None:
    first = holder(tmp_path)
    (tmp_path / "worker.pid").unlink()
    with pytest.raises(KnownError) as caught:
        InstanceLock(tmp_path).acquire()
    assert caught.value.fields["pid"] == "?"
    ended(first)
