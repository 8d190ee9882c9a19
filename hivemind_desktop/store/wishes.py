"""What the owner wished and what holds over restarts: stopped, paused. A file that cannot be read counts as stopped: idle time is never taken against a wish."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.durable import write_whole
from hivemind_desktop.worker.jsonview import from_json, to_json


@dataclass(frozen=True, slots=True)
class Wishes:
    """As `worker.commands.SaveWishes`. Times are Unix seconds; `pause_until` 0 = until resumed, None = not paused."""

    stopped: bool = False
    pause_since: float | None = None
    pause_until: float | None = None


class WishFile:
    """wishes.json in the worker's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, wishes: Wishes) -> None:
        """Durable when it returns. Raises KnownError `disk.full`, `store.no_access`."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path, json.dumps(to_json(wishes)).encode())

    def load(self) -> tuple[Wishes, KnownError | None]:
        """The wishes, and what is to be told when the file could not be read."""
        try:
            return from_json(Wishes, json.loads(self._path.read_bytes())), None
        except FileNotFoundError:
            return Wishes(), None
        except (OSError, ValueError, RecursionError) as error:
            told = KnownError("store.wishes_unreadable", path=str(self._path), detail=str(error)[:200])
            return Wishes(stopped=True), told
