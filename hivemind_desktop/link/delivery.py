"""The delivery loop: brings outbox entries to the master, straight from their files, and removes one only when the master said so."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link import told
from hivemind_desktop.link.facts import Seen
from hivemind_desktop.link.feeder import Feeder, Piece, unreadable
from hivemind_desktop.link.line import Connected, Line
from hivemind_desktop.link.loops import Backoff, Bell
from hivemind_desktop.link.tails import Tails
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.events import DeliveryFailed, ResultDelivered
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, Clock, Outbox, Post

_log = logging.getLogger(__name__)

SUBMIT_DEADLINE_S = 30.0
STAT_DEADLINE_S = 10.0
STALL_S = 60.0
"""An upload of which nothing moved for so long is given up and tried again."""
TURN_S = 2.0
"""When others wait, an upload gives way after this time and goes on behind them."""
ROUNDS = 5
"""Answers `incomplete` in one try before it counts as failed."""
BLIND_BYTES = 256 * 1024
"""A result as small as this is sent without asking first what the master holds."""
FLOOR_S, CEILING_S = 1.0, 300.0
"""Delays of one entry that fails while the link stands."""
ENDED = ("stored", "released", "stale")


class _GaveWay(Exception):
    """Others were waiting: this entry goes on later."""


class Delivery:
    """`spoiled(attempt, name)`: a file of the entry is not what its manifest says; the outbox sets it aside."""

    def __init__(
        self,
        outbox: Outbox,
        tails: Tails,
        seen: Seen,
        line: Line,
        post: Post,
        clock: Clock,
        random: Callable[[], float],
        spoiled: Callable[[AttemptKey, str], object],
    ) -> None:
        self._outbox = outbox
        self._tails = tails
        self._seen = seen
        self._line = line
        self._post = post
        self._clock = clock
        self._random = random
        self._spoiled = spoiled
        self._lock = threading.Lock()
        self._queue: deque[AttemptKey] = deque()
        self._backoffs: dict[AttemptKey, Backoff] = {}
        self._bell = Bell()

    def deliver(self, attempt: AttemptKey) -> None:
        self._seen.ended(attempt)
        with self._lock:
            self._queue.append(attempt)
        self._bell.ring()

    def stop(self) -> None:
        self._bell.stop()

    def run(self) -> None:
        while not self._bell.is_stopped():
            attempt = self._next()
            if attempt is None:
                self._bell.wait()
            else:
                self._try(attempt)
        while (attempt := self._next()) is not None:
            self._post(DeliveryFailed(attempt, "link.closed", 0.0))

    def _next(self) -> AttemptKey | None:
        with self._lock:
            return self._queue.popleft() if self._queue else None

    def _try(self, attempt: AttemptKey) -> None:
        connected = self._line.connected
        try:
            if connected is None:
                raise self._line.down("no connection")
            self._deliver(connected, attempt)
        except _GaveWay:
            with self._lock:
                self._queue.append(attempt)
            return
        except KnownError as error:
            if error.code == "outbox.broken":
                self._spoiled(attempt, str(error.fields.get("name", "")))
            self._failed(attempt, error)
            return
        self._backoffs.pop(attempt, None)

    def _failed(self, attempt: AttemptKey, error: KnownError) -> None:
        _log.info("the result of %s waits: %s", attempt, error)
        backoff = self._backoffs.setdefault(attempt, Backoff(self._random, FLOOR_S, CEILING_S))
        self._post(DeliveryFailed(attempt, error.code, backoff.next()))

    # ------------------------------------------------------------------ one entry

    def _deliver(self, connected: Connected, attempt: AttemptKey) -> None:
        """Post ResultDelivered, or raise: KnownError keeps the entry, _GaveWay too."""
        finished = self._outbox.get(attempt)
        if finished is None:
            self._post(ResultDelivered(attempt, "stale"))
            return
        request = told.result(finished)
        log = self._tails.finish(attempt, finished.log_bytes) if finished.log_bytes else None
        blobs = {bytes.fromhex(sha256): size for sha256, size in finished.result.blobs().items()}
        if blobs:
            self._send(connected, finished, blobs, blind=sum(blobs.values()) <= BLIND_BYTES)
        for _ in range(ROUNDS):
            answer = connected.master.ask(connected.master.tasks.SubmitTaskResult, request, SUBMIT_DEADLINE_S)
            if answer.state in ENDED:
                self._tails.end(attempt)
                self._outbox.remove(attempt)
                self._post(ResultDelivered(attempt, answer.state, told.reward(answer.reward)))
                return
            if answer.state != "incomplete":
                break
            if answer.log_held < finished.log_bytes:
                self._await(log or self._tails.finish(attempt, finished.log_bytes))
                log = None
            missing = {sha256: blobs[sha256] for sha256 in answer.missing if sha256 in blobs}
            if missing:
                self._send(connected, finished, missing, blind=False)
        raise KnownError("link.never_complete", detail=answer.state[:40])

    def _send(self, connected: Connected, finished: Finished, blobs: dict[bytes, int], blind: bool) -> None:
        """Upload, and judge what the master said against it."""
        try:
            self._upload(connected, finished, blobs, blind)
        except KnownError as error:
            if error.code == "blob.wrong_hash":
                for piece in self._pieces(finished, blobs):
                    if not piece.is_sound():
                        raise KnownError("outbox.broken", name=piece.path.name) from error
            if error.code != "attempt.stale":  # the answer to the result says so too
                raise

    def _upload(self, connected: Connected, finished: Finished, blobs: dict[bytes, int], blind: bool) -> None:
        pieces = tuple(self._pieces(finished, blobs))
        if not blind:
            pieces = self._rest(connected, pieces)
        if not pieces:
            return
        began = self._clock().at
        feeder = Feeder(
            finished.attempt, pieces, lambda: self._bell.is_stopped() or self._turn_is_over(began)
        )
        master = connected.master
        call = master.push(master.transfer.PutBlobs, iter(feeder))
        call.add_done_callback(lambda _: self._bell.ring())
        sent, moved_at = -1, began
        while not call.done():
            if self._bell.is_stopped():
                call.cancel()
                raise KnownError("link.closed")
            if feeder.sent != sent:
                sent, moved_at = feeder.sent, self._clock().at
            elif self._clock().at - moved_at >= STALL_S:
                call.cancel()
                raise self._line.down(f"nothing moved for {STALL_S:.0f} s")
            self._bell.wait(STALL_S / 4)
        if feeder.fault is not None:
            raise unreadable(feeder.fault) from feeder.fault
        with master.trouble():
            call.result()
        if feeder.cut:
            raise _GaveWay

    def _turn_is_over(self, began: float) -> bool:
        with self._lock:
            others = bool(self._queue)
        return others and self._clock().at - began >= TURN_S

    def _pieces(self, finished: Finished, blobs: dict[bytes, int]) -> list[Piece]:
        """Each wanted blob once, from the first file that has it."""
        files = self._outbox.folder(finished.attempt) / FILES_NAME
        pieces: dict[bytes, Piece] = {}
        for entry in finished.result.entries:
            sha256 = bytes.fromhex(entry.sha256)
            if sha256 in blobs and sha256 not in pieces:
                pieces[sha256] = Piece(sha256, files / entry.path, entry.size)
        return list(pieces.values())

    def _rest(self, connected: Connected, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """What the master does not hold yet of these."""
        request = wire.BlobStatRequest(sha256=[piece.sha256 for piece in pieces])
        answer = connected.master.ask(connected.master.transfer.StatBlobs, request, STAT_DEADLINE_S)
        held = {blob.sha256: blob for blob in answer.blobs}
        rest = []
        for piece in pieces:
            blob = held.get(piece.sha256)
            if blob is None:
                rest.append(piece)
            elif not blob.whole:
                rest.append(Piece(piece.sha256, piece.path, piece.size, min(blob.held, piece.size)))
        return tuple(rest)

    def _await(self, log: Future[None]) -> None:
        """Until the master holds the whole log. Raises KnownError."""
        log.add_done_callback(lambda _: self._bell.ring())
        began = self._clock().at
        while not log.done():
            if self._bell.is_stopped():
                raise KnownError("link.closed")
            if self._turn_is_over(began):
                raise _GaveWay
            self._bell.wait(TURN_S)
        log.result()
