"""States of a task and of an attempt, stages of a run, reasons of an end, and the one table of what may follow what."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    OFFERED = "offered"
    CLAIMED = "claimed"
    RUNNING = "running"
    UPLOADING = "uploading"
    STORED = "stored"
    RELEASED = "released"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """The seed's six steps of a run, in their order."""

    RECEIVED = "received"
    PREPARING = "preparing"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    COLLECTING = "collecting"
    CLEANING = "cleaning"


class Reason(StrEnum):
    """Why an attempt ended."""

    OK = "ok"
    EXIT = "exit"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_LIMIT = "disk_limit"
    LOG_LIMIT = "log_limit"
    CANCELLED = "cancelled"
    PREEMPTED = "preempted"
    ENGINE_LOST = "engine_lost"
    WORKER_LOST = "worker_lost"
    CANNOT_RUN_HERE = "cannot_run_here"
    BAD_PACKAGE = "bad_package"
    DEPENDENCY_FAILED = "dependency_failed"


TRIED_AGAIN = frozenset({Reason.PREEMPTED, Reason.ENGINE_LOST, Reason.WORKER_LOST, Reason.CANNOT_RUN_HERE})
"""Reasons that give the attempt back; every other one is final."""

NOT_COUNTED = frozenset({Reason.PREEMPTED})
"""Tries that do not count towards MAX_ATTEMPTS."""

PAID = frozenset({Reason.OK, Reason.EXIT})
"""Only a stored attempt with one of these reasons is paid."""

MAX_ATTEMPTS = 5

TASK_MOVES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.QUEUED: frozenset(
        {TaskState.RUNNING, TaskState.FAILED, TaskState.CANCELLED, TaskState.SUCCEEDED}
    ),
    TaskState.RUNNING: frozenset(
        {TaskState.QUEUED, TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED}
    ),
    TaskState.SUCCEEDED: frozenset(),
    TaskState.FAILED: frozenset(),
    TaskState.CANCELLED: frozenset(),
}
"""queued -> succeeded: a late attempt's result, its lease expired, the task waiting for another node."""

ATTEMPT_MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.OFFERED: frozenset({AttemptState.CLAIMED, AttemptState.CANCELLED}),
    AttemptState.CLAIMED: frozenset(
        {
            AttemptState.RUNNING,
            AttemptState.UPLOADING,
            AttemptState.STORED,
            AttemptState.RELEASED,
            AttemptState.EXPIRED,
            AttemptState.CANCELLED,
        }
    ),
    AttemptState.RUNNING: frozenset(
        {
            AttemptState.UPLOADING,
            AttemptState.STORED,
            AttemptState.RELEASED,
            AttemptState.EXPIRED,
            AttemptState.CANCELLED,
        }
    ),
    AttemptState.UPLOADING: frozenset(
        {
            AttemptState.STORED,
            AttemptState.RELEASED,
            AttemptState.EXPIRED,
            AttemptState.CANCELLED,
        }
    ),
    AttemptState.EXPIRED: frozenset(
        {
            AttemptState.CLAIMED,
            AttemptState.RUNNING,
            AttemptState.UPLOADING,
            AttemptState.STORED,
            AttemptState.CANCELLED,
            AttemptState.RELEASED,
        }
    ),
    AttemptState.STORED: frozenset(),
    AttemptState.RELEASED: frozenset(),
    AttemptState.CANCELLED: frozenset(),
}
"""expired -> claimed, running, uploading: revived by a heartbeat while no newer attempt is claimed."""

DEAD = frozenset({AttemptState.STORED, AttemptState.RELEASED, AttemptState.CANCELLED})
"""Attempts of which nothing is taken any more: every call about them answers `stale` and changes nothing."""

ENDED = frozenset({TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED})

_S = TypeVar("_S", TaskState, AttemptState)


class ForbiddenMove(Exception):
    """A bug: something tried a move that the table does not have."""


def moved(old: _S, new: _S) -> _S:
    """Return `new` when the table lets it follow `old` (or equals it); raise ForbiddenMove otherwise."""
    allowed: frozenset[TaskState] | frozenset[AttemptState]
    allowed = TASK_MOVES[old] if isinstance(old, TaskState) else ATTEMPT_MOVES[old]
    if new != old and new not in allowed:
        raise ForbiddenMove(f"{type(old).__name__}: {old} -> {new}")
    return new


def task_state_of(reason: Reason) -> TaskState:
    """The final state of a task whose last attempt ended with `reason` (a final one)."""
    if reason is Reason.OK:
        return TaskState.SUCCEEDED
    if reason is Reason.CANCELLED:
        return TaskState.CANCELLED
    return TaskState.FAILED
