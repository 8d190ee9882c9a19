"""Count and delete trees that a task made, however deep: by folder descriptors, one open at a time, following no link."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
_BY_DESCRIPTOR = os.scandir in os.supports_fd and os.open in os.supports_dir_fd
"""Not on Windows, where what is deleted is never a task's own tree: its files come and go by a volume."""
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM})
"""What a living tree may answer: it vanished, became something else, or may not be entered."""


@dataclass(slots=True)
class _Level:
    """One folder on the way down. `pending`: folders in it that are still to be entered."""

    name: str
    identity: tuple[int, int]
    pending: list[str] = field(default_factory=list)


class _Walk:
    """Where a walk is. A tree that is moved meanwhile is found again from its top, as far as it is still the same."""

    def __init__(self, top: Path) -> None:
        """Raises OSError when `top` cannot be opened."""
        self._top = top
        self.fd = os.open(top, _FOLDER)
        self.levels = [_Level("", _identity(self.fd))]

    def close(self) -> None:
        os.close(self.fd)

    def enter(self, name: str) -> None:
        """Raises OSError and stays where it was."""
        below = os.open(name, _FOLDER, dir_fd=self.fd)
        self._go(below)
        self.levels.append(_Level(name, _identity(below)))

    def leave(self) -> str:
        """One up; returns the name of the folder that was left."""
        name = self.levels.pop().name
        try:
            above = os.open("..", _FOLDER, dir_fd=self.fd)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._find_again()
        else:
            self._go(above)
            if _identity(above) != self.levels[-1].identity:
                self._find_again()
        return name

    def _find_again(self) -> None:
        self._go(os.open(self._top, _FOLDER))
        for depth, level in enumerate(self.levels[1:], 1):
            try:
                below = os.open(level.name, _FOLDER, dir_fd=self.fd)
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                del self.levels[depth:]
                return
            if _identity(below) != level.identity:
                os.close(below)
                del self.levels[depth:]
                return
            self._go(below)

    def _go(self, descriptor: int) -> None:
        os.close(self.fd)
        self.fd = descriptor


def tree_bytes(folder: Path) -> int:
    """Bytes that a tree takes on disk; what vanishes or cannot be entered while it is counted is left out."""
    if not _BY_DESCRIPTOR:
        return sum(path.lstat().st_size for path in folder.rglob("*"))
    total = 0

    def count(descriptor: int) -> list[str]:
        nonlocal total
        below = []
        with os.scandir(descriptor) as entries:
            for entry in entries:
                try:
                    told = entry.stat(follow_symlinks=False)
                except OSError as error:
                    if error.errno not in _GONE:
                        raise
                    continue
                total += told.st_blocks * 512
                if stat.S_ISDIR(told.st_mode):
                    below.append(entry.name)
        return below

    try:
        walk = _Walk(folder)
        try:
            _visit(walk, count, forgive=True)
        finally:
            walk.close()
    except OSError as error:
        if error.errno not in _GONE:
            raise
    return total


def remove_tree(folder: Path) -> None:
    """Delete a tree that a task may have made unreadable for its own user; nothing happens when it is not there. Raises OSError."""
    if not folder.exists():
        return
    if not _BY_DESCRIPTOR:
        shutil.rmtree(folder)
        return

    def empty(descriptor: int) -> list[str]:
        if os.fstat(descriptor).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.fchmod(descriptor, stat.S_IRWXU)
        with os.scandir(descriptor) as entries:
            kinds = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in kinds:
            if not is_folder:
                os.unlink(name, dir_fd=descriptor)
        below = [name for name, is_folder in kinds if is_folder]
        for name in below:
            _open_up(name, descriptor)
        return below

    _open_up(str(folder), None)
    walk = _Walk(folder)
    try:
        _visit(walk, empty, left=lambda descriptor, name: os.rmdir(name, dir_fd=descriptor))
    finally:
        walk.close()
    folder.rmdir()


def _visit(
    walk: _Walk,
    look: Callable[[int], list[str]],
    left: Callable[[int, str], None] = lambda descriptor, name: None,
    forgive: bool = False,
) -> None:
    """`look` at each folder from the top down: it gives the names of those to enter; `left` hears in the folder above that one is done."""
    walk.levels[-1].pending = look(walk.fd)
    while True:
        if walk.levels[-1].pending:
            name = walk.levels[-1].pending.pop()
            try:
                walk.enter(name)
                walk.levels[-1].pending = look(walk.fd)
            except OSError as error:
                if not forgive or error.errno not in _GONE:
                    raise
        elif len(walk.levels) > 1:
            depth = len(walk.levels) - 1
            name = walk.leave()
            if len(walk.levels) == depth:
                left(walk.fd, name)
        else:
            return


def _identity(descriptor: int) -> tuple[int, int]:
    told = os.fstat(descriptor)
    return told.st_dev, told.st_ino


def _open_up(name: str, above: int | None) -> None:
    """Its owner may read it again. Root needs no right, and a link is left alone: it cannot be entered anyway."""
    if os.geteuid() == 0:
        return
    told = os.stat(name, dir_fd=above, follow_symlinks=False)
    if stat.S_ISDIR(told.st_mode) and told.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(name, stat.S_IRWXU, dir_fd=above)
