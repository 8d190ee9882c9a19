"""Tasks and nodes as people get them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.model import Attempt, Node, Task
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire.records import (
    attempt_to_wire,
    reading_to_wire,
    resources_to_wire,
    spec_to_wire,
    usage_to_wire,
)


def task_info(core: Core, task: Task, log_bytes: Mapping[AttemptKey, int]) -> pb.TaskInfo:
    """`log_bytes`: what is held of each attempt's log."""
    nodes = core.board.nodes
    return pb.TaskInfo(
        task_id=task.task_id,
        name=task.spec.name,
        state=task.state.value,
        reason=task.reason.value if task.reason else "",
        sender=task.sender,
        spec=spec_to_wire(task.spec),
        submitted_unix_ms=task.submitted_ms,
        ended_unix_ms=task.ended_ms,
        attempts=[
            _attempt_info(one, nodes[one.node_id].name, log_bytes.get(one.key, 0))
            for one in task.attempts.values()
        ],
        refusals=[
            pb.Refusal(
                node_id=one.node_id,
                node_name=nodes[one.node_id].name,
                reason=one.reason,
                fields=dict(one.fields),
                at_unix_ms=one.at_ms,
            )
            for one in task.refusals
        ],
        package_bytes=task.package_bytes,
        winner=attempt_to_wire(task.winner) if task.winner else None,
    )


async def full_task_info(core: Core, task: Task) -> pb.TaskInfo:
    return task_info(core, task, await log_lengths(core, [task]))


async def log_lengths(core: Core, tasks: Iterable[Task]) -> dict[AttemptKey, int]:
    """Bytes held of the log of each attempt."""
    keys = [key for task in tasks for key in task.attempts]
    return await core.in_thread(lambda: {key: core.logs.held(key) for key in keys})


def _attempt_info(attempt: Attempt, node_name: str, log_bytes: int) -> pb.AttemptInfo:
    return pb.AttemptInfo(
        attempt=attempt_to_wire(attempt.key),
        state=attempt.state.value,
        stage=attempt.stage.value if attempt.stage else "",
        node_id=attempt.node_id,
        node_name=node_name,
        reason=attempt.reason.value if attempt.reason else "",
        exit_code=attempt.exit_code,
        message=attempt.message,
        fields=dict(attempt.fields),
        progress=attempt.progress,
        progress_text=attempt.progress_text,
        claimed_unix_ms=attempt.claimed_ms,
        started_unix_ms=attempt.started_ms,
        ended_unix_ms=attempt.ended_ms,
        usage=usage_to_wire(attempt.usage) if attempt.usage else None,
        reward=attempt.reward,
        log_bytes=log_bytes,
        granted=resources_to_wire(attempt.granted),
        image_digest=attempt.image_digest,
        frozen=attempt.frozen,
    )


def node_info(core: Core, node: Node) -> pb.NodeInfo:
    connected = node.stream is not None and core.clock.now() - node.seen_at <= core.rules.offline_s
    return pb.NodeInfo(
        node_id=node.node_id,
        name=node.name,
        hostname=node.hostname,
        connected=connected,
        phase=node.phase if connected else "offline",
        version=node.version,
        capacity=pb.Capacity.FromString(node.capacity),
        reading=reading_to_wire(node.reading) if node.reading else None,
        seen_unix_ms=node.seen_ms,
        joined_unix_ms=node.joined_ms,
        held=[
            pb.HeldAttempt(
                attempt=attempt_to_wire(one.key),
                stage=one.stage.value if one.stage else "",
                progress=one.progress,
                progress_text=one.progress_text,
                frozen=one.frozen,
            )
            for one in node.attempts.values()
        ],
        blocked=node.blocked,
        draining=node.draining,
        labels=sorted(node.labels | node.told_labels),
        features=node.features,
        trust=node.trust,
        earned=node.earned,
    )
