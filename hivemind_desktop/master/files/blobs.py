"""Blobs by their SHA-256: `blobs/ab/<hash>` is whole and checked, `partial/<owner>/<hash>` is on the way.

A partial file belongs to who sends it, so that nobody can spoil what another one is sending.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from hivemind_desktop.master.rules import Rules

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class WrongHash(Exception):
    """The bytes are not those of the hash; they are forgotten."""


class Gap(Exception):
    """The chunk begins after what is held."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


class DiskFull(Exception):
    """Less room than the rules leave free."""


class BlobStore:
    def __init__(self, folder: Path, rules: Rules) -> None:
        self._blobs = folder / "blobs"
        self._partial = folder / "partial"
        self._rules = rules
        self._unsynced: set[Path] = set()
        self._lock = Lock()
        for path in (self._blobs, self._partial):
            path.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a whole blob lies. Raises ValueError when it is no hash (a name from outside never becomes a path)."""
        if not _HASH.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self._blobs / sha256[:2] / sha256

    def size(self, sha256: str) -> int | None:
        """Bytes of a whole blob, None when it is not here."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def held(self, sha256: str, owner: str) -> tuple[int, bool]:
        """(bytes held, whole) for one who sends."""
        size = self.size(sha256)
        if size is not None:
            return size, True
        try:
            return self._part(sha256, owner).stat().st_size, False
        except FileNotFoundError:
            return 0, False

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Those that are not whole here."""
        return [sha256 for sha256 in wanted if self.size(sha256) is None]

    def begin(self, sha256: str, size: int, owner: str) -> Upload:
        """Take up a blob where its owner left off. Raises ValueError, DiskFull."""
        self.path(sha256)
        return Upload(self, sha256, size, self._part(sha256, owner))

    def settle(self) -> None:
        """Make the names of all blobs that became whole durable (their bytes already are)."""
        with self._lock:
            folders, self._unsynced = self._unsynced, set()
        for folder in folders:
            sync_folder(folder)

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Bytes from `offset`; empty at the end. Raises FileNotFoundError."""
        with self.path(sha256).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def check_room(self) -> None:
        """Raises DiskFull."""
        if shutil.disk_usage(self._blobs).free < self._rules.disk_floor_bytes:
            raise DiskFull

    def _part(self, sha256: str, owner: str) -> Path:
        return self._partial / owner / sha256

    def _became_whole(self, part: Path, sha256: str) -> None:
        target = self.path(sha256)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            sync_folder(self._blobs)
        os.replace(part, target)
        with self._lock:
            self._unsynced.add(target.parent)


class Upload:
    """One blob on its way in. Not for two threads at once; two of one owner append to the same file, each checks the offset."""

    def __init__(self, store: BlobStore, sha256: str, size: int, part: Path) -> None:
        self.sha256 = sha256
        self.size = size
        self._store = store
        self._part = part
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        whole = store.size(sha256)
        self.whole = whole is not None
        self.held = whole or 0
        if not self.whole:
            self._open()

    def _open(self) -> None:
        self._store.check_room()
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("a+b")
        self._file.seek(0)
        while block := self._file.read(1 << 20):
            self._hash.update(block)
        self.held = self._file.tell()
        if self.held > self.size:
            self._start_again()
        self._finish_when_whole()

    def write(self, offset: int, data: bytes) -> int:
        """Take what is new of a chunk; the bytes held now. Raises Gap, WrongHash, DiskFull, OSError."""
        if self.whole:
            return self.held
        if offset > self.held:
            raise Gap(self.held)
        fresh = data[self.held - offset :]
        if self.held + len(fresh) > self.size:
            self.close()
            raise WrongHash
        if fresh and self._file is not None:
            if os.fstat(self._file.fileno()).st_size != self.held:
                raise Gap(os.fstat(self._file.fileno()).st_size)
            if self.held >> 26 != (self.held + len(fresh)) >> 26:
                self._store.check_room()
            self._file.write(fresh)
            self._file.flush()
            self._hash.update(fresh)
            self.held += len(fresh)
        self._finish_when_whole()
        return self.held

    def close(self) -> None:
        """Keep what is held for another time."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _finish_when_whole(self) -> None:
        if self.held < self.size or self._file is None:
            return
        if self._hash.hexdigest() != self.sha256:
            self.close()
            self._part.unlink(missing_ok=True)
            self.held = 0
            raise WrongHash
        os.fsync(self._file.fileno())
        self.close()
        self._store._became_whole(self._part, self.sha256)
        self.whole = True

    def _start_again(self) -> None:
        assert self._file is not None
        self._file.truncate(0)
        self._hash = hashlib.sha256()
        self.held = 0


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has such a thing (Windows does not)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
