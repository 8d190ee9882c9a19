"""The dispatch loop: registers, holds the push stream open, turns pushes into events, and connects again for ever."""

from __future__ import annotations

from collections.abc import Callable

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link import told
from hivemind_desktop.link.channel import Master
from hivemind_desktop.link.facts import NodeFacts, Seen
from hivemind_desktop.link.line import Line
from hivemind_desktop.link.loops import Backoff, Bell
from hivemind_desktop.link.trouble import is_refusal, text_fields
from hivemind_desktop.settings import table as option
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.events import (
    CancelArrived,
    LinkDown,
    LinkUp,
    OfferArrived,
    OfferWithdrawn,
    WishArrived,
)
from hivemind_desktop.worker.ports import Clock, Post

REGISTER_DEADLINE_S = 10.0
SETTLED_S = 10.0
"""A connection that lasted as long starts the delays from the bottom again."""


class Dispatch:
    """Owns the connection. `at_end` runs in its thread as the last thing, also after a crash."""

    def __init__(
        self,
        credential: Callable[[], Credential],
        facts: Callable[[], NodeFacts],
        seen: Seen,
        pending: Callable[[], tuple[AttemptKey, ...]],
        line: Line,
        free_slots: Callable[[], int],
        slots_changed: Callable[[], None],
        refuse: Callable[[str, KnownError], None],
        post: Post,
        clock: Clock,
        backoff: Backoff,
        at_end: Callable[[], None],
    ) -> None:
        self._resolve = credential
        self._facts = facts
        self._seen = seen
        self._pending = pending
        self._line = line
        self._free_slots = free_slots
        self._slots_changed = slots_changed
        self._refuse = refuse
        self._post = post
        self._clock = clock
        self._backoff = backoff
        self._at_end = at_end
        self._bell = Bell()
        self._up_since: float | None = None

    def nudge(self) -> None:
        """Try again at once when it is waiting for its next try."""
        self._bell.ring()

    def stop(self) -> None:
        self._bell.stop()
        self._line.end()

    def run(self) -> None:
        try:
            while not self._bell.is_stopped():
                error = self._connect()
                if self._bell.is_stopped():
                    return
                delay = self._backoff.next()
                self._post(LinkDown(error.code, text_fields(error), retry_s=delay, refused=is_refusal(error)))
                self._bell.wait(delay)
        finally:
            self._at_end()

    def _connect(self) -> KnownError:
        """One connection from its first call to its end; what ended it."""
        self._up_since = None
        try:
            credential = self._resolve()
            master = Master(credential.address, credential.token)
        except KnownError as error:
            return error
        ended = KnownError("link.down", address=master.address, detail="the master ended the link")
        if not self._line.hold(master):
            return ended
        try:
            self._serve(master, credential)
        except KnownError as error:
            ended = error
        except told.Unreadable as error:
            ended = KnownError("link.not_a_master", address=master.address, detail=str(error))
        finally:
            fault = self._line.drop()
        if self._was_settled():
            self._backoff.reset()
        return fault or ended

    def _was_settled(self) -> bool:
        return self._up_since is not None and self._clock().at - self._up_since >= SETTLED_S

    def _serve(self, master: Master, credential: Credential) -> None:
        request = told.registration(
            credential.node_id,
            self._facts(),
            self._seen.allowed,
            self._seen.holdings(),
            self._pending(),
        )
        answer = master.ask(master.nodes.RegisterNode, request, REGISTER_DEADLINE_S)
        free = self._free_slots()
        wanted = wire.WatchRequest(node_id=credential.node_id, free_slots=free)
        stream = master.listen(master.nodes.Watch, wanted)
        with master.trouble():
            for push in stream:
                if push.WhichOneof("what") != "ready":
                    self._take(push, credential)
                elif self._up_since is None and not self._rise(answer, credential, free):
                    return

    def _rise(self, answer: wire.NodeRegistrationResponse, credential: Credential, free_told: int) -> bool:
        if not self._line.rise(
            credential.node_id,
            told.clock(answer.heartbeat_s, option.MASTER_HEARTBEAT_S),
            told.clock(answer.lease_s, option.MASTER_LEASE_S),
        ):
            return False
        self._up_since = self._clock().at
        self._post(
            LinkUp(
                pool_id=answer.pool_id[: told.MAX_TEXT],
                pool_name=answer.pool_name[: told.MAX_TEXT],
                node_id=credential.node_id,
                node_name=answer.node_name[: told.MAX_TEXT],
                own=credential.own,
            )
        )
        held = {holding.attempt for holding in self._seen.holdings()}
        for verdict in answer.verdicts:
            attempt = told.attempt(verdict.attempt)
            if verdict.stale and attempt in held:  # what lies in the outbox hears it at its delivery
                self._seen.ended(attempt)
                self._post(CancelArrived(attempt, stale=True))
        if self._free_slots() != free_told:
            self._slots_changed()
        return True

    def _take(self, push: wire.Push, credential: Credential) -> None:
        match push.WhichOneof("what"):
            case "offer":
                try:
                    offer = told.offer(push.offer, credential.own)
                except told.Unreadable as error:
                    self._refuse(
                        push.offer.offer_id[: told.MAX_ID],
                        KnownError("link.unreadable_offer", detail=str(error)),
                    )
                else:
                    self._post(OfferArrived(offer))
            case "withdrawal":
                self._post(OfferWithdrawn(push.withdrawal.offer_id))
            case "cancellation":
                attempt = told.attempt(push.cancellation.attempt)
                stale = push.cancellation.reason == "stale"
                if stale:
                    self._seen.ended(attempt)
                self._post(CancelArrived(attempt, stale=stale))
            case "wish":
                self._post(WishArrived(drain=push.wish.drain and not push.wish.lifted))
            case _:
                pass  # of a newer master
