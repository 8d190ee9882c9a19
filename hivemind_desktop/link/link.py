"""The link to one master: `worker.ports.Link`. It owns the loops of this room and the one connection that they share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Manifest, Resources
from hivemind_desktop.link.calls import Calls
from hivemind_desktop.link.delivery import Delivery
from hivemind_desktop.link.dispatch import Dispatch
from hivemind_desktop.link.facts import Holding, NodeFacts, Seen
from hivemind_desktop.link.fetch import Fetcher
from hivemind_desktop.link.heartbeat import DEADLINE_S, REPORT_S, Heartbeat
from hivemind_desktop.link.line import Line
from hivemind_desktop.link.logs import Logs
from hivemind_desktop.link.loops import Backoff
from hivemind_desktop.link.tails import Tails
from hivemind_desktop.link.trouble import text_fields
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.events import (
    CancelArrived,
    ClaimGranted,
    ClaimLost,
    DeliveryFailed,
    Event,
    LinkClosed,
)
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import Clock, Hosted, Outbox, Post, Spawn
from hivemind_desktop.worker.snapshot import RunView, Snapshot

WAIT_S = 8.0
"""For all loops to end; each call in flight is ended before, so that milliseconds are usual."""


class _Loops:
    """The loops of one opening and their threads."""

    def __init__(
        self, dispatch: Dispatch, calls: Calls, heartbeat: Heartbeat, logs: Logs, delivery: Delivery
    ) -> None:
        self.dispatch = dispatch
        self.calls = calls
        self.heartbeat = heartbeat
        self.logs = logs
        self.delivery = delivery
        self.hosted: list[Hosted] = []
        self.closing = False
        self.ended = threading.Event()


class GrpcLink:
    """`credential` and `facts` are asked at each try to connect, from the dispatch thread; a KnownError of the first is told as LinkDown.
    `random` gives 0..1. `report_s`: RESOURCE_REPORT_INTERVAL. `deadline_s`: for the answer to a heartbeat.

       `spoiled(attempt, name)`: a file of an outbox entry is gone or changed; it should be set aside, so that `outbox.get` gives the attempt back.
    """

    def __init__(
        self,
        credential: Callable[[], Credential],
        facts: Callable[[], NodeFacts],
        outbox: Outbox,
        post: Post,
        spawn: Spawn,
        clock: Clock,
        random: Callable[[], float],
        spoiled: Callable[[AttemptKey, str], object] = lambda attempt, name: None,
        report_s: float = REPORT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._credential = credential
        self._facts = facts
        self._outbox = outbox
        self._post_out = post
        self._spawn = spawn
        self._clock = clock
        self._random = random
        self._spoiled = spoiled
        self._report_s = report_s
        self._deadline_s = deadline_s
        self._seen = Seen()
        self._line = Line()
        self._tails = Tails()
        self._fetcher = Fetcher(self._line, clock)
        self._free = 0
        self._runs: frozenset[AttemptKey] = frozenset()
        self._lock = threading.Lock()
        self._loops: _Loops | None = None
        self._dispatch_thread: Hosted | None = None
        self._open_again = False

    # ------------------------------------------------------------------ worker.ports.Link

    def open(self) -> None:
        """Start the loops. Again while open: nothing; while closing: opens when closed."""
        with self._lock:
            if self._loops is not None:
                self._open_again = self._loops.closing
                return
            self._line.begin()
            self._loops = loops = self._make()
            # dispatch last: it stops the others, and must find them all
            for role, loop in (
                ("calls", loops.calls),
                ("heartbeat", loops.heartbeat),
                ("log", loops.logs),
                ("delivery", loops.delivery),
            ):
                loops.hosted.append(self._spawn(role, loop))
            self._dispatch_thread = self._spawn("dispatch", loops.dispatch)

    def close(self) -> None:
        """End every call and loop; LinkClosed is posted when the last one has ended, at once when none was there."""
        with self._lock:
            loops = self._loops
            self._open_again = False
            if loops is not None:
                loops.closing = True
        if loops is None:
            self._post_out(LinkClosed())
            return
        loops.dispatch.stop()

    def close_and_wait(self, timeout_s: float) -> bool:
        """For the end of the process: close, and wait until every thread of the link has ended; False when one still runs."""
        with self._lock:
            loops, thread = self._loops, self._dispatch_thread
        if loops is not None:
            self.close()
            if not loops.ended.wait(timeout_s):
                return False
        return thread is None or thread.stop_and_wait(timeout_s)

    def nudge(self) -> None:
        """The computer woke up or its network changed: try and beat at once."""
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.dispatch.nudge()
            loops.heartbeat.nudge()

    def tell_free_slots(self, free: int) -> None:
        self._free = free
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.calls.tell_free_slots()

    def claim(self, offer_id: str, granted: Resources) -> None:
        with self._lock:
            if self._loops is not None and not self._loops.closing:
                self._loops.calls.claim(offer_id, granted)
                return
        self._post_out(ClaimLost(offer_id, "link.closed"))

    def refuse(self, offer_id: str, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.calls.refuse(offer_id, reason, fields, lasting)

    def give_back(self, finished: Finished) -> None:
        self._seen.ended(finished.attempt)
        self._tails.left(finished.attempt)
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.calls.give_back(finished)

    def tell_stage(self, view: RunView) -> None:
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.calls.tell_stage(Holding.of(view))

    def deliver(self, attempt: AttemptKey) -> None:
        self._tails.keep(attempt)
        with self._lock:
            if self._loops is not None and not self._loops.closing:
                self._loops.calls.drop_stage(attempt)
                self._loops.delivery.deliver(attempt)
                return
        self._post_out(DeliveryFailed(attempt, "link.closed", 0.0))

    def log_grew(self, attempt: AttemptKey, length: int) -> None:
        self._tails.grew(attempt, length)

    def see(self, snapshot: Snapshot) -> None:
        self._seen.see(snapshot)
        runs = frozenset(run.attempt for run in snapshot.runs)
        gone, self._runs = self._runs - runs, runs
        for attempt in gone:
            self._tails.left(attempt)
        with self._lock:
            loops = self._loops
        if loops is not None:
            loops.heartbeat.see()

    # ------------------------------------------------------------------ worker.ports.Fetch

    def fetch(
        self, attempt: AttemptKey, package: Manifest, folder: Path, is_stopped: Callable[[], bool]
    ) -> None:
        self._fetcher(attempt, package, folder, is_stopped)

    # ------------------------------------------------------------------ inside

    def _make(self) -> _Loops:
        calls = Calls(self._seen, self._line, lambda: self._free, self._post, self._clock)
        dispatch = Dispatch(
            self._credential,
            self._facts,
            self._seen,
            self._outbox.pending,
            self._line,
            lambda: self._free,
            calls.tell_free_slots,
            lambda offer_id, error: calls.refuse(offer_id, error.code, text_fields(error), lasting=True),
            self._post,
            self._clock,
            Backoff(self._random),
            self._dispatch_ended,
        )
        return _Loops(
            dispatch,
            calls,
            Heartbeat(self._seen, self._line, self._post, self._clock, self._report_s, self._deadline_s),
            Logs(
                self._tails,
                self._outbox.folder,
                self._seen,
                self._line,
                self._post,
                self._clock,
                lambda: Backoff(self._random),
            ),
            Delivery(
                self._outbox,
                self._tails,
                self._seen,
                self._line,
                self._post,
                self._clock,
                self._random,
                self._spoiled,
            ),
        )

    def _post(self, event: Event) -> None:
        """Every event of the loops passes here."""
        if isinstance(event, ClaimGranted):
            self._tails.granted(event.attempt)
        elif isinstance(event, CancelArrived):
            self._tails.left(event.attempt)
        self._post_out(event)

    def _dispatch_ended(self) -> None:
        """The last act of the dispatch thread: the other loops end with it, also when it crashed."""
        with self._lock:
            loops = self._loops
        if loops is None:
            return
        self._line.end()
        for loop in (loops.calls, loops.heartbeat, loops.logs, loops.delivery):
            loop.stop()
        late = [hosted for hosted in loops.hosted if not hosted.stop_and_wait(WAIT_S)]
        with self._lock:
            asked, again = loops.closing, self._open_again
            self._loops, self._open_again = None, False
        loops.ended.set()
        if late:
            raise RuntimeError(f"{len(late)} loops of the link did not end within {WAIT_S:.0f} s")
        if asked:
            self._post_out(LinkClosed())
            if again:
                self.open()
