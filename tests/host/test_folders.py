import os
import shutil
import stat
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.folders import (
    MAX_SOCKET_PATH,
    Folders,
    control_socket,
    installation_id,
    state_folder,
)


def test_the_named_folder_is_made_private_and_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = state_folder({"HIVEMIND_HOME": "a b/中文"})
    assert folder == tmp_path / "a b" / "中文"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_without_a_name_it_is_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert state_folder({}) == tmp_path / "hivemind"


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    state_folder({"HIVEMIND_HOME": str(tmp_path)})
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_folder_that_cannot_be_made_or_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    # /proc refuses root as well, unlike a folder without the write bit
    for impossible in (file / "below", Path("/proc/hivemind"), file):
        with pytest.raises(KnownError) as caught:
            state_folder({"HIVEMIND_HOME": str(impossible)})
        assert caught.value.code == "state.unwritable"


def test_a_folder_of_everybody_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(KnownError, match=r"state\.open_to_all"):
        state_folder({"HIVEMIND_HOME": str(tmp_path)})


def test_the_installation_id_is_made_once(tmp_path: Path) -> None:
    first = installation_id(tmp_path)
    assert str(uuid.UUID(first)) == first == installation_id(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["installation"]
    assert stat.S_IMODE(Folders(tmp_path).installation.stat().st_mode) == 0o600


def test_programs_that_start_together_get_the_same_id(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hivemind_desktop.host.folders import installation_id\n"
        "sys.stdin.read(); print(installation_id(Path(sys.argv[1])))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in running:
        assert process.stdin
        process.stdin.close()
    told = set()
    for process in running:
        assert process.stdout
        told.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(60) == 0
    assert told == {installation_id(tmp_path) + "\n"}


def test_a_disk_without_hard_links_gets_an_id_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert installation_id(tmp_path) == installation_id(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe"])
def test_a_broken_id_is_told_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "installation").write_bytes(content)
    with pytest.raises(KnownError, match=r"state\.broken_id"):
        installation_id(tmp_path)
    assert (tmp_path / "installation").read_bytes() == content


def runtime(folder: Path, mode: int = 0o700) -> dict[str, str]:
    folder.mkdir(mode=mode)
    folder.chmod(mode)
    return {"XDG_RUNTIME_DIR": str(folder)}


def test_the_control_socket_lies_in_the_users_runtime_folder(tmp_path: Path) -> None:
    environ = runtime(tmp_path / "run")
    socket = control_socket(tmp_path, environ)
    assert socket == tmp_path / "run" / "hivemind" / f"{installation_id(tmp_path)[:8]}.sock"
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("unfit", ["missing", "open", "linked", "long", "relative", "unset"])
def test_else_it_lies_in_tmp(tmp_path: Path, unfit: str) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "missing")}
    if unfit == "open":
        environ = runtime(tmp_path / "run", 0o755)
    elif unfit == "linked":
        runtime(tmp_path / "run")
        (tmp_path / "alias").symlink_to(tmp_path / "run")
        environ = {"XDG_RUNTIME_DIR": str(tmp_path / "alias")}
    elif unfit == "long":
        environ = runtime(tmp_path / ("r" * 120))
    elif unfit == "relative":
        environ = {"XDG_RUNTIME_DIR": "run"}
    elif unfit == "unset":
        environ = {}
    socket = control_socket(tmp_path, environ)
    assert socket == Path(f"/tmp/hivemind-{os.getuid()}/{installation_id(tmp_path)[:8]}.sock")
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """/tmp/hivemind-UID made first by another user; another user id than ours, so that no real folder is touched."""
    uid, ours = 4_000_000_000 + os.getpid(), os.getuid()
    folder = Path(f"/tmp/hivemind-{uid}")
    folder.mkdir(mode=0o700)
    real = os.lstat

    def lstat(path: str | os.PathLike[str], *, dir_fd: int | None = None) -> os.stat_result:
        found = list(real(path, dir_fd=dir_fd))
        found[4] = uid if found[4] == ours and Path(path) != folder else found[4]
        return os.stat_result(found)

    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(os, "lstat", lstat)
    yield folder
    monkeypatch.undo()
    shutil.rmtree(folder, ignore_errors=True)


def test_another_user_who_made_the_folder_in_tmp_does_not_keep_us_out(tmp_path: Path, taken: Path) -> None:
    state = Path(tempfile.mkdtemp(prefix="s", dir="/tmp"))
    try:
        socket = control_socket(state, {})
        assert socket == state / "control" / f"{installation_id(state)[:8]}.sock"
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        taken.rmdir()
        assert control_socket(state, {}) == socket, "the commands find the worker all the same"
        socket.parent.chmod(0o755)
        with pytest.raises(KnownError, match=r"control\.unsafe_folder"):
            control_socket(state, {})
    finally:
        shutil.rmtree(state)


def test_a_long_state_folder_keeps_the_name_of_one_in_tmp(tmp_path: Path, taken: Path) -> None:
    state = tmp_path / ("s" * 100)
    state.mkdir()
    socket = control_socket(state, {})
    made = socket.parent
    try:
        assert len(os.fsencode(socket)) <= MAX_SOCKET_PATH
        assert (made.parent, stat.S_IMODE(made.stat().st_mode)) == (Path("/tmp"), 0o700)
        assert control_socket(state, {}) == socket
        made.rmdir()
        assert control_socket(state, {}) == socket, "/tmp was emptied"
        made.chmod(0o777)
        other = control_socket(state, {}).parent
        assert other != made
        other.rmdir()
    finally:
        made.rmdir()


def test_names_of_the_state_folder(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    names = (folders.config, folders.log, folders.tunnel_config, folders.credentials, folders.master_json)
    assert [path.name for path in names] == [
        "config.toml",
        "worker.log",
        "wg0.conf",
        "credentials.json",
        "master.json",
    ]
    assert {path.name for path in (folders.worker, folders.master, folders.demo)} == {
        "worker",
        "master",
        "demo",
    }
