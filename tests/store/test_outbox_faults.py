"""The outbox under kill -9, a full disk and a second process, all real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.outbox import Outbox
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME

FIRST = AttemptKey("FIRST", 1, 1)
SECOND = AttemptKey("SECOND", 1, 1)

CHILD = """
import os, signal, sys
from pathlib import Path
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.store import durable, kept, outbox as room
from hivemind_desktop.worker.finished import Finished

folder, action, name, nth = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
outbox = room.Outbox(folder, kept.Kept(folder / "kept"))
outbox.settle()
second = AttemptKey("SECOND", 1, 1)

def put():
    place = outbox.folder(second)
    (place / "files" / "output").mkdir(parents=True)
    (place / "files" / "output" / "b.bin").write_bytes(b"b" * 100_000)
    (place / "log.spool").write_bytes(b"log")
    result = Manifest((FileEntry("output/b.bin", 100_000, "cd" * 32),))
    outbox.put(Finished(second, Reason.OK, exit_code=0, result=result, log_bytes=3))

def remove():
    outbox.remove(AttemptKey("FIRST", 1, 1))

target = {"os": os, "durable": durable, "outbox": room.Outbox}[name.split(".")[0]]
attribute = name.split(".")[1]
real = getattr(target, attribute)
calls = 0

def dies(*args, **named):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **named)

setattr(target, attribute, dies)
{"put": put, "remove": remove}[action]()
print("survived", calls)
"""


def result(data: bytes) -> Manifest:
    return Manifest((FileEntry("output/a.bin", len(data), "ab" * 32),))


def put(outbox: Outbox, key: AttemptKey, data: bytes) -> Finished:
    folder = outbox.folder(key)
    (folder / FILES_NAME / "output").mkdir(parents=True, exist_ok=True)
    (folder / FILES_NAME / "output" / "a.bin").write_bytes(data)
    (folder / LOG_NAME).write_bytes(b"log")
    finished = Finished(key, Reason.OK, exit_code=0, result=result(data), log_bytes=3)
    outbox.put(finished)
    return finished


def child(folder: Path, action: str, name: str, nth: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), action, name, str(nth)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PUT_POINTS = [
    ("os.open", 1),
    ("durable._sync", 1),
    ("durable._sync", 3),
    ("os.write", 1),
    ("durable._sync", 5),
    ("os.replace", 1),
    ("durable._sync", 6),
    ("durable._sync", 7),
    ("outbox._add_row", 1),
]


@pytest.mark.parametrize(("name", "nth"), PUT_POINTS)
def test_kill_in_the_middle_of_put(tmp_path: Path, name: str, nth: int) -> None:
    outbox = Outbox(tmp_path)
    first = put(outbox, FIRST, b"first")
    outbox.close()
    died = child(tmp_path, "put", name, nth)
    assert died.returncode == -signal.SIGKILL, died.stdout + died.stderr
    again = Outbox(tmp_path)
    settled = again.settle()
    assert settled.broken == ()
    assert again.get(FIRST) == first
    if SECOND in again.pending():
        found = again.get(SECOND)
        assert found is not None
        assert found.reason is Reason.OK
        assert (again.path(SECOND) / FILES_NAME / "output" / "b.bin").read_bytes() == b"b" * 100_000
        assert settled.unfinished == ()
    else:
        assert settled.unfinished == (SECOND,)
        assert again.get(SECOND) is None
        put(again, SECOND, b"collected again")
        assert again.pending() == (FIRST, SECOND)
    assert not list((tmp_path / "outbox").rglob("*.new")) or SECOND not in again.pending()
    again.close()


def test_a_put_that_returned_survives_any_kill(tmp_path: Path) -> None:
    died = child(tmp_path, "put", "os.open", 1000)
    assert died.returncode == 0, died.stderr
    assert "survived" in died.stdout
    outbox = Outbox(tmp_path)
    assert outbox.pending() == (SECOND,)
    outbox.close()


@pytest.mark.parametrize(
    ("name", "nth"),
    [
        ("durable.sync_folder", 1),
        ("outbox._finish_removing", 1),
        ("outbox._delete_row", 1),
        ("durable.remove_tree", 2),
    ],
)
def test_kill_in_the_middle_of_remove(tmp_path: Path, name: str, nth: int) -> None:
    outbox = Outbox(tmp_path)
    put(outbox, FIRST, b"first")
    outbox.close()
    died = child(tmp_path, "remove", name, nth)
    assert died.returncode == -signal.SIGKILL, died.stdout + died.stderr
    again = Outbox(tmp_path)
    settled = again.settle()
    assert settled.broken == ()
    assert settled.unfinished == ()
    assert again.pending() == ()
    assert list((tmp_path / "outbox").iterdir()) == []
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=200", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill_up(place: Path) -> None:
    with (place / "ballast").open("wb", buffering=0) as ballast:
        for size in (65536, 4096, 1):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


def test_a_full_disk_is_told_and_leaves_nothing_half_written(small_disk: Path) -> None:
    outbox = Outbox(small_disk)
    first = put(outbox, FIRST, b"first" * 1000)
    folder = outbox.folder(SECOND)
    (folder / FILES_NAME / "output").mkdir(parents=True)
    (folder / FILES_NAME / "output" / "a.bin").write_bytes(b"second")
    finished = Finished(SECOND, Reason.OK, result=result(b"second"))
    fill_up(small_disk)
    with pytest.raises(KnownError) as told:
        outbox.put(finished)
    assert told.value.code == "disk.full"
    assert str(small_disk) in str(told.value.fields["path"])
    assert outbox.pending() == (FIRST,)
    assert outbox.get(FIRST) == first
    assert outbox.get(SECOND) is None
    assert sorted(path.name for path in folder.iterdir()) == [FILES_NAME]
    (small_disk / "ballast").unlink()
    outbox.put(finished)
    assert outbox.pending() == (FIRST, SECOND)
    outbox.close()


def test_a_disk_that_takes_no_more_names_is_told(small_disk: Path) -> None:
    outbox = Outbox(small_disk)

    def make_many() -> None:
        for n in range(1, 1000):
            outbox.folder(AttemptKey("MORE", 1, n))

    with pytest.raises(KnownError) as told:
        make_many()
    assert told.value.code == "disk.full"
    outbox.close()


def test_what_the_master_has_can_be_removed_from_a_full_disk(small_disk: Path) -> None:
    outbox = Outbox(small_disk)
    put(outbox, FIRST, b"first" * 10_000)
    outbox.close()
    again = Outbox(small_disk)
    fill_up(small_disk)
    again.remove(FIRST)
    assert again.pending() == ()
    assert not again.path(FIRST).exists()
    put(again, SECOND, b"fits now")
    again.close()


def test_a_full_disk_at_the_start_is_told(small_disk: Path) -> None:
    fill_up(small_disk)
    with pytest.raises(KnownError) as told:
        Outbox(small_disk / "worker")
    assert told.value.code == "disk.full"


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), "put", "os.open", "1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for n in range(1, 40):
        put(outbox, AttemptKey("MINE", 1, n), os.urandom(10))
    out, err = other.communicate(timeout=60)
    assert other.returncode == 0, out + err
    assert set(outbox.pending()) == {SECOND} | {AttemptKey("MINE", 1, n) for n in range(1, 40)}
    outbox.close()
