"""Answers a front-end's queries from the disk. Reads only; each answer is bounded."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.history import History
from hivemind_desktop.store.kept import Kept
from hivemind_desktop.store.outbox import Outbox
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME
from hivemind_desktop.worker.queries import (
    MAX_FILE,
    MAX_LOG_PART,
    Answer,
    AskFile,
    AskFiles,
    AskHistory,
    AskLog,
    AskSettings,
    AskTotals,
    FileBytes,
    FileList,
    LogPart,
    Query,
    SettingList,
)


class Answers:
    """`settings` gives the list of options as they hold now; `wall` gives Unix seconds. Any thread."""

    def __init__(
        self,
        history: History,
        outbox: Outbox,
        kept: Kept,
        settings: Callable[[], SettingList],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._history = history
        self._outbox = outbox
        self._kept = kept
        self._settings = settings
        self._wall = wall

    def answer(self, query: Query) -> Answer:
        """Raises KnownError: `log.gone`, `file.gone`, `history.bad_query`, and what the stores raise."""
        match query:
            case AskHistory():
                return self._history.page(query)
            case AskTotals():
                now = self._wall()
                return self._history.totals(now, _midnight(now))
            case AskLog(attempt, offset, limit):
                return self._log(attempt, offset, limit)
            case AskFiles(attempt):
                return self._files(attempt)
            case AskFile(attempt, path):
                return self._file(attempt, path)
            case AskSettings():
                return self._settings()

    def _log(self, attempt: AttemptKey, offset: int, limit: int) -> LogPart:
        for folder in self._folders(attempt):
            try:
                with (folder / LOG_NAME).open("rb") as log:
                    length = os.fstat(log.fileno()).st_size
                    at = max(0, min(offset, length))
                    log.seek(at)
                    return LogPart(at, log.read(max(0, min(limit, MAX_LOG_PART))), length)
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise KnownError("log.gone", task_id=attempt.task_id, attempt=attempt.number)

    def _files(self, attempt: AttemptKey) -> FileList:
        finished = self._outbox.get(attempt)
        result = finished.result if finished is not None else self._history.result(attempt)
        if result is None:
            raise KnownError("file.gone", task_id=attempt.task_id, attempt=attempt.number, path="")
        here = tuple(
            entry.path
            for entry in result.entries
            if not entry.folder and self._place(attempt, entry.path) is not None
        )
        return FileList(result.entries, here)

    def _file(self, attempt: AttemptKey, path: str) -> FileBytes:
        # only a path that the manifest names: it was checked where it was collected
        if path in self._files(attempt).here and (place := self._place(attempt, path)) is not None:
            with place.open("rb") as file:
                data = file.read(MAX_FILE + 1)
            if len(data) <= MAX_FILE:
                return FileBytes(data)
            raise KnownError("file.too_large", path=path[:200], limit=MAX_FILE)
        raise KnownError("file.gone", task_id=attempt.task_id, attempt=attempt.number, path=path[:200])

    def _place(self, attempt: AttemptKey, path: str) -> Path | None:
        for folder in self._folders(attempt):
            place = folder / FILES_NAME / path
            if place.is_file() and not place.is_symlink():
                return place
        return None

    def _folders(self, attempt: AttemptKey) -> tuple[Path, ...]:
        """Where its files may lie, in the order in which they move there: who looks in this order misses none on its way."""
        return *self._outbox.places(attempt), self._kept.folder(attempt)


def _midnight(now: float) -> float:
    """Unix seconds at which the owner's day began."""
    day = time.localtime(now)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))
