"""The socket's place: a dead one is replaced, a living one never stolen, nothing that is not ours is touched."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hivemind_desktop.control.address import Listening
from hivemind_desktop.control.client import RemotePort, connected
from hivemind_desktop.errors import KnownError

CHILD = """
import sys
from pathlib import Path
from hivemind_desktop.control.address import Listening
listening = Listening(Path(sys.argv[1]))
print("listening", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir(mode=0o700)
    return tmp_path / "run" / "a.sock"


def living(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "listening\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate(timeout=30)


def test_a_living_one_is_never_stolen(path: Path) -> None:
    child = living(path)
    with pytest.raises(KnownError) as told:
        Listening(path)
    assert told.value.code == "control.in_use"
    assert told.value.fields["pid"] == str(child.pid)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    end(child)


def test_a_stopped_one_is_still_living(path: Path) -> None:
    child = living(path)
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(KnownError) as told:
        Listening(path)
    assert told.value.code == "control.in_use"
    end(child)


def test_the_socket_of_a_killed_one_is_replaced(path: Path) -> None:
    end(living(path))
    assert path.exists()
    with pytest.raises(KnownError) as told:
        RemotePort(path)
    assert told.value.code == "control.no_worker"
    Listening(path).close()
    assert list(path.parent.iterdir()) == [], "nothing stays, not even the lock"


def test_of_many_that_start_together_one_listens(path: Path) -> None:
    end(living(path))
    won: list[Listening] = []
    lost: list[str] = []
    ready = threading.Barrier(8)

    def begin() -> None:
        ready.wait(30)
        try:
            won.append(Listening(path))
        except KnownError as error:
            lost.append(error.code)

    threads = [threading.Thread(target=begin, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(won), lost) == (1, ["control.in_use"] * 7)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    won[0].close()


def test_while_one_after_another_comes_and_goes_never_two_listen(path: Path) -> None:
    held = threading.Lock()
    both: list[str] = []
    turns: list[int] = []
    told: set[str] = set()

    def come_and_go() -> None:
        for _ in range(60):
            try:
                listening = Listening(path)
            except KnownError as error:
                told.add(error.code)
                continue
            if not held.acquire(blocking=False):
                both.append("two at once")
            else:
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(str(path))
                turns.append(1)
                held.release()
            listening.close()

    threads = [threading.Thread(target=come_and_go, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (both, bool(turns)) == ([], True)
    assert told <= {"control.in_use"}
    assert list(path.parent.iterdir()) == []


def test_one_without_our_lock_that_answers_is_left_alone(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(1)
        with pytest.raises(KnownError) as told:
            Listening(path)
        assert told.value.code == "control.in_use"
        assert path.exists()


def test_closing_leaves_the_socket_of_a_successor(path: Path) -> None:
    first = Listening(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        first.close()
        assert path.exists()


def test_a_file_in_its_place_is_not_removed(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(KnownError) as told:
        Listening(path)
    assert told.value.code == "control.path_taken"
    assert path.read_text() == "mine"


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_open_to_others_is_refused(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(KnownError) as told:
        Listening(path)
    assert told.value.code == "control.unsafe_folder"


def test_a_folder_of_another_user_or_behind_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path.parent)
    with pytest.raises(KnownError) as told:
        Listening(tmp_path / "link" / "a.sock")
    assert told.value.code == "control.unsafe_folder"
    os.chown(path.parent, 65534, 65534)
    with pytest.raises(KnownError) as told:
        Listening(path)
    assert told.value.code == "control.unsafe_folder"


def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir(mode=0o700)
    with pytest.raises(KnownError) as told:
        Listening(folder / "a.sock")
    assert told.value.code == "control.path_too_long"


def test_nobody_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.sock", tmp_path / "no" / "folder.sock"):
        with pytest.raises(KnownError) as told:
            RemotePort(path)
        assert told.value.code == "control.no_worker"


def test_one_that_never_answers_is_told_in_time(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen(5)
        began = time.monotonic()
        with pytest.raises(KnownError) as told:
            RemotePort(path, call_s=0.2)
        assert told.value.code == "control.no_answer"
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b'{"call": 0, "error": 3}\n', b""])
def test_one_that_is_no_worker_is_told(path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(5)

        def speak() -> None:
            client, _ = other.accept()
            with client:
                client.recv(1000)
                client.sendall(said)

        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        with pytest.raises(KnownError) as told:
            RemotePort(path, call_s=5)
        assert told.value.code in ("control.no_worker", "control.bad_answer")
        speaker.join(30)


def test_a_worker_that_dies_while_asked_is_told(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(5)

        def die() -> None:
            client, _ = other.accept()
            with client:
                client.recv(1000)
                client.sendall(b'{"call": 0, "ok": {"version": 1}}\n')
                client.recv(1000)

        worker = threading.Thread(target=die, daemon=True)
        worker.start()
        with connected(path) as port:
            with pytest.raises(KnownError) as told:
                port.snapshot()
            assert told.value.code == "control.lost"
        worker.join(30)


def test_windows_is_told_that_it_comes_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    for begin in (lambda: Listening(path), lambda: RemotePort(path)):
        with pytest.raises(KnownError) as told:
            begin()
        assert told.value.code == "control.no_windows"
