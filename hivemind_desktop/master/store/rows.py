"""Records of the master <-> rows of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import AttemptState, Reason, Stage, TaskState
from hivemind_desktop.master.model import Attempt, Node, Refusal, Task
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire.records import (
    resources_from_wire,
    resources_to_wire,
    spec_from_wire,
    spec_to_wire,
    usage_from_wire,
    usage_to_wire,
)

Row = dict[str, Any]


def task_row(task: Task) -> Row:
    return {
        "task_id": task.task_id,
        "sender": task.sender,
        "key": task.key,
        "spec": spec_to_wire(task.spec).SerializeToString(),
        "package_bytes": task.package_bytes,
        "priority": task.spec.priority,
        "submitted_ms": task.submitted_ms,
        **task_changes(task),
    }


def task_changes(task: Task) -> Row:
    """What may change after a task was stored."""
    return {
        "state": task.state.value,
        "reason": task.reason.value if task.reason else "",
        "ended_ms": task.ended_ms,
        "winner_epoch": task.winner.epoch if task.winner else 0,
        "winner_n": task.winner.n if task.winner else 0,
    }


def attempt_row(attempt: Attempt) -> Row:
    return {
        "task_id": attempt.key.task_id,
        "epoch": attempt.key.epoch,
        "n": attempt.key.n,
        "node_id": attempt.node_id,
        "offer_id": attempt.offer_id,
        "claimed_ms": attempt.claimed_ms,
        **attempt_changes(attempt),
    }


def attempt_changes(attempt: Attempt) -> Row:
    """What may change after an attempt was stored."""
    return {
        "state": attempt.state.value,
        "stage": attempt.stage.value if attempt.stage else "",
        "reason": attempt.reason.value if attempt.reason else "",
        "exit_code": attempt.exit_code,
        "message": attempt.message,
        "fields": dict(attempt.fields),
        "usage": usage_to_wire(attempt.usage).SerializeToString() if attempt.usage else None,
        "reward": attempt.reward,
        "granted": resources_to_wire(attempt.granted).SerializeToString(),
        "image_digest": attempt.image_digest,
        "started_ms": attempt.started_ms,
        "ended_ms": attempt.ended_ms,
        "result_hash": attempt.result_hash,
    }


def refusal_row(task_id: str, refusal: Refusal) -> Row:
    return {
        "task_id": task_id,
        "node_id": refusal.node_id,
        "reason": refusal.reason,
        "fields": dict(refusal.fields),
        "fingerprint": refusal.fingerprint,
        "at_ms": refusal.at_ms,
    }


def node_row(node: Node) -> Row:
    return {
        "node_id": node.node_id,
        "name": node.name,
        "hostname": node.hostname,
        "installation_id": node.installation_id,
        "token_hash": node.token_hash,
        "invite": node.invite,
        "own": node.own,
        "blocked": node.blocked,
        "draining": node.draining,
        "removed": node.removed,
        "labels": sorted(node.labels),
        "told_labels": sorted(node.told_labels),
        "features": list(node.features),
        "version": node.version,
        "capacity": node.capacity,
        "trust": node.trust,
        "joined_ms": node.joined_ms,
        "seen_ms": node.seen_ms,
    }


def task_from(row: RowMapping, attempts: Iterable[RowMapping], refusals: Iterable[RowMapping]) -> Task:
    task = Task(
        task_id=row["task_id"],
        sender=row["sender"],
        key=row["key"],
        spec=spec_from_wire(pb.TaskSpec.FromString(row["spec"])),
        package_bytes=row["package_bytes"],
        submitted_ms=row["submitted_ms"],
        state=TaskState(row["state"]),
        reason=_reason(row["reason"]),
        ended_ms=row["ended_ms"],
    )
    for one in attempts:
        attempt = attempt_from(one)
        task.attempts[attempt.key] = attempt
    if row["winner_n"]:
        task.winner = AttemptKey(task.task_id, row["winner_epoch"], row["winner_n"])
    task.refusals = [
        Refusal(one["node_id"], one["reason"], one["fields"], one["at_ms"], one["fingerprint"])
        for one in refusals
    ]
    return task


def attempt_from(row: RowMapping) -> Attempt:
    return Attempt(
        key=AttemptKey(row["task_id"], row["epoch"], row["n"]),
        node_id=row["node_id"],
        offer_id=row["offer_id"],
        state=AttemptState(row["state"]),
        stage=Stage(row["stage"]) if row["stage"] else None,
        reason=_reason(row["reason"]),
        exit_code=row["exit_code"],
        message=row["message"],
        fields=row["fields"],
        usage=None if row["usage"] is None else usage_from_wire(pb.Usage.FromString(row["usage"])),
        reward=row["reward"],
        granted=resources_from_wire(pb.Resources.FromString(row["granted"])),
        image_digest=row["image_digest"],
        claimed_ms=row["claimed_ms"],
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
        result_hash=row["result_hash"],
    )


def node_from(row: RowMapping) -> Node:
    return Node(
        node_id=row["node_id"],
        name=row["name"],
        installation_id=row["installation_id"],
        joined_ms=row["joined_ms"],
        hostname=row["hostname"],
        own=row["own"],
        invite=row["invite"],
        token_hash=row["token_hash"],
        blocked=row["blocked"],
        draining=row["draining"],
        removed=row["removed"],
        labels=frozenset(row["labels"]),
        told_labels=frozenset(row["told_labels"]),
        features=tuple(row["features"]),
        version=row["version"],
        capacity=row["capacity"],
        seen_ms=row["seen_ms"],
        trust=row["trust"],
    )


def _reason(text: str) -> Reason | None:
    return Reason(text) if text else None
