"""Every attempt that ran here, one row each, from its claim on, so that a crash shows. history.sqlite may be lost without losing a result."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import Manifest, Resources, Usage
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.database import Database, set_aside
from hivemind_desktop.store.migrations.history import SCRIPTS
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import from_json, to_json
from hivemind_desktop.worker.queries import MAX_PAGE, AskHistory, HistoryPage, HistoryRow, Totals
from hivemind_desktop.worker.snapshot import RunView

RUNNING, UPLOADING, STORED, CANCELLED = "running", "uploading", "stored", "cancelled"
"""States of a row; after delivery it is the master's word: stored, released, stale."""

SORTS = {
    "claimed": "claimed",
    "ended": "ended",
    "duration": "duration_s",
    "name": "name COLLATE NOCASE",
    "sender": "sender",
    "reward": "reward",
}

_SHOWN = (
    "task_id, epoch, n, name, sender, state, image, pool_id, reason, exit_code, message, fields, claimed, started,"
    " ended, delivered, reward, log_bytes, result_files, result_bytes, usage, granted, image_digest"
)
_ONE = "task_id = ? AND epoch = ? AND n = ?"


class History:
    """Any thread. Times are Unix seconds. Every method raises KnownError `disk.full`, `store.locked`, `store.torn`, `store.no_access`."""

    def __init__(self, path: Path) -> None:
        """Raises also KnownError `store.newer`."""
        self._database = Database(path, SCRIPTS, full=False)

    def close(self) -> None:
        self._database.close()

    def begin(self, view: RunView, image: str = "", pool_id: str = "") -> None:
        """An attempt was claimed. Nothing happens when it is there."""
        with self._database.write() as writer:
            _insert(writer, view, image, pool_id)

    def finish(
        self, view: RunView, image: str, finished: Finished, pool_id: str = "", *, kept: bool = True
    ) -> None:
        """It ended: what is `kept` waits in the outbox, all else is over."""
        state = UPLOADING if kept else CANCELLED
        files = [entry for entry in finished.result.entries if not entry.folder]
        with self._database.write() as writer:
            _insert(writer, view, image, pool_id)
            writer.execute(
                "UPDATE attempts SET state = ?, reason = ?, exit_code = ?, message = ?, fields = ?, started = ?,"
                " ended = ?, log_bytes = ?, result_files = ?, result_bytes = ?, usage = ?, granted = ?, image_digest = ?,"
                f" duration_s = ?, result = ? WHERE {_ONE}",
                (
                    state,
                    finished.reason.value,
                    finished.exit_code,
                    finished.message,
                    json.dumps(dict(finished.fields), ensure_ascii=False),
                    finished.started or view.started,
                    finished.ended,
                    finished.log_bytes,
                    len(files),
                    finished.result.size,
                    json.dumps(to_json(finished.usage)),
                    json.dumps(to_json(finished.granted)),
                    finished.image_digest,
                    finished.usage.duration_s,
                    json.dumps(to_json(finished.result), ensure_ascii=False),
                    *_key(finished.attempt),
                ),
            )

    def deliver(self, attempt: AttemptKey, state: str, reward: int, at: float) -> None:
        """The master said `state` (stored, released, stale). A row that is not here (pruned, database lost) is made, so that rewards add up."""
        with self._database.write() as writer:
            writer.execute(
                "INSERT INTO attempts (task_id, epoch, n, name, sender, state, image, pool_id, claimed, delivered, reward)"
                " VALUES (?, ?, ?, '', '', ?, '', '', ?, ?, ?) ON CONFLICT (task_id, epoch, n) DO UPDATE SET"
                " state = excluded.state, delivered = excluded.delivered, reward = excluded.reward",
                (*_key(attempt), state, at, at, reward),
            )

    def close_running(self, alive: Collection[AttemptKey], at: float) -> tuple[AttemptKey, ...]:
        """At start: rows still `running` whose run was not found again ended as worker_lost. Returns them."""
        with self._database.write() as writer:
            rows = writer.execute(
                "SELECT task_id, epoch, n FROM attempts WHERE state = ? ORDER BY seq", (RUNNING,)
            )
            lost = tuple(key for row in rows.fetchall() if (key := AttemptKey(*row)) not in alive)
            writer.executemany(
                f"UPDATE attempts SET state = 'released', reason = 'worker_lost', ended = ? WHERE {_ONE}",
                [(at, *_key(attempt)) for attempt in lost],
            )
        return lost

    def page(self, asked: AskHistory) -> HistoryPage:
        """The rows that the filter leaves, sorted, `limit` of them from `offset`. Raises KnownError `history.bad_query`."""
        if asked.sort not in SORTS:
            raise KnownError("history.bad_query", usage=True, sort=asked.sort[:40])
        where, values = _filter(asked)
        way = "DESC" if asked.descending else "ASC"
        limit, offset = max(0, min(asked.limit, MAX_PAGE)), max(0, min(asked.offset, 2**62))
        with self._database.read() as reader:
            reader.execute("BEGIN")
            total = int(reader.execute(f"SELECT count(*) FROM attempts {where}", values).fetchone()[0])
            rows = reader.execute(
                f"SELECT {_SHOWN} FROM attempts {where} ORDER BY {SORTS[asked.sort]} {way}, seq {way}"
                " LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        return HistoryPage(tuple(_row(row) for row in rows), total)

    def result(self, attempt: AttemptKey) -> Manifest | None:
        """What its result held; None when the attempt is not here."""
        with self._database.read() as reader:
            row = reader.execute(f"SELECT result FROM attempts WHERE {_ONE}", _key(attempt)).fetchone()
        return None if row is None else from_json(Manifest, json.loads(row[0]))

    def totals(self, now: float, midnight: float) -> Totals:
        """CPT of stored attempts, pruned ones counted in `all`. `midnight`: when the owner's day began."""
        day = 24 * 3600.0
        with self._database.read() as reader:
            reader.execute("BEGIN")
            today, week, month, every, count = reader.execute(
                "SELECT total(CASE WHEN delivered >= ? THEN reward END), total(CASE WHEN delivered >= ? THEN reward END),"
                " total(CASE WHEN delivered >= ? THEN reward END), total(reward), count(*)"
                " FROM attempts WHERE state = ?",
                (midnight, now - 7 * day, now - 30 * day, STORED),
            ).fetchone()
            pruned, attempts = reader.execute("SELECT reward, attempts FROM pruned").fetchone()
        return Totals(int(today), int(week), int(month), int(every) + pruned, count + attempts)

    def prune(self, before: float) -> tuple[AttemptKey, ...]:
        """Remove rows of attempts that ended before `before` and wait for nothing; their reward stays in the totals. Returns them."""
        over = "ended < ? AND state NOT IN ('running', 'uploading')"
        with self._database.write() as writer:
            rows = writer.execute(
                f"SELECT task_id, epoch, n FROM attempts WHERE {over}", (before,)
            ).fetchall()
            writer.execute(
                f"UPDATE pruned SET reward = reward + (SELECT total(reward) FROM attempts WHERE {over} AND state = 'stored'),"
                f" attempts = attempts + (SELECT count(*) FROM attempts WHERE {over} AND state = 'stored')",
                (before, before),
            )
            writer.execute(f"DELETE FROM attempts WHERE {over}", (before,))
        return tuple(AttemptKey(*row) for row in rows)


def open_history(path: Path) -> tuple[History, KnownError | None]:
    """The history; a torn file is set aside beside itself and a new one begun, with the error to tell. Raises as History."""
    try:
        return History(path), None
    except KnownError as error:
        if error.code != "store.torn":
            raise
        moved = set_aside(path, path.with_name("history-broken"))
        return History(path), KnownError("history.set_aside", path=str(path), moved_to=str(moved))


def _insert(writer: sqlite3.Connection, view: RunView, image: str, pool_id: str) -> None:
    writer.execute(
        "INSERT INTO attempts (task_id, epoch, n, name, sender, state, image, pool_id, claimed, started, granted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (task_id, epoch, n) DO NOTHING",
        (
            *_key(view.attempt),
            view.name,
            view.sender,
            RUNNING,
            image,
            pool_id,
            view.claimed,
            view.started,
            json.dumps(to_json(view.granted)),
        ),
    )


def _key(attempt: AttemptKey) -> tuple[str, int, int]:
    return attempt.task_id, attempt.epoch, attempt.n


def _filter(asked: AskHistory) -> tuple[str, list[str | float]]:
    tests: list[str] = []
    values: list[str | float] = []
    for column in ("task_id", "state", "reason", "sender"):
        if value := getattr(asked, column):
            tests.append(f"{column} = ?")
            values.append(value)
    if asked.since is not None:
        tests.append("claimed >= ?")
        values.append(asked.since)
    if asked.until is not None:
        tests.append("claimed < ?")
        values.append(asked.until)
    if asked.search:
        pattern = "".join("\\" + char if char in "\\%_" else char for char in asked.search)
        tests.append("(task_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\' OR sender LIKE ? ESCAPE '\\')")
        values += [f"%{pattern}%"] * 3
    return ("WHERE " + " AND ".join(tests) if tests else ""), values


def _row(row: tuple[Any, ...]) -> HistoryRow:
    task_id, epoch, n, name, sender, state, image, pool_id, reason, exit_code, message, fields, *rest = row
    claimed, started, ended, delivered, reward, log_bytes, files, size, usage, granted, digest = rest
    return HistoryRow(
        attempt=AttemptKey(task_id, epoch, n),
        name=name,
        sender=sender,
        state=state,
        image=image,
        pool_id=pool_id,
        reason=Reason(reason) if reason else None,
        exit_code=exit_code,
        message=message,
        fields=json.loads(fields),
        claimed=claimed,
        started=started,
        ended=ended,
        delivered=delivered,
        reward=reward,
        log_bytes=log_bytes,
        result_files=files,
        result_bytes=size,
        usage=from_json(Usage, json.loads(usage)),
        granted=from_json(Resources, json.loads(granted)),
        image_digest=digest,
    )
