"""A disk of its own for one run, so that its limit holds: an ext4 file mounted by loop. Root on Linux only (facts, section 11)."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from hivemind_desktop.containers import loop
from hivemind_desktop.errors import KnownError

MIN_BYTES = 4 * 1024**2
BYTES_PER_INODE = 16 * 1024
MAX_INODES = 65_536
IMAGE = "disk.img"
FOLDER = "disk"
BLANKS = "blank-disks"
"""In the worker's folder."""
MAX_BLANKS = 8
NEARLY = 0.02
"""A task that failed with less than this share of its disk free ran into its limit: 0.2 MB of 64 are left by writes of 1 MB."""

_lock = threading.Lock()


def possible() -> bool:
    """Whether this process may and can make such disks."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        return False
    return os.path.exists("/dev/loop-control")


def make(run_folder: Path, blanks: Path, size: int, names: tuple[str, ...], uid: int, gid: int) -> Path:
    """Make and mount a disk of `size` bytes (sparse; the file system's own needs included); returns its folder.

    The folders `names` are on it from the first moment on (the engine may look for them at any time), owned by the given user
    when this returns. A formatted blank of each size is kept in `blanks`. Raises KnownError disk.full or disk.unmountable.
    """
    image, folder = run_folder / IMAGE, run_folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        _copy(_blank(blanks, max(size, MIN_BYTES), names), image)
        loop.mount_ext4(image, folder)
        for name in names:
            os.chown(folder / name, uid, gid)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownError("disk.full", path=str(run_folder)) from error
        raise KnownError("disk.unmountable", folder=str(folder), detail=str(error)) from error
    return folder


def remove(run_folder: Path, patience_s: float = 5.0) -> None:
    """Unmount and delete, also what a crash left half made. Raises KnownError disk.busy when it stays mounted."""
    folder = run_folder / FOLDER
    deadline = time.monotonic() + patience_s
    while os.path.ismount(folder):
        try:
            loop.unmount(folder)
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise KnownError("disk.busy", folder=str(folder), detail=str(error)) from error
            time.sleep(0.1)
    (run_folder / IMAGE).unlink(missing_ok=True)


def is_full(folder: Path) -> bool:
    """By bytes or by inodes."""
    told = os.statvfs(folder)
    return told.f_bavail <= told.f_blocks * NEARLY or told.f_favail < 4


def used(folder: Path) -> int:
    """Bytes."""
    told = os.statvfs(folder)
    return (told.f_blocks - told.f_bfree) * told.f_frsize


def _blank(folder: Path, size: int, names: tuple[str, ...]) -> Path:
    """A formatted file of this size, made once: copying what it holds takes a tenth of the time of formatting."""
    path = folder / f"{size}.img"
    with _lock:
        if path.exists():
            return path
        folder.mkdir(mode=0o700, exist_ok=True)
        for old in sorted(folder.iterdir(), key=lambda other: other.stat().st_mtime)[: -MAX_BLANKS + 1]:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        new, seed = folder / f"{size}.new", folder / f"{size}.seed"
        for name in names:
            (seed / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(new, "wb") as file:
            file.truncate(size)
        inodes = max(1024, min(MAX_INODES, size // BYTES_PER_INODE))
        done = subprocess.run(
            [
                "mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard",
                "-m", "0", "-N", str(inodes), "-d", str(seed), str(new),
            ],
            capture_output=True,
            text=True,
        )  # fmt: skip
        shutil.rmtree(seed)
        if done.returncode:
            new.unlink()
            raise OSError(
                errno.ENOSPC if "No space left" in done.stderr else errno.EIO, " ".join(done.stderr.split())
            )
        new.rename(path)
        return path


def _copy(source: Path, target: Path) -> None:
    """The data and the holes of a sparse file."""
    with open(source, "rb") as reader, open(target, "xb") as writer:
        size, at = os.fstat(reader.fileno()).st_size, 0
        os.truncate(writer.fileno(), size)
        while at < size:
            try:
                start = os.lseek(reader.fileno(), at, os.SEEK_DATA)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    break
                raise
            at = os.lseek(reader.fileno(), start, os.SEEK_HOLE)
            while start < at:
                start += os.copy_file_range(reader.fileno(), writer.fileno(), at - start, start, start)
