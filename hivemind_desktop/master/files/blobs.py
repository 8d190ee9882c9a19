"""Blobs by their SHA-256: `blobs/ab/<hash>` is whole and checked, `partial/<owner>/<hash>` is on the way.

A partial file belongs to who sends it, so that nobody can spoil what another one is sending. `sent/<owner>/<hash>` is an empty file that
says who has sent a blob whole: to anybody else it is not here until he has sent it too, so that a hash alone gives and tells nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Lock

from hivemind_desktop.master.rules import Rules

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class WrongHash(Exception):
    """The bytes are not those of the hash; they are forgotten."""


class Gap(Exception):
    """The chunk begins after what is held."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


@dataclass(frozen=True, slots=True)
class Owner:
    """One who sends. `folder`: the name under which his files are kept. `sees_all`: the admin, for whom every blob is here."""

    folder: str
    sees_all: bool = False


class DiskFull(Exception):
    """Less room than the rules leave free."""


class BlobStore:
    def __init__(self, folder: Path, rules: Rules) -> None:
        self._blobs = folder / "blobs"
        self._partial = folder / "partial"
        self._sent = folder / "sent"
        self._rules = rules
        self._unsynced: set[Path] = set()
        self._parts: dict[Path, Part] = {}
        self._lock = Lock()
        for path in (self._blobs, self._partial, self._sent):
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

    def size_for(self, sha256: str, owner: Owner) -> int | None:
        """Bytes of a whole blob that this one has sent, None when he must send it."""
        size = self.size(sha256)
        if size is None or owner.sees_all or self._mark(sha256, owner).exists():
            return size
        return None

    def held(self, sha256: str, owner: Owner) -> tuple[int, bool]:
        """(bytes held, whole) for one who sends."""
        size = self.size_for(sha256, owner)
        if size is not None:
            return size, True
        try:
            return self._part(sha256, owner).stat().st_size, False
        except FileNotFoundError:
            return 0, False

    def missing(self, wanted: Iterable[str], owner: Owner) -> list[str]:
        """Those that this one must send."""
        return [sha256 for sha256 in wanted if self.size_for(sha256, owner) is None]

    def begin(self, sha256: str, size: int, owner: Owner) -> Upload:
        """Take up a blob where its owner left off. Raises ValueError, DiskFull."""
        self.path(sha256)
        path = self._part(sha256, owner)
        with self._lock:
            part = self._parts.get(path)
            if part is None:
                part = self._parts[path] = Part(self, sha256, path, owner)
            part.users += 1
        try:
            return Upload(self, sha256, size, part)
        except BaseException:
            self._left(part)
            raise

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

    def _part(self, sha256: str, owner: Owner) -> Path:
        return self._partial / owner.folder / sha256

    def _mark(self, sha256: str, owner: Owner) -> Path:
        return self._sent / owner.folder / sha256

    def _left(self, part: Part) -> None:
        """One call less sends it; after the last one the file is closed and forgotten here."""
        with self._lock:
            part.users -= 1
            last = part.users == 0
            if last:
                del self._parts[part.path]
        if last:
            with part.lock:
                part.close()

    def _became_whole(self, part: Path, sha256: str, owner: Owner) -> None:
        target = self.path(sha256)
        if target.exists():
            part.unlink()
        else:
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                sync_folder(self._blobs)
            os.replace(part, target)
        if not owner.sees_all:
            # not synced: when a crash eats it, the blob is sent again
            mark = self._mark(sha256, owner)
            mark.parent.mkdir(exist_ok=True)
            mark.touch()
        with self._lock:
            self._unsynced.add(target.parent)


class Part:
    """The one open file of (owner, hash): whoever sends that blob for that owner writes through it, one at a time.

    Two calls of one owner that send the same blob (a retry beside a call that a broken link left behind) help each other: each gives what is new.
    """

    def __init__(self, store: BlobStore, sha256: str, path: Path, owner: Owner) -> None:
        self.lock = Lock()
        self.users = 0
        self.whole = False
        self.held = 0
        self._store = store
        self._sha256 = sha256
        self.path = path
        self._owner = owner
        self._file: FileIO | None = None
        self._hash = hashlib.sha256()

    def open(self) -> None:
        """Read what is held once; nothing when it is open or whole already. The caller holds the lock, here and below."""
        if self._file is not None or self.whole:
            return
        size = self._store.size_for(self._sha256, self._owner)
        if size is not None:
            self.held, self.whole = size, True
            return
        self._store.check_room()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b", buffering=0)
        self._hash = hashlib.sha256()
        self._file.seek(0)
        while block := self._file.read(1 << 20):
            self._hash.update(block)
        self.held = self._file.tell()

    def append(self, data: bytes) -> None:
        """Bytes that follow what is held."""
        assert self._file is not None
        if self.held >> 26 != (self.held + len(data)) >> 26:
            self._store.check_room()
        rest = memoryview(data)
        while rest:
            # unbuffered: after a failed write `held` is still what lies there
            written = self._file.write(rest)
            self._hash.update(rest[:written])
            self.held += written
            rest = rest[written:]

    def finish(self, size: int) -> None:
        """All `size` bytes are here: make it a blob, or forget it. Raises WrongHash."""
        assert self._file is not None
        # the file itself is asked too: it becomes everybody's, for good
        if self._hash.hexdigest() != self._sha256 or os.fstat(self._file.fileno()).st_size != size:
            self.forget()
            raise WrongHash
        os.fsync(self._file.fileno())
        self.close()
        self._store._became_whole(self.path, self._sha256, self._owner)
        self.whole = True

    def forget(self) -> None:
        """What is held is not what was promised."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.held = 0

    def close(self) -> None:
        """Keep what is held for another time."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Upload:
    """One call that sends a blob. Not for two threads at once; calls of the same owner share the Part."""

    def __init__(self, store: BlobStore, sha256: str, size: int, part: Part) -> None:
        """`part` is counted for it already (BlobStore.begin)."""
        self.sha256 = sha256
        self.size = size
        self.held = 0
        self.whole = False
        self._store = store
        self._part = part
        self._open = True
        with part.lock:
            part.open()
            if part.held > size and not part.whole:
                part.forget()
                part.open()
            self._finish_when_whole()

    def write(self, offset: int, data: bytes) -> int:
        """Take what is new of a chunk; the bytes held now. Raises Gap, WrongHash, DiskFull, OSError."""
        part = self._part
        with part.lock:
            part.open()
            if not part.whole:
                if offset > part.held:
                    raise Gap(part.held)
                fresh = data[part.held - offset :]
                if part.held + len(fresh) > self.size:
                    raise WrongHash
                if fresh:
                    part.append(fresh)
            self._finish_when_whole()
        return self.held

    def close(self) -> None:
        """This call is over; what is held stays."""
        if self._open:
            self._open = False
            self._store._left(self._part)

    def _finish_when_whole(self) -> None:
        part = self._part
        if not part.whole and part.held >= self.size:
            part.finish(self.size)
        self.held, self.whole = part.held, part.whole


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has such a thing (Windows does not)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
