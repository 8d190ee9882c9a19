"""What the agent wants written down (agent.Keeper): wishes and history. A full disk costs no result and stops no run: what could not be written waits and is told."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.history import History
from hivemind_desktop.store.wishes import Wishes, WishFile
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import RunView

MAX_WAITING = 1000
"""Writes kept in memory while the disk takes none; beyond that the oldest are given up."""

_log = logging.getLogger(__name__)


class StoreKeeper:
    """`on_trouble` gets each KnownError of a write that now waits (any of the caller's threads). `wall` gives Unix seconds."""

    def __init__(
        self,
        history: History,
        wishes: WishFile,
        on_trouble: Callable[[KnownError], None] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._history = history
        self._wishes = wishes
        self._on_trouble = on_trouble
        self._wall = wall
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque(maxlen=MAX_WAITING)
        self._begun: set[AttemptKey] = set()
        self._pool_id = ""

    def save_wishes(self, stopped: bool, pause_since: float | None, pause_until: float | None) -> None:
        self._write(lambda: self._wishes.save(Wishes(stopped, pause_since, pause_until)))

    def keep_history(self, view: RunView, image: str, finished: Finished, kept: bool) -> None:
        pool_id = self._pool_id
        self._write(lambda: self._history.finish(view, image, finished, pool_id, kept=kept))

    def keep_delivery(self, attempt: AttemptKey, state: str, reward: int) -> None:
        at = self._wall()
        self._write(lambda: self._history.deliver(attempt, state, reward, at))

    def see(self, change: Change) -> None:
        """A reader of the feed: begins a row for each run that is new, so that a crash shows in the history."""
        self._pool_id = change.snapshot.link.pool_id or self._pool_id
        if "runs" not in change.parts:
            return
        views = {view.attempt: view for view in change.snapshot.runs}
        new = [view for attempt, view in views.items() if attempt not in self._begun]
        self._begun = set(views)
        for view in new:
            self._begin(view, self._pool_id)

    def retry(self) -> bool:
        """Write what waits, in its order; True when nothing waits any more."""
        with self._lock:
            return self._drain()

    def _begin(self, view: RunView, pool_id: str) -> None:
        self._write(lambda: self._history.begin(view, "", pool_id))

    def _write(self, write: Callable[[], None]) -> None:
        with self._lock:
            self._waiting.append(write)
            self._drain()

    def _drain(self) -> bool:
        while self._waiting:
            try:
                self._waiting[0]()
            except KnownError as error:
                _log.error("%d writes wait: %s", len(self._waiting), error)
                if self._on_trouble is not None:
                    self._on_trouble(error)
                return False
            self._waiting.popleft()
        return True
