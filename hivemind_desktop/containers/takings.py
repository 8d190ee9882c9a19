"""What comes back from a run: which paths, how many, how large, under which names. Knows nothing of where they are read from."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hivemind_desktop.containers import places
from hivemind_desktop.containers.patterns import expression
from hivemind_desktop.contract.names import check_path, folded
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

CHUNK = 1024 * 1024
MAX_NOTICES = 20
PART = ".part"
"""A copy has this name beside the folder until it is whole: what is in the folder is whole after a crash too."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """`package`: the files as they were sent. `patterns`: what comes back besides output/ where the package has a manifest."""

    package: Manifest
    has_manifest: bool
    patterns: tuple[str, ...]
    max_bytes: int
    max_files: int


@dataclass(slots=True)
class Takings:
    """Files land below `folder`, by their paths. Kept over tries: a second walk goes on where a full disk ended the first."""

    folder: Path
    wanted: Wanted
    say: Callable[[str], None]
    over: KnownError | None = None
    """Set when something did not fit: result.too_big or result.too_many."""
    _entries: dict[str, FileEntry] = field(default_factory=dict)
    _bytes: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _sent: dict[str, FileEntry] = field(default_factory=dict)
    _expressions: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sent = {entry.path: entry for entry in self.wanted.package.entries}
        self._expressions = [expression(pattern) for pattern in self.wanted.patterns]

    @property
    def manifest(self) -> Manifest:
        return Manifest(tuple(self._entries[path] for path in sorted(self._entries)))

    def has(self, path: str) -> bool:
        return path in self._entries

    def enters(self, path: str) -> bool:
        """Whether a folder is looked into at all; one whose name cannot be kept is told."""
        parts = path.split("/")
        if parts[0] in (places.INPUTS, places.SCRATCH_INSIDE) or parts[-1] == "__pycache__":
            return False
        return self._name_holds(path)

    def wants(self, path: str) -> bool:
        """Whether a file (or an empty folder) comes back, as far as its name goes."""
        if path.startswith(f"{places.OUTPUT}/"):
            return True
        if not self.wanted.has_manifest:
            return True
        return any(found.fullmatch(path) for found in self._expressions)

    def full(self, path: str, size: int) -> bool:
        """Whether one more file of this declared size is too much; told once and kept in `over`."""
        if len(self._entries) >= self.wanted.max_files:
            if self.over is None:
                self.over = KnownError("result.too_many", limit=self.wanted.max_files)
                self.say(f"not taken: more than {self.wanted.max_files} files")
            return True
        if self._bytes + size > self.wanted.max_bytes:
            if self.over is None:
                self.over = KnownError(
                    "result.too_big", path=harmless_line(path), limit=self.wanted.max_bytes
                )
            self.refuse(path, f"{size} bytes are more than the disk limit leaves")
            return True
        return False

    def refuse(self, path: str, why: str) -> None:
        """Say once that something is not taken; after MAX_NOTICES only that there is more."""
        if path in self._told or len(self._told) > MAX_NOTICES:
            return
        self._told.add(path)
        if len(self._told) > MAX_NOTICES:
            self.say("not taken: more than can be named here")
        else:
            self.say(f"not taken: {harmless_line(path)}: {why}")

    def place(self, path: str) -> Path | None:
        """Where a file goes, its folders made; None (and told) where its name cannot be kept."""
        if not self._name_holds(path):
            return None
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def unchanged(self, path: str, size: int, sha256: str) -> bool:
        """The file as it was sent: it does not come back, unless it lies in output/ or a pattern wants it."""
        sent = self._sent.get(path)
        if sent is None or self.wanted.has_manifest or path.startswith(f"{places.OUTPUT}/"):
            return False
        return sent.size == size and sent.sha256 == sha256

    def was_sent(self, path: str) -> bool:
        return path in self._sent

    def add(self, path: str, size: int, sha256: str, executable: bool) -> None:
        self._entries[path] = FileEntry(path, size, sha256, executable)
        self._bytes += size

    def add_folder(self, path: str) -> None:
        """An empty folder."""
        if path == places.OUTPUT or self.was_sent(path) or not self.wants(path) or self.full(path, 0):
            return
        (self.folder / path).mkdir(parents=True, exist_ok=True)
        self._entries[path] = FileEntry(path, folder=True)

    def copy(self, source: Readable, target: Path, most: int) -> tuple[int, str]:
        """Write `source` to `target` in bounded memory, holes left out; returns (size, SHA-256). Raises KnownError disk.full.

        Whole or not there at all. Reads at most `most` bytes: a file that grew beyond what it declared is cut there.
        """
        digest, size = hashlib.sha256(), 0
        part = self.folder.with_name(self.folder.name + PART)
        try:
            with open(part, "wb", opener=private) as out:
                while size < most and (chunk := source.read(min(CHUNK, most - size))):
                    digest.update(chunk)
                    size += len(chunk)
                    if chunk.count(0) == len(chunk):
                        out.seek(size)
                    else:
                        out.write(chunk)
                out.truncate(size)
            part.replace(target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise KnownError("disk.full", path=str(self.folder)) from error
            raise
        return size, digest.hexdigest()

    def _name_holds(self, path: str) -> bool:
        try:
            check_path(path)
        except Refused as bad:
            self.refuse(path, f"not every computer can hold this name ({bad.code})")
            return False
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            first = self._names.setdefault(folded(name), name)
            if first != name:
                self.refuse(path, f"some computers cannot tell its name from {harmless_line(first)}")
                return False
        return True


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
