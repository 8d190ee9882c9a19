"""Results not yet accepted by the master: a folder each, and outbox.sqlite, which says in what order they came.

An entry is in the outbox when its folder holds finished.json, written last, after every other file is synced; the row points
to the folder. An entry leaves by three steps: its folder is renamed to *.gone, its row is deleted, the folder is removed.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store import durable
from hivemind_desktop.store.database import Database, set_aside
from hivemind_desktop.store.kept import Kept
from hivemind_desktop.store.migrations.outbox import SCRIPTS
from hivemind_desktop.store.names import folder_name, parse_folder_name
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import BadJson, from_json, to_json
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME

FINISHED_NAME = "finished.json"
GONE = ".gone"
KEEP_S = 30 * 24 * 3600.0
"""Seconds a result waits for its master (design, section 4)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broken:
    """Something of the outbox that cannot be used. `code` + `fields` are worded for the owner; `moved_to` is where it lies now."""

    code: str
    attempt: AttemptKey | None = None
    moved_to: Path | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """`unfinished`: folders without a result: their runs may still be found again, or `drop` them."""

    broken: tuple[Broken, ...] = ()
    unfinished: tuple[AttemptKey, ...] = ()


class Outbox:
    """`worker.ports.Outbox` on disk below `folder`: outbox.sqlite, outbox/, outbox-broken/. Any thread; blocks on the disk.

    Call `settle` once at start, before anything else. `wall` gives Unix seconds.
    """

    def __init__(self, folder: Path, kept: Kept | None = None, wall: Callable[[], float] = time.time) -> None:
        """Raises KnownError `store.newer`, `store.locked`, `store.no_access`, `disk.full`. A torn database is set aside and made anew."""
        self._root = folder / "outbox"
        self._broken = folder / "outbox-broken"
        self._kept = kept
        self._wall = wall
        self._lock = threading.Lock()
        with durable.told_full(self._root):
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._torn: list[Broken] = []
        self._database = self._open(folder / "outbox.sqlite")

    def close(self) -> None:
        self._database.close()

    # ------------------------------------------------------------------ worker.ports.Outbox

    def folder(self, attempt: AttemptKey) -> Path:
        """The attempt's folder, made when missing. Raises KnownError `outbox.bad_id`, `disk.full`."""
        path = self.path(attempt)
        with durable.told_full(path):
            path.mkdir(mode=0o700, exist_ok=True)
        return path

    def put(self, finished: Finished) -> None:
        """Durable when it returns; again with the same attempt: the newer outcome stands, its place in the order stays.

        Raises KnownError `disk.full` (not pending then: free space and put again) and ValueError when the folder does not hold what `finished` names.
        """
        path = self.folder(finished.attempt)
        if (fault := _fault(path, finished)) is not None:
            raise ValueError(f"{finished.attempt}: {fault}")
        with durable.told_full(path):
            _sync_files(path, finished)
            durable.write_whole(
                path / FINISHED_NAME, json.dumps(to_json(finished), ensure_ascii=False).encode()
            )
            durable.sync_folder(self._root)
        self._add_row(finished)

    def get(self, attempt: AttemptKey) -> Finished | None:
        """What was put. An entry whose folder was lost or torn is given back as worker_lost, so that the task is tried again."""
        with self._database.read() as reader:
            row = reader.execute(
                "SELECT put_at FROM entries WHERE task_id = ? AND epoch = ? AND n = ?", _key(attempt)
            ).fetchone()
        if row is None:
            return None
        for place in self.places(attempt):
            finished = _load(place)
            if finished is not None:
                return finished
        return Finished(
            attempt, Reason.WORKER_LOST, message="outbox.lost", started=float(row[0]), ended=float(row[0])
        )

    def remove(self, attempt: AttemptKey) -> None:
        """Row and folder; nothing happens when it is not there.

        The rename comes first: it needs no space on a full disk, and whatever step a crash follows, `settle` goes on from
        it. Row first would leave a folder that looks like a run's, folder first a row that looks like a lost result.
        """
        path, gone = self.places(attempt)
        with self._lock:
            if path.exists():
                durable.remove_tree(gone)
                path.rename(gone)
                durable.sync_folder(self._root)
            self._finish_removing(attempt, gone)

    def pending(self) -> tuple[AttemptKey, ...]:
        """Put and not removed, oldest first."""
        with self._database.read() as reader:
            rows = reader.execute("SELECT task_id, epoch, n FROM entries ORDER BY seq").fetchall()
        return tuple(AttemptKey(*row) for row in rows)

    # ------------------------------------------------------------------ beyond the protocol

    def path(self, attempt: AttemptKey) -> Path:
        """The attempt's folder, whether or not it is there. Raises KnownError `outbox.bad_id`."""
        return self._root / folder_name(attempt)

    def places(self, attempt: AttemptKey) -> tuple[Path, Path]:
        """Where its files lie while it is here, and while it is leaving."""
        path = self.path(attempt)
        return path, path.with_name(path.name + GONE)

    def settle(self) -> Settled:
        """Bring disk and rows in line after a crash. Tells what is broken; never raises for one entry's sake."""
        broken, self._torn = self._torn, []
        unfinished: list[AttemptKey] = []
        rows = set(self.pending())
        for name in sorted(os.listdir(self._root)):
            path = self._root / name
            attempt = parse_folder_name(name.removesuffix(GONE))
            try:
                if attempt is None or path.is_symlink() or not path.is_dir():
                    broken.append(self._set_aside(path, "outbox.stray", None))
                elif name.endswith(GONE):
                    self._finish_removing(attempt, path)
                    rows.discard(attempt)
                elif attempt in rows:
                    finished = _load(path)
                    fault = "finished.json" if finished is None else _fault(path, finished)
                    if fault is not None:
                        broken.append(self._set_aside(path, "outbox.torn", attempt, fault))
                    rows.discard(attempt)
                else:
                    finished = _load(path)
                    if finished is not None and _fault(path, finished) is None:
                        self._add_row(finished)
                    else:
                        (path / FINISHED_NAME).unlink(missing_ok=True)
                        unfinished.append(attempt)
            except (OSError, KnownError) as error:
                _log.exception("the outbox's %s could not be settled", name)
                broken.append(
                    Broken("outbox.unsettled", attempt, None, {"path": str(path), "detail": str(error)})
                )
        broken.extend(
            Broken(
                "outbox.missing", attempt, None, {"task_id": attempt.task_id, "path": str(self.path(attempt))}
            )
            for attempt in sorted(rows)
        )
        for entry in broken:
            _log.error("outbox: %s %s", entry.code, entry.fields)
        return Settled(tuple(broken), tuple(unfinished))

    def set_aside(self, attempt: AttemptKey, detail: str) -> Broken:
        """Its files turned out wrong (a hash): move the folder to outbox-broken/. The entry stays and is given back as worker_lost."""
        with self._lock:
            return self._set_aside(self.path(attempt), "outbox.torn", attempt, detail)

    def drop(self, attempt: AttemptKey) -> None:
        """Remove the folder of a run that will not end in a result (cancelled, or not found again); its log is kept for the owner."""
        self.remove(attempt)

    def expire(self, keep_s: float = KEEP_S) -> tuple[AttemptKey, ...]:
        """Remove what waited longer than `keep_s` seconds; returns it, to be told."""
        with self._database.read() as reader:
            rows = reader.execute(
                "SELECT task_id, epoch, n FROM entries WHERE put_at < ? ORDER BY seq",
                (self._wall() - keep_s,),
            ).fetchall()
        old = tuple(AttemptKey(*row) for row in rows)
        for attempt in old:
            _log.error("outbox: %s waited longer than %d days and is removed", attempt, keep_s // 86400)
            self.remove(attempt)
        return old

    # ------------------------------------------------------------------ inside

    def _open(self, path: Path) -> Database:
        try:
            database = Database(path, SCRIPTS, full=True)
            try:
                database.check()
            except BaseException:
                database.close()
                raise
        except KnownError as error:
            if error.code != "store.torn":
                raise
            moved = set_aside(path, self._broken)
            self._torn.append(Broken("outbox.database_torn", None, moved, {"moved_to": str(moved)}))
            return Database(path, SCRIPTS, full=True)
        return database

    def _add_row(self, finished: Finished) -> None:
        with self._database.write() as writer:
            writer.execute(
                "INSERT INTO entries (task_id, epoch, n, folder, reason, put_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (task_id, epoch, n) DO UPDATE SET reason = excluded.reason, put_at = excluded.put_at",
                (*_key(finished.attempt), folder_name(finished.attempt), finished.reason.value, self._wall()),
            )

    def _finish_removing(self, attempt: AttemptKey, gone: Path) -> None:
        if self._kept is not None and gone.exists():
            self._kept.take(attempt, gone)
        try:
            self._delete_row(attempt)
        except KnownError as error:
            if error.code != "disk.full":
                raise
            # the folder is marked as gone: its bytes may go first and make room for the row's end
            durable.remove_tree(gone)
            self._delete_row(attempt)
        durable.remove_tree(gone)

    def _delete_row(self, attempt: AttemptKey) -> None:
        with self._database.write() as writer:
            writer.execute("DELETE FROM entries WHERE task_id = ? AND epoch = ? AND n = ?", _key(attempt))

    def _set_aside(self, path: Path, code: str, attempt: AttemptKey | None, detail: str = "") -> Broken:
        self._broken.mkdir(mode=0o700, exist_ok=True)
        target = durable.free_name(self._broken / path.name)
        path.rename(target)
        durable.sync_folder(self._broken)
        durable.sync_folder(self._root)
        task_id = attempt.task_id if attempt else ""
        fields = {"task_id": task_id, "path": str(path), "moved_to": str(target), "detail": detail}
        return Broken(code, attempt, target, fields)


def _key(attempt: AttemptKey) -> tuple[str, int, int]:
    return attempt.task_id, attempt.epoch, attempt.n


def _load(path: Path) -> Finished | None:
    try:
        return from_json(Finished, json.loads((path / FINISHED_NAME).read_bytes()))
    except (FileNotFoundError, NotADirectoryError, BadJson, ValueError, RecursionError):
        return None


def _fault(path: Path, finished: Finished) -> str | None:
    """What of `finished` is not there by kind and size (contents are checked by hash where they are sent); None when all is."""
    for entry in finished.result.entries:
        place = path / FILES_NAME / entry.path
        if place.is_symlink() or not (place.is_dir() if entry.folder else place.is_file()):
            return entry.path
        if not entry.folder and place.stat().st_size != entry.size:
            return entry.path
    log = path / LOG_NAME
    size = log.stat().st_size if log.is_file() and not log.is_symlink() else 0
    return LOG_NAME if size < finished.log_bytes else None


def _sync_files(path: Path, finished: Finished) -> None:
    files = path / FILES_NAME
    folders = set()
    for entry in finished.result.entries:
        place = files / entry.path
        if entry.folder:
            folders.add(place)
        else:
            durable.sync_file(place)
        folders.update(parent for parent in place.parents if parent == files or files in parent.parents)
    if (path / LOG_NAME).exists():
        durable.sync_file(path / LOG_NAME)
    for folder in sorted(folders, reverse=True):
        durable.sync_folder(folder)
