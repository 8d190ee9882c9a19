"""NodeService: registration, heartbeat, reports, and the stream that pushes offers, cancels and wishes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import TypeVar

from hivemind_desktop import __version__
from hivemind_desktop.contract.states import AttemptState, Stage
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.model import AttemptEnded, DrainWished, Node, OfferMade, OfferTaken, PushedThing
from hivemind_desktop.master.refused import invalid
from hivemind_desktop.master.rules import PROTOCOL_FEATURES
from hivemind_desktop.master.told import Told
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.records import (
    attempt_from_wire,
    attempt_to_wire,
    gpu_from_wire,
    reading_from_wire,
    resources_from_wire,
    spec_to_wire,
)

_T = TypeVar("_T")
_STAGES = {stage.value: stage for stage in Stage}


class NodeService(rpc.NodeServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    async def RegisterNode(
        self, request: pb.NodeRegistrationRequest, context: object
    ) -> pb.NodeRegistrationResponse:
        core = self._core
        node = core.node(request.node_id)
        held, outbox = _limited(core, request.held), _limited(core, request.outbox)
        if request.installation_id and request.installation_id != node.installation_id:
            raise invalid("node.other_installation")
        _take_facts(node, request)
        core.fleet.heard(node)
        named = [attempt_from_wire(one.attempt) for one in held] + [attempt_from_wire(one) for one in outbox]
        core.fleet.register(node, named)
        verdicts = [await verdict(core, node, one) for one in held]
        for attempt in outbox:
            done = pb.HeldAttempt(attempt=attempt, stage=Stage.CLEANING.value)
            verdicts.append(await verdict(core, node, done))
        await core.journal.settled()
        return pb.NodeRegistrationResponse(
            version=__version__,
            features=PROTOCOL_FEATURES,
            pool_id=core.pool.pool_id,
            pool_name=core.pool.name,
            node_name=node.name,
            verdicts=verdicts,
            heartbeat_s=core.rules.heartbeat_s,
            lease_s=core.rules.lease_s,
            epoch=core.board.epoch,
            own=node.own,
        )

    async def Heartbeat(self, request: pb.HeartbeatRequest, context: object) -> pb.HeartbeatResponse:
        core = self._core
        node = core.node(request.node_id)
        node.phase = harmless_line(request.phase, 40)
        core.fleet.heard(node)
        return pb.HeartbeatResponse(
            verdicts=[await verdict(core, node, one) for one in _limited(core, request.held)]
        )

    async def ReportNodeStatus(self, request: pb.NodeStatusRequest, context: object) -> pb.NodeStatusResponse:
        core = self._core
        node = core.node(request.node_id)
        reading = reading_from_wire(request.reading)
        # a worker's clock may be wrong, its reading is of now at the latest
        node.reading = replace(reading, at=min(max(reading.at, 0.0), core.clock.wall_ms() / 1000))
        node.phase, node.why = harmless_line(request.phase, 40), harmless_line(request.why, 80)
        core.fleet.heard(node)
        return pb.NodeStatusResponse()

    async def Watch(self, request: pb.WatchRequest, context: object) -> AsyncIterator[pb.Push]:
        core = self._core
        node = core.node(request.node_id)
        stream = core.fleet.open_stream(node, min(request.free_slots, core.rules.max_held))
        try:
            yield pb.Push(ready=pb.Ready())
            while (thing := await stream.queue.get()) is not None:
                if not isinstance(thing, OfferMade):
                    # an offer harms nobody when it is lost with the master; what ends work must be true first
                    await core.journal.settled()
                elif thing.offer.offer_id not in core.board.offers:
                    continue
                yield _push(core, node, thing)
        finally:
            core.fleet.close_stream(node, stream)


async def verdict(core: Core, node: Node, told: pb.HeldAttempt) -> pb.Verdict:
    """What becomes of an attempt that a node says it has. A stored one is not called stale: its node may not know yet that it is."""
    key = attempt_from_wire(told.attempt)
    attempt = await core.attempt(key, node)
    if attempt is None or attempt.state in (AttemptState.RELEASED, AttemptState.CANCELLED):
        return pb.Verdict(attempt=told.attempt, stale=True)
    # it may have died while the disk was asked
    alive = core.board.find(key)
    if attempt.dead or alive is None:
        return pb.Verdict(attempt=told.attempt, stale=attempt.state is not AttemptState.STORED)
    progress = told.progress if told.HasField("progress") and 0 <= told.progress <= 1 else None
    lease_s = core.board.report(
        alive,
        Told(
            stage=_STAGES.get(told.stage),
            progress=progress,
            progress_text=harmless_line(told.progress_text),
            frozen=told.frozen,
        ),
    )
    return pb.Verdict(attempt=told.attempt, lease_s=lease_s)


def _limited(core: Core, told: Iterable[_T]) -> list[_T]:
    listed = list(told)
    if len(listed) > core.rules.max_held:
        raise invalid("node.too_many_attempts", limit=core.rules.max_held)
    return listed


def _take_facts(node: Node, request: pb.NodeRegistrationRequest) -> None:
    """Raises BrokenMessage before anything of it is believed."""
    capacity = request.capacity
    for resources in (capacity.total, capacity.ceiling):
        resources_from_wire(resources)
    for gpu in capacity.gpus:
        gpu_from_wire(gpu)
    node.version = harmless_line(request.version, 40)
    node.features = tuple(sorted({harmless_line(one, 60) for one in request.features[:200]}))
    node.hostname = harmless_line(request.hostname, 100) or node.hostname
    node.told_labels = frozenset(harmless_line(one, 64) for one in capacity.labels[:64])
    node.slots = min(capacity.slots, 1000)
    node.capacity = capacity.SerializeToString()
    # what may make a task fit that did not before; readings inside the GPUs would change it every time
    lasting = (
        node.version,
        node.features,
        capacity.cpu_count,
        capacity.memory_bytes,
        [(gpu.index, gpu.name, gpu.memory_bytes) for gpu in capacity.gpus],
        capacity.slots,
        capacity.total.SerializeToString(deterministic=True),
        capacity.ceiling.SerializeToString(deterministic=True),
        sorted(capacity.networks),
        capacity.os,
        capacity.arch,
    )
    node.fingerprint = hashlib.sha256(repr(lasting).encode()).hexdigest()[:32]


def _push(core: Core, node: Node, thing: PushedThing) -> pb.Push:
    if isinstance(thing, OfferMade):
        offer, task = thing.offer, thing.offer.task
        return pb.Push(
            offer=pb.Offer(
                offer_id=offer.offer_id,
                task_id=task.task_id,
                spec=spec_to_wire(task.spec),
                sender=task.sender,
                own=node.own,
                package_bytes=task.package_bytes,
                expires_s=max(offer.until - core.clock.now(), 0.0),
                attempt=attempt_to_wire(offer.attempt),
            )
        )
    if isinstance(thing, OfferTaken):
        return pb.Push(withdrawal=pb.Withdrawal(offer_id=thing.offer_id))
    if isinstance(thing, AttemptEnded):
        return pb.Push(
            cancellation=pb.Cancellation(attempt=attempt_to_wire(thing.attempt), reason=thing.reason)
        )
    assert isinstance(thing, DrainWished)
    return pb.Push(wish=pb.Wish(drain=thing.drain, lifted=not thing.drain))
