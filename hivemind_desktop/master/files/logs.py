"""Logs: one spool file for each attempt, `logs/<task>/<epoch.n>.spool`, appended by offset. Its length is the only truth about what is held."""

from __future__ import annotations

import os
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.master.files.blobs import Gap, sync_folder


class LogFull(Exception):
    """Longer than any honest log."""


class LogStore:
    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder / "logs"
        self._limit = limit
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: AttemptKey) -> Path:
        """Only for attempts the master made itself: a task id from outside never becomes a path."""
        return self._folder / key.task_id / f"{key.number}.spool"

    def held(self, key: AttemptKey) -> int:
        """Bytes of the spool."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, key: AttemptKey, offset: int, data: bytes) -> int:
        """Take what is new of a chunk; the bytes held now. Raises Gap, LogFull, OSError."""
        path = self.path(key)
        held = self.held(key)
        if offset > held:
            raise Gap(held)
        fresh = data[held - offset :]
        if not fresh:
            return held
        if held + len(fresh) > self._limit:
            raise LogFull
        if not held:
            path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(fresh)
        return held + len(fresh)

    def read(self, key: AttemptKey, offset: int, length: int) -> bytes:
        """Bytes from `offset`, empty where nothing is held."""
        # an offset from outside may be more than any file can have
        if offset >= self.held(key):
            return b""
        try:
            with self.path(key).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except FileNotFoundError:
            return b""

    def sync(self, key: AttemptKey) -> None:
        """Make what is held durable, name and bytes."""
        try:
            descriptor = os.open(self.path(key), os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.path(key).parent)
        sync_folder(self._folder)
