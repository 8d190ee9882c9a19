"""The calls loop: what the agent tells the master, one after another, so that the agent never waits for the network."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import NOTHING, Resources
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link import told
from hivemind_desktop.link.facts import Holding, Seen
from hivemind_desktop.link.line import Connected, Line
from hivemind_desktop.link.loops import Bell
from hivemind_desktop.link.trouble import is_temporary, text_fields
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import records
from hivemind_desktop.worker.events import CancelArrived, ClaimLost
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import Clock, Post

_log = logging.getLogger(__name__)

CLAIM_DEADLINE_S = 10.0
CALL_DEADLINE_S = 5.0
AGAIN_S = 1.0
"""Before a claim is repeated on a connection that still stands."""

HOLD_S = 0.1
"""A stage is told so long after it was entered, with whatever it has become: the first three of a run are entered within 50 ms, and
a call costs both sides 2 ms of CPU."""


@dataclass(frozen=True, slots=True)
class _Claim:
    offer_id: str
    granted: Resources
    asked_at: float


@dataclass(frozen=True, slots=True)
class _Refusal:
    offer_id: str
    reason: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class _Slots:
    """The number is read when it is sent."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """As it is when it is sent."""

    holding: Holding


@dataclass(frozen=True, slots=True)
class _GivenBack:
    finished: Finished


_News = _Refusal | _Slots | _Stage | _GivenBack
_Call = _Claim | _News


class Calls:
    """A claim whose answer a broken link ate is repeated with the same offer id, for `patience_s` (the lease: later the master
    has given the task to another). Everything else is best effort: registration, watch and heartbeat tell it again."""

    def __init__(
        self,
        seen: Seen,
        line: Line,
        free_slots: Callable[[], int],
        post: Post,
        clock: Clock,
        patience_s: float = 120.0,
    ) -> None:
        self._seen = seen
        self._line = line
        self._free_slots = free_slots
        self._post = post
        self._clock = clock
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._claims: deque[_Claim] = deque()
        self._queue: deque[_News] = deque()
        self._held: deque[tuple[float, AttemptKey]] = deque()
        """Stages and when each is told."""
        self._stages: dict[AttemptKey, Holding] = {}
        self._bell = Bell()

    def claim(self, offer_id: str, granted: Resources) -> None:
        """Before any news that waits: an offer is worth less the later it is claimed."""
        with self._lock:
            self._claims.append(_Claim(offer_id, granted, self._clock().at))
        self._bell.ring()

    def refuse(self, offer_id: str, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        self._put(_Refusal(offer_id, reason, fields, lasting))

    def give_back(self, finished: Finished) -> None:
        self._put(_GivenBack(finished))

    def tell_stage(self, holding: Holding) -> None:
        with self._lock:
            waiting = holding.attempt in self._stages
            self._stages[holding.attempt] = holding
            if not waiting:
                self._held.append((self._clock().at + HOLD_S, holding.attempt))
        if not waiting:
            self._bell.ring()

    def drop_stage(self, attempt: AttemptKey) -> None:
        """Its result is on the way and says more."""
        with self._lock:
            self._stages.pop(attempt, None)
            self._held = deque(held for held in self._held if held[1] != attempt)

    def tell_free_slots(self) -> None:
        with self._lock:
            if _Slots() in self._queue:
                return
        self._put(_Slots())

    def stop(self) -> None:
        self._bell.stop()

    def run(self) -> None:
        self._line.listen(self._bell.ring)
        try:
            while not self._bell.is_stopped():
                call = self._next()
                if call is None:
                    self._bell.wait(self._until_due())
                elif isinstance(call, _Claim):
                    self._claim(call)
                else:
                    self._tell(call)
        finally:
            self._line.forget(self._bell.ring)
        while (call := self._next()) is not None:
            if isinstance(call, _Claim):
                self._post(ClaimLost(call.offer_id, "link.closed"))

    def _put(self, call: _News) -> None:
        with self._lock:
            self._queue.append(call)
        self._bell.ring()

    def _next(self) -> _Call | None:
        with self._lock:
            if waiting := self._claims or self._queue:
                return waiting.popleft()
            if self._held and self._held[0][0] <= self._clock().at:
                return _Stage(self._stages.pop(self._held.popleft()[1]))
            return None

    def _until_due(self) -> float | None:
        with self._lock:
            return max(0.0, self._held[0][0] - self._clock().at) if self._held else None

    def _claim(self, claim: _Claim) -> None:
        error = KnownError("link.closed")
        while not self._bell.is_stopped():
            if (connected := self._line.connected) is not None:
                try:
                    answer = told.claimed(self._ask(connected, claim), claim.offer_id)
                except told.Unreadable as trouble:
                    error = KnownError("link.unreadable_offer", detail=str(trouble))
                    break
                except KnownError as trouble:
                    error = trouble
                    if not is_temporary(error):
                        break
                else:
                    self._seen.granted(answer.attempt)
                    self._post(answer)
                    return
            if self._clock().at - claim.asked_at >= self._patience_s:
                error = self._line.down("the claim got no answer")
                break
            self._bell.wait(AGAIN_S)
        self._post(ClaimLost(claim.offer_id, error.code, text_fields(error)))

    def _ask(self, connected: Connected, claim: _Claim) -> wire.TaskAssignmentResponse:
        request = wire.TaskAssignmentRequest(
            node_id=connected.node_id,
            offer_id=claim.offer_id,
            granted=records.resources_to_wire(claim.granted),
        )
        return connected.master.ask(connected.master.tasks.AssignTask, request, CLAIM_DEADLINE_S)

    def _tell(self, call: _News) -> None:
        connected = self._line.connected
        request = self._message(call, connected.node_id if connected else "")
        if connected is None:
            return
        master = connected.master
        try:
            if isinstance(request, wire.OfferRefusal):
                master.ask(master.tasks.RefuseOffer, request, CALL_DEADLINE_S)
            elif isinstance(request, wire.FreeSlots):
                master.ask(master.tasks.SetFreeSlots, request, CALL_DEADLINE_S)
            elif isinstance(request, wire.TaskResultRequest):
                master.ask(master.tasks.SubmitTaskResult, request, CALL_DEADLINE_S)
            else:
                verdict = master.ask(master.tasks.ReportAttempt, request, CALL_DEADLINE_S)
                if verdict.stale:
                    attempt = records.attempt_from_wire(request.held.attempt)
                    self._seen.ended(attempt)
                    self._post(CancelArrived(attempt, stale=True))
        except KnownError as trouble:
            _log.warning("the master did not take a message: %s", trouble)

    def _message(
        self, call: _News, node_id: str
    ) -> wire.OfferRefusal | wire.FreeSlots | wire.AttemptReport | wire.TaskResultRequest:
        """What to send, as things are now."""
        if isinstance(call, _Refusal):
            return wire.OfferRefusal(
                node_id=node_id,
                offer_id=call.offer_id,
                reason=call.reason,
                fields=dict(call.fields),
                lasting=call.lasting,
            )
        if isinstance(call, _GivenBack):
            return told.result(call.finished)
        if isinstance(call, _Slots):
            return wire.FreeSlots(node_id=node_id, free_slots=self._free_slots())
        return wire.AttemptReport(held=told.holding(call.holding))
