"""Protobuf <-> the records of the worker. The records of the contract are converted in wire/records.py; here is what only a worker has.

A master is believed in nothing: ids, specs, clocks and amounts go by the contract's rules here, so that no answer breaks a loop or the state.
"""

from __future__ import annotations

import math

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import MAX_BYTES
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.contract.wishes import check_after, check_spec
from hivemind_desktop.link.facts import Holding, NodeFacts
from hivemind_desktop.settings import table as option
from hivemind_desktop.settings.kinds import Number
from hivemind_desktop.settings.setting import Setting
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
MAX_ID = 64
"""Characters of an id that only the master reads."""
MAX_REWARD = 2**53
"""CPT of one attempt; from here on a JSON number is not exact. The contract's formula gives some tens."""


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
    if not _is_id(message.offer_id):
        raise Unreadable("offer")
    if message.package_bytes > MAX_BYTES:
        raise Unreadable("package_bytes")
    return Offer(
        offer_id=message.offer_id,
        task_id=_task_id(message.task_id),
        spec=_spec(message.spec),
        sender=message.sender[:MAX_TEXT],
        own=message.own and own,
        package_bytes=message.package_bytes,
        expires_s=clock(message.expires_s, option.MASTER_LEASE_S),
    )


def claimed(message: wire.TaskAssignmentResponse, offer_id: str) -> ClaimGranted:
    """Raises Unreadable."""
    return ClaimGranted(
        offer_id=offer_id,
        attempt=attempt(message.attempt),
        spec=_spec(message.spec),
        sender=message.sender[:MAX_TEXT],
        lease_s=clock(message.lease_s, option.MASTER_LEASE_S),
    )


def attempt(message: wire.Attempt) -> AttemptKey:
    """Raises Unreadable. A task's id becomes the name of a folder."""
    key = records.attempt_from_wire(message)
    _task_id(key.task_id)
    return key


def clock(told_s: float, setting: Setting[float]) -> float:
    """Seconds within what a master's owner may set; the setting's default for 0 and for what is no number."""
    kind = setting.kind
    assert isinstance(kind, Number)
    if not told_s or math.isnan(told_s):
        return setting.default
    return min(max(told_s, kind.low), kind.high)


def reward(told: int) -> int:
    """CPT of a delivered attempt; what no master pays counts as nothing."""
    return told if told < MAX_REWARD else 0


def _task_id(text: str) -> str:
    try:
        check_after((text,), "task_id")
    except Refused as refused:
        raise Unreadable(str(refused)) from refused
    return text


def _spec(message: wire.TaskSpec) -> TaskSpec:
    """All of it but the package is checked here; the package is when it is fetched."""
    try:
        return check_spec(records.spec_from_wire(message))
    except Refused as refused:
        raise Unreadable(str(refused)) from refused


def _is_id(text: str) -> bool:
    return 0 < len(text) <= MAX_ID and harmless_line(text) == text


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
