"""Protobuf <-> the records of the worker. The records of the contract are converted in wire/records.py; here is what only a worker has."""

from __future__ import annotations

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.link.facts import Holding, NodeFacts
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import records
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.events import ClaimGranted, Offer
from hivemind_desktop.worker.finished import Finished

Unreadable = records.BrokenMessage
"""A message that no honest master sends."""

MAX_NAMED = 1000
"""Outbox entries named at a registration: a master takes no more, and hears of the rest at their delivery."""
MAX_TEXT = 4096
"""Characters of a name told by the master that are kept."""


def registration(
    node_id: str,
    facts: NodeFacts,
    allowed: Allowed,
    holdings: tuple[Holding, ...],
    outbox: tuple[AttemptKey, ...],
) -> wire.NodeRegistrationRequest:
    return wire.NodeRegistrationRequest(
        node_id=node_id,
        version=facts.version,
        features=facts.features,
        hostname=facts.hostname,
        installation_id=facts.installation_id,
        capacity=wire.Capacity(
            cpu_count=facts.capacity.cpu_count,
            memory_bytes=facts.capacity.memory_bytes,
            disk_bytes=facts.capacity.disk_bytes,
            gpus=map(records.gpu_to_wire, facts.capacity.gpus),
            slots=allowed.slots,
            total=records.resources_to_wire(allowed.total),
            ceiling=records.resources_to_wire(allowed.ceiling),
            os=facts.capacity.os,
            arch=facts.capacity.arch,
            labels=facts.labels,
            networks=allowed.networks,
        ),
        held=map(holding, holdings),
        outbox=map(records.attempt_to_wire, outbox[:MAX_NAMED]),
    )


def holding(held: Holding) -> wire.HeldAttempt:
    return wire.HeldAttempt(
        attempt=records.attempt_to_wire(held.attempt),
        stage=held.stage,
        progress=held.progress,
        progress_text=held.progress_text,
        frozen=held.frozen,
    )


def offer(message: wire.Offer, own: bool) -> Offer:
    """`own`: what the owner said of this pool; a master alone cannot make itself trusted. Raises Unreadable."""
    if not message.offer_id or not message.task_id:
        raise Unreadable("offer")
    return Offer(
        offer_id=message.offer_id,
        task_id=message.task_id,
        spec=records.spec_from_wire(message.spec),
        sender=message.sender[:MAX_TEXT],
        own=message.own and own,
        package_bytes=message.package_bytes,
        expires_s=message.expires_s,
    )


def claimed(message: wire.TaskAssignmentResponse, offer_id: str) -> ClaimGranted:
    """Raises Unreadable."""
    return ClaimGranted(
        offer_id=offer_id,
        attempt=records.attempt_from_wire(message.attempt),
        spec=records.spec_from_wire(message.spec),
        sender=message.sender[:MAX_TEXT],
        lease_s=message.lease_s,
    )


def result(finished: Finished) -> wire.TaskResultRequest:
    return wire.TaskResultRequest(
        attempt=records.attempt_to_wire(finished.attempt),
        reason=finished.reason,
        exit_code=finished.exit_code,
        message=finished.message,
        fields=dict(finished.fields),
        result=records.manifest_to_wire(finished.result),
        log_bytes=finished.log_bytes,
        usage=records.usage_to_wire(finished.usage),
        started_unix_ms=round(finished.started * 1000),
        ended_unix_ms=round(finished.ended * 1000),
        image_digest=finished.image_digest,
        granted=records.resources_to_wire(finished.granted),
    )
