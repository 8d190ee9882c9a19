"""Files of a package on their way to becoming blobs: opened without following links, hashed while read, caught when they change."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from hivemind_desktop.contract.names import MAX_ENTRIES
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

GIB = 1024**3
CHUNK = 1024**2
"""Bytes read at once."""
SKIPPED = frozenset({".git", ".hg", ".svn", "__pycache__", "__MACOSX", ".DS_Store"})
"""What tools and systems leave behind: files and folders of these names, at any depth, are not part of a package."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`ratio`: unpacked to packed bytes, asked only above `ratio_from` unpacked bytes (deflate reaches 1032 on zeros)."""

    entries: int = MAX_ENTRIES
    total_bytes: int = 10 * GIB
    """The default of the disk that an owner gives to all tasks together (design, section 6)."""
    ratio: int = 200
    ratio_from: int = 10 * 1024**2


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is written to or replaced."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


def stamp_of(file: BinaryIO) -> Stamp:
    told = os.fstat(file.fileno())
    return Stamp(told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes of one file lie, what they are, and how that file looked when it was hashed."""

    path: Path
    name: str
    """In the package."""
    sha256: str
    stamp: Stamp
    executable: bool


@dataclass(slots=True)
class Found:
    """What the reader of a folder, ZIP or script found, before it is judged as a package."""

    files: list[Source] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    """All of them, empty or not."""
    skipped: list[str] = field(default_factory=list)
    unwrapped: str = ""
    encoding: str = ""


def open_regular(path: Path, shown: str) -> BinaryIO:
    """Open for reading; a link or anything but a regular file is refused, also when it became one just now.

    Raises KnownError: package.link, package.special, package.unreadable.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        file = os.fdopen(os.open(path, flags), "rb")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KnownError("package.link", entry=shown) from error
        raise unreadable(shown, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise KnownError("package.special", entry=shown)
    return file


def hash_file(path: Path, name: str) -> Source:
    """Read a file once. Raises KnownError `package.changed` when it changes meanwhile, and what `open_regular` raises."""
    shown = harmless_line(name)
    digest, size = hashlib.sha256(), 0
    with open_regular(path, shown) as file:
        stamp = stamp_of(file)
        try:
            while data := file.read(CHUNK):
                digest.update(data)
                size += len(data)
                if size > stamp.size:
                    break
        except OSError as error:
            raise unreadable(shown, error) from error
        if size != stamp.size or stamp_of(file) != stamp:
            raise KnownError("package.changed", entry=shown)
        executable = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
    return Source(path, name, digest.hexdigest(), stamp, executable)


def unreadable(shown: str, error: OSError) -> KnownError:
    """The system would not let us read `shown`."""
    return KnownError(
        "package.unreadable", entry=shown, detail=harmless_line(error.strerror or type(error).__name__)
    )
