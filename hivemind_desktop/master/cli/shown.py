"""Tasks and nodes as JSON documents and as lines. `task_id` comes first, no key is called `id`, a field keeps its name everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hivemind_desktop.wire import hivemind_pb2 as pb

NOT_YET: Mapping[str, None] = {
    "attempt": None,
    "stage": None,
    "exit_code": None,
    "node_id": None,
    "node_name": None,
    "progress": None,
}


def task_document(task: pb.TaskInfo) -> dict[str, Any]:
    """One task: what people ask first, then everything. Attempt, stage, exit code and node are those of the winning or newest attempt."""
    shown = shown_attempt(task)
    first = attempt_document(shown) if shown is not None else NOT_YET
    spec = task.spec
    return {
        "task_id": task.task_id,
        "name": task.name,
        "attempt": first["attempt"],
        "state": task.state,
        "stage": first["stage"],
        "exit_code": first["exit_code"],
        "reason": task.reason or None,
        "node_id": first["node_id"],
        "node_name": first["node_name"],
        "progress": first["progress"],
        "sender": task.sender,
        "submitted_at": moment(task.submitted_unix_ms),
        "ended_at": moment(task.ended_unix_ms),
        "priority": spec.priority,
        "image": spec.image or None,
        "network": spec.network.kind or "none",
        "after": list(spec.after),
        "require": list(spec.require),
        "package_bytes": task.package_bytes,
        "reward": sum(one.reward for one in task.attempts),
        "attempts": [attempt_document(one) for one in task.attempts],
        "refusals": [
            {
                "node_id": one.node_id,
                "node_name": one.node_name,
                "reason": one.reason,
                "fields": dict(one.fields),
                "at": moment(one.at_unix_ms),
            }
            for one in task.refusals
        ],
    }


def attempt_document(attempt: pb.AttemptInfo) -> dict[str, Any]:
    usage = attempt.usage
    return {
        "attempt": number(attempt.attempt),
        "state": attempt.state,
        "stage": attempt.stage or None,
        "exit_code": attempt.exit_code if attempt.HasField("exit_code") else None,
        "reason": attempt.reason or None,
        "message": attempt.message or None,
        "fields": dict(attempt.fields),
        "node_id": attempt.node_id,
        "node_name": attempt.node_name,
        "progress": attempt.progress if attempt.HasField("progress") else None,
        "progress_text": attempt.progress_text or None,
        "frozen": attempt.frozen,
        "claimed_at": moment(attempt.claimed_unix_ms),
        "started_at": moment(attempt.started_unix_ms),
        "ended_at": moment(attempt.ended_unix_ms),
        "reward": attempt.reward,
        "log_bytes": attempt.log_bytes,
        "image_digest": attempt.image_digest or None,
        "granted": resources_document(attempt.granted),
        "usage": {
            "cpu_percent": usage.cpu_percent,
            "memory_percent": usage.memory_percent,
            "gpu_percent": usage.gpu_percent,
            "duration_s": usage.duration_s,
            "memory_peak_bytes": usage.memory_peak_bytes,
            "cpu_seconds": usage.cpu_seconds,
            "disk_peak_bytes": usage.disk_peak_bytes,
        }
        if attempt.HasField("usage")
        else None,
    }


def resources_document(resources: pb.Resources) -> dict[str, Any]:
    return {
        "cpus": resources.cpus,
        "memory_bytes": resources.memory_bytes,
        "disk_bytes": resources.disk_bytes,
        "gpus": resources.gpus,
        "pids": resources.pids,
    }


def node_document(node: pb.NodeInfo) -> dict[str, Any]:
    return {
        "node_id": node.node_id,
        "name": node.name,
        "hostname": node.hostname,
        "connected": node.connected,
        "phase": node.phase,
        "version": node.version,
        "blocked": node.blocked,
        "draining": node.draining,
        "labels": list(node.labels),
        "features": list(node.features),
        "trust": node.trust,
        "earned": node.earned,
        "joined_at": moment(node.joined_unix_ms),
        "seen_at": moment(node.seen_unix_ms),
        "capacity": {
            "cpu_count": node.capacity.cpu_count,
            "memory_bytes": node.capacity.memory_bytes,
            "disk_bytes": node.capacity.disk_bytes,
            "slots": node.capacity.slots,
            "gpus": [{"index": gpu.index, "name": gpu.name} for gpu in node.capacity.gpus],
            "os": node.capacity.os,
            "arch": node.capacity.arch,
            "total": resources_document(node.capacity.total),
            "ceiling": resources_document(node.capacity.ceiling),
        },
        "reading": reading_document(node.reading) if node.HasField("reading") else None,
        "held": [
            {
                "task_id": one.attempt.task_id,
                "attempt": number(one.attempt),
                "stage": one.stage or None,
                "progress": one.progress if one.HasField("progress") else None,
                "frozen": one.frozen,
            }
            for one in node.held
        ],
    }


def reading_document(reading: pb.Reading) -> dict[str, Any]:
    """What was not measured is null, never 0."""

    def told(message: pb.Reading | pb.Gpu, *names: str) -> dict[str, Any]:
        return {name: getattr(message, name) if message.HasField(name) else None for name in names}  # type: ignore[arg-type]

    return {
        "at": moment(reading.at_unix_ms),
        **told(
            reading,
            "cpu_percent",
            "memory_used_bytes",
            "memory_total_bytes",
            "disk_used_bytes",
            "disk_total_bytes",
            "network_in_bytes_per_s",
            "network_out_bytes_per_s",
        ),
        "gpus": [
            {
                "index": gpu.index,
                "name": gpu.name,
                "memory_bytes": gpu.memory_bytes,
                **told(gpu, "load_percent", "memory_used_bytes", "temperature_c", "power_w", "power_limit_w"),
            }
            for gpu in reading.gpus
        ],
    }


def shown_attempt(task: pb.TaskInfo) -> pb.AttemptInfo | None:
    """The winning or newest attempt."""
    if task.HasField("winner"):
        return next(one for one in task.attempts if one.attempt == task.winner)
    return task.attempts[-1] if task.attempts else None


def number(attempt: pb.Attempt) -> str:
    """EPOCH.N."""
    return f"{attempt.epoch}.{attempt.n}"


def moment(unix_ms: int) -> str | None:
    """ISO 8601 with the local zone, None for "not yet" and for what no calendar has."""
    at = _local(unix_ms)
    return None if at is None else at.isoformat(timespec="milliseconds")


def brief_moment(unix_ms: int) -> str:
    """For tables: local time to the second."""
    at = _local(unix_ms)
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def _local(unix_ms: int) -> datetime | None:
    if not unix_ms:
        return None
    try:
        return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        # an older master kept what workers said: one number must not end a whole list
        return None
