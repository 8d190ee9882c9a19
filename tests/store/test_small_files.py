"""Wishes, credentials, kept logs, the keeper and the answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.answers import Answers
from hivemind_desktop.store.credentials import Credentials
from hivemind_desktop.store.history import History
from hivemind_desktop.store.keeper import StoreKeeper
from hivemind_desktop.store.kept import Kept
from hivemind_desktop.store.outbox import Outbox
from hivemind_desktop.store.wishes import Wishes, WishFile
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME
from hivemind_desktop.worker.queries import (
    AskFile,
    AskFiles,
    AskHistory,
    AskLog,
    AskSettings,
    AskTotals,
    FileBytes,
    FileList,
    HistoryPage,
    LogPart,
    SettingList,
    SettingView,
    Totals,
)
from hivemind_desktop.worker.snapshot import RunView
from tests.store.test_outbox import KEY, fill
from tests.store.views import finished, run_view, snapshot


def test_wishes_hold_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "worker" / "wishes.json"
    assert WishFile(path).load() == (Wishes(), None)
    WishFile(path).save(Wishes(True, 5.0, 0.0))
    assert WishFile(path).load() == (Wishes(True, 5.0, 0.0), None)
    assert [entry.name for entry in path.parent.iterdir()] == ["wishes.json"]


@pytest.mark.parametrize("torn", [b"", b"{", b'{"stopped": "no"}', b"[]", b"\xff", b"[" * 100_000])
def test_wishes_that_cannot_be_read_count_as_stopped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "wishes.json"
    path.write_bytes(torn)
    wishes, told = WishFile(path).load()
    assert wishes.stopped
    assert told is not None
    assert told.code == "store.wishes_unreadable"


A = Credential("10.0.0.1:50051", "node-1", "secret-a", "pool-a", "Alpha", "desk")
B = Credential("10.0.0.2:50051", "node-2", "secret-b", "pool-b", own=True)


def test_credentials_by_pool_and_by_address(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    credentials = Credentials(path)
    assert credentials.all() == ()
    assert credentials.of_pool("pool-a") is None
    credentials.save(A)
    credentials.save(B)
    assert credentials.of_pool("pool-a") == A
    assert credentials.of_address("10.0.0.2:50051") == B
    newer = Credential("10.0.0.9:1", "node-3", "secret-c", "pool-a")
    credentials.save(newer)
    assert credentials.all() == (B, newer)
    assert credentials.forget("pool-b")
    assert not credentials.forget("pool-b")
    assert credentials.all() == (newer,)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert credentials.all() == (newer,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "secret" not in repr(newer)


def test_torn_credentials_are_told_without_their_text_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text('{"pools": [{"token": "secret-a"')
    with pytest.raises(KnownError) as told:
        Credentials(path).save(A)
    assert told.value.code == "credentials.unreadable"
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None
    assert path.read_text() == '{"pools": [{"token": "secret-a"'


def test_two_processes_save_credentials_and_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    script = (
        "import sys; from pathlib import Path; from hivemind_desktop.store.credentials import *\n"
        "for n in range(20): Credentials(Path(sys.argv[1])).save(Credential('a', 'n', 't', f'{sys.argv[2]}-{n}'))"
    )
    children = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("x", "y")]
    assert [child.wait(60) for child in children] == [0, 0]
    assert len(Credentials(path).all()) == 40


def test_kept_is_bounded_oldest_first(tmp_path: Path) -> None:
    def take(kept: Kept, n: int) -> None:
        folder = tmp_path / f"out{n}"
        folder.mkdir()
        (folder / LOG_NAME).write_bytes(b"x" * 1000)
        kept.take(AttemptKey("T", 1, n), folder)
        os.utime(kept.folder(AttemptKey("T", 1, n)), (n, n))

    def names() -> list[str]:
        return sorted(path.name for path in (tmp_path / "kept").iterdir())

    kept = Kept(tmp_path / "kept", max_bytes=2500)
    for n in range(1, 5):
        take(kept, n)
    assert names() == ["T-1.3", "T-1.4"]
    kept = Kept(tmp_path / "kept", max_attempts=3)
    for n in range(5, 8):
        take(kept, n)
    assert names() == ["T-1.5", "T-1.6", "T-1.7"]
    kept.forget([AttemptKey("T", 1, 6)])
    take(kept, 8)
    assert names() == ["T-1.5", "T-1.7", "T-1.8"]


def test_a_huge_file_or_a_link_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "out" / FILES_NAME / "output"
    folder.mkdir(parents=True)
    (folder / "link.png").symlink_to("/etc/passwd")
    with (folder / "huge.png").open("wb") as file:
        file.truncate(9 * 1024 * 1024)
    (folder / "small.PNG").write_bytes(b"p")
    (folder / "data.bin").write_bytes(b"d")
    kept = Kept(tmp_path / "kept")
    kept.take(KEY, tmp_path / "out")
    assert [path.name for path in kept.folder(KEY).rglob("*") if path.is_file()] == ["small.PNG"]


class FullDisk(History):
    """A history whose disk is full while `full`."""

    full = False

    def finish(
        self, view: RunView, image: str, finished: Finished, pool_id: str = "", *, kept: bool = True
    ) -> None:
        if self.full:
            raise KnownError("disk.full", path="/x")
        super().finish(view, image, finished, pool_id, kept=kept)


def test_the_keeper_writes_later_what_the_disk_did_not_take(tmp_path: Path) -> None:
    history = FullDisk(tmp_path / "history.sqlite")
    told: list[KnownError] = []
    keeper = StoreKeeper(history, WishFile(tmp_path / "wishes.json"), told.append, wall=lambda: 170.0)
    keeper.see(Change(snapshot(1, runs=(run_view(KEY),))))
    assert history.page(AskHistory()).rows[0].state == "running"
    keeper.see(Change(snapshot(2, runs=(run_view(KEY),))))
    history.full = True
    keeper.keep_history(run_view(KEY), "", finished(KEY), True)
    keeper.keep_delivery(KEY, "stored", 11)
    assert history.page(AskHistory()).rows[0].state == "running"
    assert [error.code for error in told] == ["disk.full", "disk.full"]
    history.full = False
    assert keeper.retry()
    (row,) = history.page(AskHistory()).rows
    assert (row.state, row.reward, row.delivered, row.pool_id) == ("stored", 11, 170.0, "pool-1")
    keeper.save_wishes(True, None, None)
    assert json.loads((tmp_path / "wishes.json").read_text())["stopped"] is True
    history.close()


def test_wishes_that_the_disk_refuses_wait_and_are_told(tmp_path: Path) -> None:
    told: list[KnownError] = []
    history = History(tmp_path / "history.sqlite")
    keeper = StoreKeeper(history, WishFile(tmp_path / "wishes.json"), told.append)
    (tmp_path / "wishes.json.new").mkdir()
    keeper.save_wishes(True, None, None)
    assert [error.code for error in told] == ["store.no_access"]
    (tmp_path / "wishes.json.new").rmdir()
    assert keeper.retry()
    assert WishFile(tmp_path / "wishes.json").load()[0].stopped
    history.close()


def test_answers_come_from_the_outbox_then_from_what_was_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    outbox = Outbox(tmp_path, kept)
    history = History(tmp_path / "history.sqlite")
    settings = SettingList((SettingView("max_tasks", "3", "default"),))
    answers = Answers(history, outbox, kept, lambda: settings, wall=lambda: 1_000_000.0)
    done = fill(outbox)
    assert answers.answer(AskLog(KEY)) == LogPart(0, b"a log", 5)
    assert answers.answer(AskLog(KEY, 2, 2)) == LogPart(2, b"lo", 5)
    assert answers.answer(AskLog(KEY, 99)) == LogPart(5, b"", 5)
    outbox.put(done)
    history.finish(run_view(KEY), "", done)
    picture = "output/圖/a.png"
    for _ in range(2):
        assert answers.answer(AskLog(KEY)) == LogPart(0, b"a log", 5)
        assert answers.answer(AskFiles(KEY)) == FileList(done.result.entries, (picture,))
        assert answers.answer(AskFile(KEY, picture)) == FileBytes(b"picture")
        outbox.remove(KEY)
    kept.folder(KEY).rename(outbox.places(KEY)[1])  # as it is for a moment while it leaves the outbox
    assert answers.answer(AskLog(KEY)) == LogPart(0, b"a log", 5)
    outbox.places(KEY)[1].rename(kept.folder(KEY))
    for path in ("../../outbox.sqlite", "/etc/passwd", "output", "output/none.png"):
        with pytest.raises(KnownError) as told:
            answers.answer(AskFile(KEY, path))
        assert told.value.code == "file.gone"
    with pytest.raises(KnownError) as told:
        answers.answer(AskLog(AttemptKey("NONE", 1, 1)))
    assert told.value.code == "log.gone"
    page = answers.answer(AskHistory())
    assert isinstance(page, HistoryPage)
    assert page.rows[0].reason is Reason.EXIT
    history.deliver(KEY, "stored", 5, 999_999.0)
    assert answers.answer(AskTotals()) == Totals(5, 5, 5, 5, 1)
    assert answers.answer(AskSettings()) == settings
    outbox.close()
    history.close()
