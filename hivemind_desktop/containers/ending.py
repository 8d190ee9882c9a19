"""How a run ended, before it is told: reason, exit code, one line; and which fault of the world means which reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import NOTHING
from hivemind_desktop.errors import KnownError

COLLECTED = frozenset(
    {Reason.OK, Reason.EXIT, Reason.TIMEOUT, Reason.OUT_OF_MEMORY, Reason.DISK_LIMIT, Reason.LOG_LIMIT}
)
"""Reasons whose files come back; the others give the attempt back or keep nothing."""
SIGKILLED = 137
"""128 + 9, as the engine and its init tell it."""
_REASONS = (
    ("package.requirements", Reason.CANNOT_RUN_HERE),
    ("package.over_disk", Reason.DISK_LIMIT),
    ("package.", Reason.BAD_PACKAGE),
    ("manifest.", Reason.BAD_PACKAGE),
    ("name.", Reason.BAD_PACKAGE),
    ("task.", Reason.BAD_PACKAGE),
    ("result.", Reason.DISK_LIMIT),
    ("link.", Reason.PREEMPTED),
    ("engine.refused", Reason.CANNOT_RUN_HERE),
    ("engine.no_gpu", Reason.CANNOT_RUN_HERE),
    ("engine.", Reason.ENGINE_LOST),
)


@dataclass(frozen=True, slots=True)
class Ending:
    reason: Reason
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)


class Over(Exception):
    """The run is over before its time."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


def of_fault(fault: KnownError) -> Ending:
    """The first prefix that fits decides; anything else of the world cannot be run here."""
    reason = next(
        (reason for prefix, reason in _REASONS if fault.code.startswith(prefix)), Reason.CANNOT_RUN_HERE
    )
    return Ending(reason, None, fault.code, texts(fault))


def texts(fault: KnownError) -> Mapping[str, str]:
    return {name: str(value) for name, value in fault.fields.items()}


def of_exit(code: int, *, out_of_memory: bool, disk_full: bool, engine_was_away: bool) -> Ending:
    """A container that ended by itself. Its OOM mark and its exit code are independent facts (facts, section 3)."""
    if code == 0:
        return Ending(Reason.OK, 0)
    if code == SIGKILLED and out_of_memory:
        return Ending(Reason.OUT_OF_MEMORY, code)
    if code == SIGKILLED and engine_was_away:
        return Ending(Reason.ENGINE_LOST, code)
    if disk_full:
        return Ending(Reason.DISK_LIMIT, code)
    if out_of_memory:
        return Ending(Reason.EXIT, code, "run.child_out_of_memory")
    return Ending(Reason.EXIT, code)
