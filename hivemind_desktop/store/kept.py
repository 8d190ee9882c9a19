"""What the owner may still look at after the master has a result: its log and its pictures, within a bound, oldest removed first."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.store.durable import remove_tree
from hivemind_desktop.store.names import folder_name, parse_folder_name
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
MAX_PICTURE = 8 * 1024 * 1024
"""Bytes of one picture that is kept."""

_log = logging.getLogger(__name__)


class Kept:
    """Folders below `root`, laid out like the outbox. Losing one is no loss of a result: nothing here is synced."""

    def __init__(
        self,
        root: Path,
        *,
        max_bytes: int = 256 * 1024 * 1024,
        max_attempts: int = 500,
        max_pictures: int = 8,
    ) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._max_attempts = max_attempts
        self._max_pictures = max_pictures
        self._lock = threading.Lock()
        self._sizes: dict[str, int] | None = None
        """Bytes by folder name, oldest first; None before the first look."""

    def folder(self, attempt: AttemptKey) -> Path:
        """Where it lies, whether or not it is there. Raises KnownError `outbox.bad_id`."""
        return self._root / folder_name(attempt)

    def take(self, attempt: AttemptKey, outbox_folder: Path) -> None:
        """Move the log and the pictures out of a folder that is about to be removed. A failure is logged, no more."""
        target = self.folder(attempt)
        try:
            with self._lock:
                self._take(target, outbox_folder)
        except OSError:
            _log.warning("the log of %s is not kept", attempt, exc_info=True)

    def forget(self, attempts: Iterable[AttemptKey]) -> None:
        """Remove what is kept of these attempts (the history's retention)."""
        with self._lock:
            for attempt in attempts:
                folder = self.folder(attempt)
                remove_tree(folder)
                if self._sizes is not None:
                    self._sizes.pop(folder.name, None)

    def _take(self, target: Path, outbox_folder: Path) -> None:
        remove_tree(target)
        for path in self._wanted(outbox_folder):
            place = target / path.relative_to(outbox_folder)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.rename(place)
        if target.exists():
            self._trim(target.name)

    def _wanted(self, folder: Path) -> list[Path]:
        log = folder / LOG_NAME
        wanted = [log] if log.is_file() and not log.is_symlink() else []
        pictures = 0
        for where, folders, names in os.walk(folder / FILES_NAME):
            folders.sort()
            for name in sorted(names):
                path = Path(where, name)
                if pictures == self._max_pictures:
                    return wanted
                if (
                    path.suffix.lower() in PICTURES
                    and not path.is_symlink()
                    and path.stat().st_size <= MAX_PICTURE
                ):
                    wanted.append(path)
                    pictures += 1
        return wanted

    def _trim(self, newest: str) -> None:
        """Bound what is kept; the folders are looked through once, then the sizes are known."""
        if self._sizes is None:
            self._sizes = {path.name: _size(path) for path in self._oldest_first()}
        self._sizes.pop(newest, None)
        self._sizes[newest] = _size(self._root / newest)
        total = sum(self._sizes.values())
        for name in list(self._sizes):
            if name == newest or (total <= self._max_bytes and len(self._sizes) <= self._max_attempts):
                break
            total -= self._sizes.pop(name)
            remove_tree(self._root / name)

    def _oldest_first(self) -> list[Path]:
        found = [path for path in self._root.iterdir() if path.is_dir() and parse_folder_name(path.name)]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _size(folder: Path) -> int:
    return sum(Path(where, name).lstat().st_size for where, _, names in os.walk(folder) for name in names)
