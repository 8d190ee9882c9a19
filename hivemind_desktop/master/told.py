"""What nodes say of their attempts, as the board takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import NO_USAGE, NOTHING, Resources, Usage
from hivemind_desktop.master.model import Attempt


@dataclass(frozen=True, slots=True)
class Told:
    """What a node says of an attempt it has."""

    stage: Stage | None = None
    progress: float | None = None
    progress_text: str = ""
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What a node says of the end of an attempt."""

    reason: Reason
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    usage: Usage = NO_USAGE
    started_ms: int = 0
    ended_ms: int = 0
    image_digest: str = ""
    granted: Resources | None = None
    result_hash: bytes = b""


def believable(ended: Ended, attempt: Attempt, now_ms: int) -> Ended:
    """What a node says, within what the master saw itself: nothing began before the claim or ends after `now_ms` (Unix ms), no run
    was longer than that, and none was granted more than was claimed. Pay and every list go by these numbers."""
    latest = max(now_ms, attempt.claimed_ms)
    started = min(max(ended.started_ms, attempt.claimed_ms), latest) if ended.started_ms else 0
    finished = min(max(ended.ended_ms, attempt.claimed_ms), latest) if ended.ended_ms else 0
    duration_s = min(ended.usage.duration_s, (latest - attempt.claimed_ms) // 1000)
    return replace(
        ended,
        started_ms=started,
        ended_ms=finished,
        usage=replace(ended.usage, duration_s=duration_s),
        granted=None if ended.granted is None else _at_most(ended.granted, attempt.granted),
    )


def _at_most(told: Resources, claimed: Resources) -> Resources:
    return Resources(
        cpus=min(told.cpus, claimed.cpus),
        memory_bytes=min(told.memory_bytes, claimed.memory_bytes),
        disk_bytes=min(told.disk_bytes, claimed.disk_bytes),
        gpus=min(told.gpus, claimed.gpus),
        pids=min(told.pids, claimed.pids),
    )
