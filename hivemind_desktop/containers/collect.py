"""Read a stopped run's folder into its result: by descriptors, following no link, taking regular files and folders only."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from hivemind_desktop.containers.package import Marks, mark_of
from hivemind_desktop.containers.takings import CHUNK, Takings

KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_DIRECTORY = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
_FILE = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)


def collect(folder: Path, takings: Takings, marks: Marks) -> None:
    """Walk `folder` (/app/task as this computer sees it; its container is stopped) into `takings`. Raises KnownError disk.full."""
    takings.folder.mkdir(parents=True, exist_ok=True)
    device = os.stat(takings.folder).st_dev
    top = os.open(folder, _DIRECTORY)
    try:
        _walk(top, "", takings, marks, device)
    finally:
        os.close(top)


def adopt(takings: Takings) -> None:
    """Count what an earlier try brought into the folder already: each file there is whole."""
    for path in sorted(takings.folder.rglob("*")) if takings.folder.exists() else ():
        told = path.lstat()
        name = path.relative_to(takings.folder).as_posix()
        if (
            stat.S_ISREG(told.st_mode)
            and not takings.full(name, told.st_size)
            and takings.place(name) is not None
        ):
            with open(path, "rb") as source:
                takings.add(name, told.st_size, _hash(source), bool(told.st_mode & 0o111))


def _walk(folder: int, prefix: str, takings: Takings, marks: Marks, device: int) -> bool:
    """Returns whether the folder is empty."""
    empty = True
    with os.scandir(folder) as entries:
        for entry in entries:
            empty = False
            path = prefix + entry.name
            told = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(told.st_mode):
                if takings.enters(path):
                    _enter(folder, entry.name, path, takings, marks, device)
            elif stat.S_ISREG(told.st_mode):
                _file(folder, entry.name, path, told, takings, marks, device)
            elif takings.wants(path):
                takings.refuse(path, f"it is {KINDS.get(stat.S_IFMT(told.st_mode), 'no file')}")
            if takings.over is not None and takings.over.code == "result.too_many":
                break
    return empty


def _enter(above: int, name: str, path: str, takings: Takings, marks: Marks, device: int) -> None:
    _open_up(above, name, 0o700)
    folder = os.open(name, _DIRECTORY, dir_fd=above)
    try:
        if _walk(folder, f"{path}/", takings, marks, device):
            takings.add_folder(path)
    finally:
        os.close(folder)


def _file(
    folder: int, name: str, path: str, told: os.stat_result, takings: Takings, marks: Marks, device: int
) -> None:
    if not takings.wants(path) or takings.has(path):
        return
    if (
        not takings.wanted.has_manifest
        and not path.startswith("output/")
        and marks.get(path) == mark_of(told)
    ):
        return
    if takings.full(path, told.st_size):
        return
    target = takings.place(path)
    if target is None:
        return
    _open_up(folder, name, 0o600)
    descriptor = os.open(name, _FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb", buffering=0) as source:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            takings.refuse(path, "it is no file")
            return
        if told.st_dev == device and told.st_nlink == 1:
            sha256, size = _hash(source), told.st_size
            if takings.unchanged(path, size, sha256):
                return
            os.rename(name, target, src_dir_fd=folder)
            if os.geteuid() == 0:
                os.fchown(descriptor, 0, 0)
        else:
            size, sha256 = takings.copy(source, target, told.st_size)
            if takings.unchanged(path, size, sha256):
                target.unlink()
                return
    executable = bool(told.st_mode & 0o111)
    target.chmod(0o700 if executable else 0o600)
    takings.add(path, size, sha256, executable)


def _open_up(folder: int, name: str, mode: int) -> None:
    """A task may take the right to read from its own files; only root needs none."""
    if os.geteuid() != 0:
        os.chmod(
            name,
            mode | stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode),
            dir_fd=folder,
        )


def _hash(source: object) -> str:
    digest = hashlib.sha256()
    read = source.read  # type: ignore[attr-defined]
    while chunk := read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
