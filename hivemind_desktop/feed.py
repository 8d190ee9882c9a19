"""The last snapshot and numbered changes. The agent publishes and never waits: a slow reader loses changes, not the newest state."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from hivemind_desktop.worker.change import ALL_PARTS, Change, changed_parts
from hivemind_desktop.worker.snapshot import Snapshot

REMEMBERED = 256
"""Changes of which the parts are known; who is further behind is told that everything changed."""

_log = logging.getLogger(__name__)

OnBug = Callable[[str, str], None]
"""(where, text): a part of ours failed; told to the owner, once for each."""


class Feed:
    """Any thread may read. `publish` is called by one thread, the agent's."""

    def __init__(self, first: Snapshot | None = None, on_bug: OnBug | None = None) -> None:
        self._last = first
        self._on_bug = on_bug
        self._news = threading.Condition()
        self._parts: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)
        self._subscribers: dict[object, Callable[[Change], None]] = {}
        self._failed: set[object] = set()

    def publish(self, snapshot: Snapshot) -> None:
        """Make it the newest and call every subscriber; the number of the last one again is no news. Raises ValueError for a lower one."""
        with self._news:
            last = self._last
            if last is not None and snapshot.number == last.number:
                return
            if last is not None and snapshot.number < last.number:
                raise ValueError(f"snapshot {snapshot.number} after {last.number}")
            parts = ALL_PARTS if last is None else changed_parts(last, snapshot)
            self._last = snapshot
            self._parts.append((snapshot.number, parts))
            subscribers = list(self._subscribers.items())
            self._news.notify_all()
        change = Change(snapshot, parts)
        for key, callback in subscribers:
            try:
                callback(change)
            except Exception as error:
                self._tell_bug(key, callback, error)

    def snapshot(self) -> Snapshot:
        """The newest. Raises LookupError before the first."""
        with self._news:
            if self._last is None:
                raise LookupError("nothing was published yet")
            return self._last

    def since(self, number: int, timeout_s: float | None = 0.0) -> Change | None:
        """The newest state, once its number is not `number`; None when that took longer than `timeout_s` seconds (None: for ever).

        A number above the newest is from an earlier life of the worker: answered at once.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._news:
            while self._last is None or self._last.number == number:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._news.wait(left)
            return Change(self._last, self._parts_since(number))

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call it at each change, on the publisher's thread: it must not block. Returns what ends that (at most one call may still be under way)."""
        key = object()
        with self._news:
            self._subscribers[key] = callback

        def unsubscribe() -> None:
            with self._news:
                self._subscribers.pop(key, None)
                self._failed.discard(key)

        return unsubscribe

    def _parts_since(self, number: int) -> frozenset[str]:
        known = bool(self._parts) and self._parts[0][0] - 1 <= number < self._parts[-1][0]
        if not known or number < 1:
            return ALL_PARTS
        return frozenset().union(*(parts for at, parts in self._parts if at > number))

    def _tell_bug(self, key: object, callback: object, error: Exception) -> None:
        _log.error("a reader of the feed failed: %r", callback, exc_info=error)
        with self._news:
            first = key in self._subscribers and key not in self._failed
            if first:
                self._failed.add(key)
        if first and self._on_bug is not None:
            self._on_bug(f"feed reader {callback!r}", f"{type(error).__name__}: {error}")
