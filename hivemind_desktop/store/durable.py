"""Files that survive a power cut: write beside, sync, rename, sync the folder. A full disk is KnownError `disk.full`."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hivemind_desktop.errors import KnownError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def told_full(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a KnownError naming `path`: `disk.full`, or `store.no_access` for anything else but a missing file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise KnownError("disk.full", path=str(path)) from error
        raise KnownError("store.no_access", path=str(path), detail=error.strerror or str(error)) from error


def sync_file(path: Path) -> None:
    """Return when the file's bytes are on the disk. A link is not followed. Raises OSError."""
    # Windows syncs only what is open for writing
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) if sys.platform == "win32" else os.O_RDONLY | os.O_NOFOLLOW
    handle = os.open(path, flags)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Return when the folder's names are on the disk. Windows keeps them without being asked."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace `path` by `data` at once, durable: after a crash it holds the old or the new bytes. Raises KnownError `disk.full`."""
    beside = path.with_name(path.name + ".new")
    with told_full(path):
        try:
            beside.unlink(missing_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
            try:
                with memoryview(data) as left:
                    at = 0
                    while at < len(left):
                        at += os.write(handle, left[at:])
                _sync(handle)
            finally:
                os.close(handle)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def remove_tree(path: Path) -> None:
    """Remove a folder and all below, whatever modes a task gave them; nothing happens when it is not there."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
        return
    if not path.exists():
        return
    for folder, _, _ in os.walk(path):
        with suppress(PermissionError):
            os.chmod(folder, 0o700)
    shutil.rmtree(path)


def free_name(path: Path) -> Path:
    """`path`, or `path-2`, `path-3`... : the first that is not taken."""
    if not os.path.lexists(path):
        return path
    number = 2
    while os.path.lexists(candidate := path.with_name(f"{path.name}-{number}")):
        number += 1
    return candidate


def _sync(handle: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)
