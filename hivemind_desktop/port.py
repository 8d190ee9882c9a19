"""The in-process port: what a window, the service and the control socket get of the worker, and nothing else of it."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable

from hivemind_desktop.errors import KnownError
from hivemind_desktop.feed import Feed, OnBug
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import OWNER_EVENTS
from hivemind_desktop.worker.front import Answered, OwnerEvent
from hivemind_desktop.worker.ports import Post
from hivemind_desktop.worker.queries import Answer, Query
from hivemind_desktop.worker.snapshot import Snapshot

_log = logging.getLogger(__name__)


class LocalPort:
    """`worker.front.Port` in-process. `answer` does the disk's work; `asks` is the loop that `ask_later` needs: host it in a LoopThread."""

    def __init__(
        self, feed: Feed, post: Post, answer: Callable[[Query], Answer], on_bug: OnBug | None = None
    ) -> None:
        self._feed = feed
        self._post = post
        self._answer = answer
        self.asks = AskLoop(answer, on_bug)

    def snapshot(self) -> Snapshot:
        return self._feed.snapshot()

    def since(self, number: int, timeout_s: float) -> Change | None:
        return self._feed.since(number, timeout_s)

    def post(self, event: OwnerEvent) -> int:
        if not isinstance(event, OWNER_EVENTS):
            raise TypeError(f"a front-end may not post {type(event).__name__}")
        before = self._feed.since(-1)
        self._post(event)
        return before.number if before is not None else 0

    def ask(self, query: Query) -> Answer:
        return self._answer(query)

    def ask_later(self, query: Query, answered: Answered) -> None:
        self.asks.put(query, answered)

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        return self._feed.subscribe(callback)


class AskLoop:
    """Answers queries one after another on its own thread; stopped, it drops what waits. A `worker.ports.Loop`."""

    def __init__(self, answer: Callable[[Query], Answer], on_bug: OnBug | None = None) -> None:
        self._answer = answer
        self._on_bug = on_bug
        self._waiting: queue.SimpleQueue[tuple[Query, Answered] | None] = queue.SimpleQueue()
        self._stopped = False

    def put(self, query: Query, answered: Answered) -> None:
        """From any thread; returns at once."""
        self._waiting.put((query, answered))

    def run(self) -> None:
        while not self._stopped:
            item = self._waiting.get()
            if item is not None and not self._stopped:
                self._serve(*item)

    def stop(self) -> None:
        self._stopped = True
        self._waiting.put(None)

    def _serve(self, query: Query, answered: Answered) -> None:
        # KnownError belongs to the asker; anything else is a bug of the answer or of the callback, and one must not silence the others
        try:
            answer = self._answer(query)
        except Exception as error:
            self._tell(query, error)
            self._call(query, answered, None, error)
        else:
            self._call(query, answered, answer, None)

    def _call(self, query: Query, answered: Answered, answer: Answer | None, error: Exception | None) -> None:
        try:
            answered(answer, error)
        except Exception as bug:
            self._tell(query, bug)

    def _tell(self, query: Query, error: Exception) -> None:
        if isinstance(error, KnownError):
            return
        _log.error("the answer to %r failed", query, exc_info=error)
        if self._on_bug is not None:
            self._on_bug(f"answer to {type(query).__name__}", f"{type(error).__name__}: {error}")
