"""The outbox: what was put is there, whatever died, filled up or broke; nothing is left behind."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path

import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import FileEntry, Manifest, Usage
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.kept import Kept
from hivemind_desktop.store.outbox import FINISHED_NAME, Outbox
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME
from hivemind_desktop.worker.ports import Outbox as Protocol

KEY = AttemptKey("01JD0000000000000000000000", 1, 2)


def fill(
    outbox: Outbox, key: AttemptKey = KEY, *, data: bytes = b"picture", log: bytes = b"a log"
) -> Finished:
    """Write what a run would have written; returns the outcome to put."""
    folder = outbox.folder(key)
    deep = folder / FILES_NAME / "output" / "圖"
    deep.mkdir(parents=True, exist_ok=True)
    (deep / "a.png").write_bytes(data)
    (folder / FILES_NAME / "output" / "empty").mkdir(exist_ok=True)
    (folder / LOG_NAME).write_bytes(log)
    entries = (
        FileEntry("output/empty", folder=True),
        FileEntry("output/圖/a.png", len(data), "ab" * 32, executable=True),
    )
    return Finished(
        key,
        Reason.EXIT,
        exit_code=3,
        message="run.exit",
        fields={"code": "3"},
        result=Manifest(entries),
        log_bytes=len(log),
        usage=Usage(cpu_percent=41.5, duration_s=7, samples=2),
        started=10.5,
        ended=17.25,
        image_digest="sha256:1",
    )


def make(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path, Kept(tmp_path / "kept"), wall=lambda: 1000.0)


def test_what_was_put_comes_back_whole_also_after_a_restart(tmp_path: Path) -> None:
    outbox: Protocol = make(tmp_path)
    assert isinstance(outbox, Outbox)
    finished = fill(outbox)
    assert outbox.get(KEY) is None
    outbox.put(finished)
    assert outbox.get(KEY) == finished
    outbox.close()
    again = make(tmp_path)
    assert again.settle().broken == ()
    assert again.pending() == (KEY,)
    assert again.get(KEY) == finished
    again.close()


def test_pending_is_oldest_first_and_putting_again_keeps_the_place(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    keys = [AttemptKey(f"T{n}", 1, n) for n in (3, 1, 2)]
    for key in keys:
        outbox.put(fill(outbox, key))
    newer = fill(outbox, keys[0], data=b"other")
    outbox.put(newer)
    assert outbox.pending() == tuple(keys)
    assert outbox.get(keys[0]) == newer
    outbox.close()


def test_put_refuses_an_outcome_whose_files_are_not_there(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    finished = fill(outbox)
    (outbox.folder(KEY) / FILES_NAME / "output" / "圖" / "a.png").write_bytes(b"shorter")
    outbox.put(finished)
    (outbox.folder(KEY) / FILES_NAME / "output" / "圖" / "a.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"a\.png"):
        outbox.put(finished)
    fill(outbox)
    (outbox.folder(KEY) / LOG_NAME).write_bytes(b"")
    with pytest.raises(ValueError, match=LOG_NAME):
        outbox.put(finished)
    outbox.close()


def test_a_link_in_place_of_a_file_is_not_taken(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    finished = fill(outbox)
    secret = tmp_path / "secret"
    secret.write_bytes(b"picture")
    place = outbox.folder(KEY) / FILES_NAME / "output" / "圖" / "a.png"
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(ValueError, match=r"a\.png"):
        outbox.put(finished)
    outbox.close()


@pytest.mark.parametrize("task_id", ["../x", "", "a/b", "a.b", "a\\b", "x" * 65, "-a", "a\n", "CON:"])
def test_an_id_that_leads_elsewhere_is_refused(tmp_path: Path, task_id: str) -> None:
    outbox = make(tmp_path)
    with pytest.raises(KnownError) as told:
        outbox.folder(AttemptKey(task_id, 1, 1))
    assert told.value.code == "outbox.bad_id"
    outbox.close()


def test_removed_means_row_and_folder_gone_the_log_and_pictures_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    outbox = Outbox(tmp_path, kept)
    outbox.put(fill(outbox))
    outbox.remove(KEY)
    outbox.remove(KEY)
    assert outbox.pending() == ()
    assert outbox.get(KEY) is None
    assert list((tmp_path / "outbox").iterdir()) == []
    assert (kept.folder(KEY) / LOG_NAME).read_bytes() == b"a log"
    assert (kept.folder(KEY) / FILES_NAME / "output" / "圖" / "a.png").read_bytes() == b"picture"
    outbox.close()


def test_a_crash_after_each_step_of_removing_is_finished_at_the_next_start(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    outbox.put(fill(outbox))
    other = AttemptKey("OTHER", 1, 1)
    outbox.put(fill(outbox, other))
    # renamed, no more
    outbox.path(KEY).rename(tmp_path / "outbox" / (outbox.path(KEY).name + ".gone"))
    # renamed and row deleted
    outbox.path(other).rename(tmp_path / "outbox" / (outbox.path(other).name + ".gone"))
    with sqlite3.connect(tmp_path / "outbox.sqlite") as rows:
        rows.execute("DELETE FROM entries WHERE task_id = 'OTHER'")
    rows.close()
    outbox.close()
    again = make(tmp_path)
    settled = again.settle()
    assert settled.broken == ()
    assert settled.unfinished == ()
    assert again.pending() == ()
    assert list((tmp_path / "outbox").iterdir()) == []
    again.close()


def test_a_run_that_had_not_ended_is_told_as_unfinished_and_can_be_dropped(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    outbox.folder(KEY).joinpath(LOG_NAME).write_bytes(b"half")
    settled = outbox.settle()
    assert settled.unfinished == (KEY,)
    assert settled.broken == ()
    assert outbox.path(KEY).joinpath(LOG_NAME).read_bytes() == b"half"
    outbox.drop(KEY)
    assert outbox.settle().unfinished == ()
    outbox.close()


def test_an_entry_whose_row_was_not_written_is_taken_up(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    finished = fill(outbox)
    outbox.put(finished)
    with sqlite3.connect(tmp_path / "outbox.sqlite") as rows:
        rows.execute("DELETE FROM entries")
    rows.close()
    assert outbox.pending() == ()
    assert outbox.settle().broken == ()
    assert outbox.get(KEY) == finished
    outbox.close()


@pytest.mark.parametrize("damage", ["file missing", "file cut", "log cut", "json cut", "json missing"])
def test_a_torn_folder_is_set_aside_told_and_given_back(tmp_path: Path, damage: str) -> None:
    outbox = make(tmp_path)
    outbox.put(fill(outbox))
    folder = outbox.path(KEY)
    file = folder / FILES_NAME / "output" / "圖" / "a.png"
    if damage == "file missing":
        file.unlink()
    elif damage == "file cut":
        file.write_bytes(b"pic")
    elif damage == "log cut":
        (folder / LOG_NAME).write_bytes(b"a")
    elif damage == "json cut":
        whole = (folder / FINISHED_NAME).read_bytes()
        (folder / FINISHED_NAME).write_bytes(whole[: len(whole) // 2])
    else:
        (folder / FINISHED_NAME).unlink()
    outbox.close()
    again = make(tmp_path)
    (broken,) = again.settle().broken
    assert broken.code == "outbox.torn"
    assert broken.attempt == KEY
    assert broken.moved_to is not None
    assert (broken.moved_to / LOG_NAME).exists()
    assert broken.moved_to.parent == tmp_path / "outbox-broken"
    assert again.pending() == (KEY,)
    finished = again.get(KEY)
    assert finished is not None
    assert finished.reason is Reason.WORKER_LOST
    assert finished.message == "outbox.lost"
    again.remove(KEY)
    assert again.pending() == ()
    again.close()


def test_a_missing_folder_is_told_and_given_back(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    outbox.put(fill(outbox))
    outbox.path(KEY).rename(tmp_path / "elsewhere")
    (broken,) = outbox.settle().broken
    assert broken.code == "outbox.missing"
    assert broken.attempt == KEY
    finished = outbox.get(KEY)
    assert finished is not None
    assert finished.reason is Reason.WORKER_LOST
    outbox.close()


def test_what_is_not_ours_in_the_folder_is_set_aside(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    (tmp_path / "outbox" / "notes.txt").write_text("mine")
    (tmp_path / "outbox" / "T-1.1").symlink_to(tmp_path)
    assert [entry.code for entry in outbox.settle().broken] == ["outbox.stray", "outbox.stray"]
    assert (tmp_path / "outbox-broken" / "notes.txt").read_text() == "mine"
    outbox.close()


def test_a_torn_database_loses_no_result(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    finished = fill(outbox)
    outbox.put(finished)
    outbox.close()
    (tmp_path / "outbox.sqlite").write_bytes(b"this is no database at all" * 400)
    again = make(tmp_path)
    (broken,) = again.settle().broken
    assert broken.code == "outbox.database_torn"
    assert broken.moved_to is not None
    assert broken.moved_to.read_bytes().startswith(b"this is no")
    assert again.get(KEY) == finished
    assert again.pending() == (KEY,)
    again.close()


def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    keys = [AttemptKey(f"T{n:03}" + "x" * 50, 1, 1) for n in range(120)]
    for key in keys:
        outbox.put(Finished(key, Reason.OK))
    outbox.close()
    path = tmp_path / "outbox.sqlite"
    data = bytearray(path.read_bytes())
    assert len(data) > 3 * 4096
    data[2 * 4096 : 2 * 4096 + 2000] = b"\xff" * 2000
    path.write_bytes(bytes(data))
    again = make(tmp_path)
    assert [entry.code for entry in again.settle().broken] == ["outbox.database_torn"]
    assert sorted(again.pending()) == sorted(keys)
    again.close()


def test_files_with_another_hash_are_set_aside_by_the_sender(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    outbox.put(fill(outbox))
    assert outbox.set_aside(KEY, "output/圖/a.png").code == "outbox.torn"
    finished = outbox.get(KEY)
    assert finished is not None
    assert finished.reason is Reason.WORKER_LOST
    outbox.close()


def test_what_waited_thirty_days_is_removed_and_told(tmp_path: Path) -> None:
    now = [0.0]
    outbox = Outbox(tmp_path, wall=lambda: now[0])
    outbox.put(fill(outbox))
    now[0] = 20 * 86400.0
    young = AttemptKey("YOUNG", 1, 1)
    outbox.put(fill(outbox, young))
    now[0] = 30 * 86400.0 + 1
    assert outbox.expire() == (KEY,)
    assert outbox.pending() == (young,)
    assert not outbox.path(KEY).exists()
    outbox.close()


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path) -> None:
    make(tmp_path).close()
    path = tmp_path / "outbox.sqlite"
    with sqlite3.connect(path) as rows:
        rows.execute("PRAGMA user_version = 99")
    rows.close()
    before = path.read_bytes()
    with pytest.raises(KnownError) as told:
        make(tmp_path)
    assert told.value.code == "store.newer"
    assert told.value.fields["found"] == 99
    assert path.read_bytes() == before


def test_many_threads_put_get_and_remove(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    failed: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for n in range(1, 9):
                key = AttemptKey(f"T{thread}", 1, n)
                finished = fill(outbox, key)
                outbox.put(finished)
                assert outbox.get(key) == finished
                if n % 2:
                    outbox.remove(key)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sorted(outbox.pending()) == [AttemptKey(f"T{t}", 1, n) for t in range(4) for n in (2, 4, 6, 8)]
    assert outbox.settle().broken == ()
    outbox.close()


def test_finished_json_begins_with_the_task(tmp_path: Path) -> None:
    outbox = make(tmp_path)
    outbox.put(fill(outbox))
    told = json.loads((outbox.path(KEY) / FINISHED_NAME).read_text("utf-8"))
    assert next(iter(told)) == "task_id"
    assert told["attempt"] == "1.2"
    assert "id" not in told
    outbox.close()
