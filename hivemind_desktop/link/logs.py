"""The log loop: sends each attempt's spool from the offset the master holds, over a stream that stays open while the run goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import Master, Pushing
from hivemind_desktop.link.facts import Seen
from hivemind_desktop.link.feeder import unreadable
from hivemind_desktop.link.line import Connected, Line
from hivemind_desktop.link.loops import Backoff, Bell
from hivemind_desktop.link.tails import Tail, Tails
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import records
from hivemind_desktop.worker.events import CancelArrived
from hivemind_desktop.worker.ports import LOG_NAME, Clock, Post

_log = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024
"""Of a log in one message, and all that is in memory of it."""
GATHER_S = 0.05
"""Lines that come within this time travel in one message; the first one goes at once."""
STAT_DEADLINE_S = 5.0


@dataclass(slots=True)
class _Sending:
    """One open AppendLog stream. `next_at`: offset of the next byte to send."""

    tail: Tail
    master: Master
    next_at: int
    call: Pushing[wire.LogHeld] | None = None
    fault: Exception | None = None


class Logs:
    """`folder`: the outbox folder of an attempt, where its spool lies."""

    def __init__(
        self,
        tails: Tails,
        folder: Callable[[AttemptKey], Path],
        seen: Seen,
        line: Line,
        post: Post,
        clock: Clock,
        backoff: Callable[[], Backoff],
    ) -> None:
        self._tails = tails
        self._folder = folder
        self._seen = seen
        self._line = line
        self._post = post
        self._clock = clock
        self._make_backoff = backoff
        self._bell = Bell()
        self._open: dict[AttemptKey, _Sending] = {}
        self._waits: dict[AttemptKey, float] = {}
        self._backoffs: dict[AttemptKey, Backoff] = {}

    def stop(self) -> None:
        self._bell.stop()

    def run(self) -> None:
        self._line.listen(self._bell.ring)
        self._tails.listen(self._bell.ring)
        number = 0
        try:
            while not self._bell.is_stopped():
                self._collect()
                connected = self._line.connected
                if connected is not None:
                    if connected.number != number:
                        number = connected.number
                        self._waits.clear()
                        self._backoffs.clear()
                    self._start(connected)
                self._bell.wait(self._next_try() if connected else None)
        finally:
            self._line.forget(self._bell.ring)
            self._end()

    def _next_try(self) -> float | None:
        alive = {tail.attempt for tail in self._tails.all()}
        self._waits = {attempt: wait for attempt, wait in self._waits.items() if attempt in alive}
        self._backoffs = {attempt: delay for attempt, delay in self._backoffs.items() if attempt in alive}
        if not self._waits:
            return None
        return max(0.0, min(self._waits.values()) - self._clock().at)

    # ------------------------------------------------------------------ opening

    def _start(self, connected: Connected) -> None:
        now = self._clock().at
        for tail in self._tails.all():
            if (
                tail.attempt in self._open
                or self._waits.get(tail.attempt, now) > now
                or self._bell.is_stopped()
            ):
                continue
            try:
                self._send(connected, tail)
            except KnownError as trouble:
                self._failed(tail, trouble)

    def _send(self, connected: Connected, tail: Tail) -> None:
        if tail.held is None:
            request = wire.LogRef(attempt=records.attempt_to_wire(tail.attempt))
            master = connected.master
            answer = master.ask(master.transfer.StatLog, request, STAT_DEADLINE_S)
            if answer.stale:
                self._stale(tail)
                return
            tail.held = answer.held
        if tail.held >= tail.length:
            if tail.whole is not None:
                self._whole(tail)
            return
        sending = _Sending(tail, connected.master, tail.held)
        self._open[tail.attempt] = sending
        self._waits.pop(tail.attempt, None)
        tail.streaming = True
        try:
            sending.call = connected.master.push(connected.master.transfer.AppendLog, self._chunks(sending))
        except KnownError:
            del self._open[tail.attempt]
            tail.streaming = False
            raise
        sending.call.add_done_callback(lambda _: self._bell.ring())

    def _chunks(self, sending: _Sending) -> Iterator[wire.LogChunk]:
        """Runs in a thread of grpc: what it raises is kept for the loop, since grpc would only print it."""
        try:
            yield from self._read(sending)
        except Exception as fault:
            sending.fault = fault
            raise

    def _read(self, sending: _Sending) -> Iterator[wire.LogChunk]:
        tail = sending.tail
        attempt: wire.Attempt | None = records.attempt_to_wire(tail.attempt)
        sent_at = float("-inf")
        with (self._folder(tail.attempt) / LOG_NAME).open("rb", buffering=0) as spool:
            spool.seek(sending.next_at)
            while self._await(sending, sent_at):
                data = spool.read(min(CHUNK_BYTES, tail.length - sending.next_at))
                if not data:
                    raise KnownError("outbox.broken", name=LOG_NAME)
                chunk = wire.LogChunk(attempt=attempt, offset=sending.next_at, data=data)
                attempt = None
                sending.next_at += len(data)
                sent_at = self._clock().at
                yield chunk

    def _await(self, sending: _Sending, sent_at: float) -> bool:
        """Until there is something to send, not more often than every GATHER_S; False when nothing more will come."""
        tail = sending.tail
        with tail.changed:
            while True:
                call = sending.call
                if tail.over or self._bell.is_stopped() or (call is not None and call.done()):
                    return False
                there = tail.length - sending.next_at
                if tail.whole is not None and there <= 0:
                    return False
                rest = GATHER_S - (self._clock().at - sent_at)
                if there > 0 and (there >= CHUNK_BYTES or tail.whole is not None or rest <= 0):
                    return True
                tail.changed.wait(rest if there > 0 else None)

    # ------------------------------------------------------------------ closing

    def _collect(self) -> None:
        for sending in tuple(self._open.values()):
            if sending.call is None or not sending.call.done():
                continue
            del self._open[sending.tail.attempt]
            sending.tail.streaming = False
            self._wake(sending.tail)
            self._take(sending)

    def _take(self, sending: _Sending) -> None:
        tail = sending.tail
        if tail.over:
            return
        if sending.fault is not None:
            self._failed(tail, unreadable(sending.fault))
            return
        assert sending.call is not None
        try:
            with sending.master.trouble():
                answer = sending.call.result()
        except KnownError as trouble:
            tail.held = None
            self._failed(tail, trouble)
            return
        if answer.stale:
            self._stale(tail)
            return
        tail.held = answer.held
        if tail.whole is not None and answer.held >= tail.length:
            self._whole(tail)
        elif answer.held < sending.next_at:
            self._failed(
                tail,
                KnownError(
                    "link.busy",
                    address=sending.master.address,
                    detail=f"log held {answer.held} of {sending.next_at}",
                ),
            )

    def _whole(self, tail: Tail) -> None:
        if tail.whole is not None and not tail.whole.done():
            tail.whole.set_result(None)
        self._tails.end(tail.attempt)

    def _stale(self, tail: Tail) -> None:
        self._seen.ended(tail.attempt)
        if tail.whole is None:
            self._post(CancelArrived(tail.attempt, stale=True))
        self._whole(tail)

    def _failed(self, tail: Tail, error: KnownError) -> None:
        """Tried again later, or at once on the next connection; who waits for the end hears it now."""
        _log.info("the log of %s waits: %s", tail.attempt, error)
        backoff = self._backoffs.setdefault(tail.attempt, self._make_backoff())
        self._waits[tail.attempt] = self._clock().at + backoff.next()
        if tail.whole is not None and not tail.whole.done():
            tail.whole.set_exception(error)

    def _wake(self, tail: Tail) -> None:
        with tail.changed:
            tail.changed.notify_all()

    def _end(self) -> None:
        for sending in self._open.values():
            if sending.call is not None:
                sending.call.cancel()
            self._wake(sending.tail)
        for tail in self._tails.all():
            if tail.whole is not None and not tail.whole.done():
                tail.whole.set_exception(KnownError("link.closed"))
