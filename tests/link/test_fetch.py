"""A package arrives whole, checked, each content once, over breaks, and nothing is left of one that did not."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import grpc
import psutil
import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link import fetch
from hivemind_desktop.worker.events import LinkDown, LinkUp
from tests.link.fake_master import FakeMaster, refuse
from tests.link.world import Worker, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)
MIB = 1 << 20


def never() -> bool:
    return False


@pytest.fixture
def up(worker: Worker) -> Worker:
    worker.link.open()
    worker.events.expect(LinkUp)
    return worker


def entry(master: FakeMaster, path: str, data: bytes, executable: bool = False) -> FileEntry:
    return FileEntry(path, len(data), master.keep(data), executable)


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_files_folders_and_bits(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    big = random.Random(1).randbytes(MIB)
    package = Manifest(
        (
            entry(master, "main.py", b"print()"),
            entry(master, "data/deep/big.bin", big),
            entry(master, "run_task.sh", b"#!/bin/sh\n", executable=True),
            FileEntry("data/empty.txt", 0, hashlib.sha256().hexdigest()),
            FileEntry("void", folder=True),
            entry(master, "中文/檔.txt", b"print()"),
        )
    )
    up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert files_below(tmp_path / "task") == {
        "main.py": b"print()",
        "data/deep/big.bin": big,
        "run_task.sh": b"#!/bin/sh\n",
        "data/empty.txt": b"",
        "中文/檔.txt": b"print()",
    }
    assert (tmp_path / "task/void").is_dir()
    assert os.access(tmp_path / "task/run_task.sh", os.X_OK)
    assert not (tmp_path / "task/main.py").stat().st_mode & 0o111
    assert sorted(path.name for path in (tmp_path / "task").iterdir()) == [
        "data",
        "main.py",
        "run_task.sh",
        "void",
        "中文",
    ]
    assert (tmp_path / "task/main.py").stat().st_nlink == 1
    assert set(master.got_bytes.values()) == {7, MIB, 10}  # equal contents once
    assert master.calls("GetBlobs") == 1


def test_a_package_of_nothing_asks_nothing(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    up.link.fetch(ATTEMPT, Manifest(), tmp_path / "task", never)
    assert (tmp_path / "task").is_dir()
    assert not master.calls("GetBlobs")


def test_resumes_after_a_cut(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    data = random.Random(2).randbytes(4 * MIB)
    package = Manifest((entry(master, "first", b"small"), entry(master, "big", data)))
    master.cut_get_after = 2 * MIB
    up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert files_below(tmp_path / "task") == {"first": b"small", "big": data}
    assert sum(master.got_bytes.values()) == len(data) + 5
    assert master.calls("GetBlobs") == 2


def test_goes_on_when_the_master_is_back(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    package = Manifest((entry(master, "main.py", b"hello"),))
    master.kill()
    up.events.expect(LinkDown)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    master.start()
    thread.join(20)
    assert not failures
    assert files_below(tmp_path / "task") == {"main.py": b"hello"}


def test_gives_up_with_link_down(make_worker: Callable[..., Worker], tmp_path: Path) -> None:
    worker = make_worker("127.0.0.1:1")
    worker.link.open()
    worker.events.expect(LinkDown)
    package = Manifest((FileEntry("a", 5, hashlib.sha256(b"hello").hexdigest()),))
    looked = 0

    def later() -> bool:
        nonlocal looked
        looked += 1
        worker.skip_s += fetch.PATIENCE_S / 2
        return False

    with pytest.raises(KnownError) as raised:
        worker.link.fetch(ATTEMPT, package, tmp_path / "task", later)
    assert raised.value.code == "link.down"
    assert looked <= 4


def test_the_next_call_goes_on_where_one_gave_up(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    data = random.Random(2).randbytes(4 * MIB)
    package = Manifest(
        (entry(master, "first", b"small"), entry(master, "big", data), entry(master, "twin", b"small"))
    )
    master.cut_get_after = 2 * MIB

    def late(context: grpc.ServicerContext) -> None:
        up.skip_s = fetch.PATIENCE_S
        refuse(grpc.StatusCode.UNAVAILABLE)(context)

    master.before["GetBlobs"].extend([lambda context: None, late])
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert raised.value.code == "link.down"
    up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert files_below(tmp_path / "task") == {"first": b"small", "big": data, "twin": b"small"}
    assert len(data) < sum(master.got_bytes.values()) <= len(data) + 5 + 64 * 1024


def test_what_lies_at_a_name_already_is_not_believed(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    (tmp_path / "task").mkdir()
    (tmp_path / "task/a").write_bytes(b"jello")
    up.link.fetch(ATTEMPT, Manifest((entry(master, "a", b"hello"),)), tmp_path / "task", never)
    assert files_below(tmp_path / "task") == {"a": b"hello"}


@pytest.mark.parametrize("where", ["without a link", "in the middle of a stream"])
def test_stops_when_asked(
    where: str, master: FakeMaster, make_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    worker = make_worker(master.address if where != "without a link" else "127.0.0.1:1")
    worker.link.open()
    worker.events.expect(LinkUp if where != "without a link" else LinkDown)
    go = threading.Event()
    entered = threading.Event()

    def hold(context: grpc.ServicerContext) -> None:
        entered.set()
        go.wait(20)

    master.before["GetBlobs"].append(hold)
    package = Manifest((entry(master, "a", b"hello"),))
    stopped = threading.Event()
    thread = threading.Thread(
        target=worker.link.fetch, args=(ATTEMPT, package, tmp_path / "task", stopped.is_set)
    )
    thread.start()
    if where != "without a link":
        assert entered.wait(10)
    stopped.set()
    thread.join(2)
    assert not thread.is_alive()
    go.set()
    assert not list((tmp_path / "task").rglob("*"))


def test_a_wrong_content_is_fetched_again_then_the_package_is_broken(
    master: FakeMaster, up: Worker, tmp_path: Path
) -> None:
    package = Manifest((entry(master, "a", b"hello"),))
    (master.disk / package.entries[0].sha256).write_bytes(b"jello")
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert (raised.value.code, raised.value.fields["detail"]) == ("package.broken", "a: wrong content")
    assert master.got_bytes.total() == 5 * fetch.DOUBTS
    assert not list((tmp_path / "task").rglob("*"))


def test_more_bytes_than_named_are_refused(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    package = Manifest((entry(master, "a", b"hello"),))
    (master.disk / package.entries[0].sha256).write_bytes(b"hello" * MIB)
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert raised.value.code == "package.broken"
    assert not list((tmp_path / "task").rglob("*"))


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "C:/evil", "a\\b", "con", ""])
def test_a_name_that_leaves_the_folder_is_never_written(
    path: str, master: FakeMaster, up: Worker, tmp_path: Path
) -> None:
    package = Manifest((entry(master, "good", b"good"), entry(master, path, b"hello")))
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert raised.value.code == "package.broken"
    assert not (tmp_path / "task").exists()


def test_the_name_of_the_temporary_folder_may_be_in_the_package(
    master: FakeMaster, up: Worker, tmp_path: Path
) -> None:
    package = Manifest((entry(master, ".fetching/a", b"hello"), entry(master, ".Fetching_", b"x")))
    up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert files_below(tmp_path / "task") == {".fetching/a": b"hello", ".Fetching_": b"x"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("attempt.stale", "link.fetch_refused"),
        ("task.not_held", "link.fetch_refused"),
        ("blob.missing", "package.broken"),
    ],
)
def test_what_the_master_says_decides_whose_fault_it_is(
    said: str, code: str, master: FakeMaster, up: Worker, tmp_path: Path
) -> None:
    master.before["GetBlobs"].append(refuse(grpc.StatusCode.NOT_FOUND, said))
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, Manifest((entry(master, "a", b"hello"),)), tmp_path / "task", never)
    assert raised.value.code == code


def test_a_full_disk_is_told(
    master: FakeMaster, up: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, *args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    package = Manifest((entry(master, "a", b"hello"),))
    monkeypatch.setattr(fetch._Fetch, "_write", full)
    with pytest.raises(KnownError) as raised:
        up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert raised.value.code == "disk.full"


def test_many_files_in_batches(
    master: FakeMaster, up: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH", 10)
    package = Manifest(tuple(entry(master, f"d{n % 7}/f{n}", b"%d" % n) for n in range(95)))
    up.link.fetch(ATTEMPT, package, tmp_path / "task", never)
    assert len(files_below(tmp_path / "task")) == 95
    assert master.calls("GetBlobs") == 10


def test_memory_stays_flat_under_a_big_package(master: FakeMaster, up: Worker, tmp_path: Path) -> None:
    size = 200 * MIB
    block = random.Random(3).randbytes(MIB)
    made = hashlib.sha256()
    part = master.disk / "part"
    with part.open("wb") as file:
        for _ in range(size // MIB):
            file.write(block)
            made.update(block)
    part.rename(master.disk / made.hexdigest())
    master.blobs[made.digest()] = size
    package = Manifest((FileEntry("big", size, made.hexdigest()),))
    thread = threading.Thread(target=up.link.fetch, args=(ATTEMPT, package, tmp_path / "task", never))
    process = psutil.Process()
    seen = [process.memory_info().rss]

    def arrived() -> bool:
        seen.append(process.memory_info().rss)
        return not thread.is_alive()

    thread.start()
    wait_until(arrived, 60)
    assert (tmp_path / "task/big").stat().st_size == size
    assert max(seen) - seen[0] < 48 * MIB  # of both ends, which live in this process
