"""A disk of its own for one run, so that its limit holds: an ext4 file mounted by loop. Root on Linux only (facts, section 11)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from hivemind_desktop.errors import KnownError

MIN_BYTES = 4 * 1024**2
BYTES_PER_INODE = 16 * 1024
MAX_INODES = 65_536
IMAGE = "disk.img"
FOLDER = "disk"
SEED = "seed"
NEARLY = 0.02
"""A task that failed with less than this share of its disk free ran into its limit."""


def possible() -> bool:
    """Whether this process may and can make such disks."""
    return (
        sys.platform == "linux"
        and os.geteuid() == 0
        and all(map(shutil.which, ("mkfs.ext4", "mount", "umount")))
    )


def make(run_folder: Path, size: int, names: tuple[str, ...], uid: int, gid: int) -> Path:
    """Make and mount a disk of `size` bytes (sparse; the file system's own needs included); returns its folder.

    The folders `names`, owned by the given user, are on it from the first moment on: the engine may look for them at any time.

    nosuid and nodev; programs may be run from it. Raises KnownError disk.full or disk.unmountable (field detail).
    """
    image, folder = run_folder / IMAGE, run_folder / FOLDER
    size = max(size, MIN_BYTES)
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(image, "xb") as file:
        file.truncate(size)
    seed = run_folder / SEED
    for name in names:
        (seed / name).mkdir(mode=0o700, parents=True)
        os.chown(seed / name, uid, gid)
    inodes = max(1024, min(MAX_INODES, size // BYTES_PER_INODE))
    _call(
        "mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard",
        "-m", "0", "-N", str(inodes), "-d", str(seed), str(image),
    )  # fmt: skip
    for name in names:
        (seed / name).rmdir()
    seed.rmdir()
    _call("mount", "-t", "ext4", "-o", "loop,nodev,nosuid,noatime", str(image), str(folder))
    (folder / "lost+found").rmdir()
    return folder


def remove(run_folder: Path, patience_s: float = 5.0) -> None:
    """Unmount and delete, also what a crash left half made. Raises KnownError disk.busy when it stays mounted."""
    folder = run_folder / FOLDER
    deadline = time.monotonic() + patience_s
    while os.path.ismount(folder):
        done = subprocess.run(["umount", str(folder)], capture_output=True, text=True)
        if done.returncode and time.monotonic() > deadline:
            raise KnownError("disk.busy", folder=str(folder), detail=done.stderr.strip())
        if done.returncode:
            time.sleep(0.1)
    (run_folder / IMAGE).unlink(missing_ok=True)


def is_full(folder: Path) -> bool:
    """By bytes or by inodes. A write that did not fit leaves a little free: 0.2 MB of 64 after writes of 1 MB."""
    told = os.statvfs(folder)
    return told.f_bavail <= told.f_blocks * NEARLY or told.f_favail < 4


def used(folder: Path) -> int:
    """Bytes."""
    told = os.statvfs(folder)
    return (told.f_blocks - told.f_bfree) * told.f_frsize


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        detail = " ".join(done.stderr.split())
        code = "disk.full" if "No space left" in detail else "disk.unmountable"
        raise KnownError(code, folder=command[-1], detail=detail)
