"""What front-ends read: one frozen view of the worker. Nobody else holds state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import NOTHING, Resources
from hivemind_desktop.worker.allowed import Allowed


class Phase(StrEnum):
    """Derived from facts, never assigned: the first that holds, in this order."""

    STOPPED = "stopped"
    FAULTY = "faulty"
    PAUSED = "paused"
    DRAINING = "draining"
    OFFLINE = "offline"
    CONNECTING = "connecting"
    BUSY = "busy"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Why:
    """One reason why work runs or does not: a code and its fields, worded once in `wording.py`. Times are Unix seconds."""

    code: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class LimitsKept:
    """The limits of a run that really hold. None: one that the engine refuses or ignores; what is not kept is not shown as a limit."""

    cpus: float | None = None
    memory_bytes: int | None = None
    pids: int | None = None
    disk_bytes: int | None = None
    io_weight: int | None = None
    processes: int | None = None
    open_files: int | None = None
    gpus: tuple[str, ...] = ()
    """The devices it got."""

    @property
    def not_kept(self) -> tuple[str, ...]:
        """Names of the limits that do not hold here."""
        names = ("cpus", "memory_bytes", "pids", "disk_bytes", "io_weight", "processes", "open_files")
        return tuple(name for name in names if getattr(self, name) is None)


@dataclass(frozen=True, slots=True)
class RunView:
    """One attempt at work here. Times are Unix seconds, CPU in cores."""

    attempt: AttemptKey
    name: str
    sender: str
    stage: Stage
    granted: Resources
    timeout_s: int
    claimed: float
    started: float | None = None
    """When its stage became running."""
    frozen: bool = False
    progress: float | None = None
    progress_text: str = ""
    cpus: float | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    log_bytes: int = 0
    cpus_granted: float = 0.0
    """Its share now; `granted.cpus` is its ceiling."""
    kept: LimitsKept | None = None
    """None until its container is made."""


@dataclass(frozen=True, slots=True)
class ResultView:
    """An attempt that ended, newest first in the snapshot (the last 20; the history has all)."""

    attempt: AttemptKey
    name: str
    sender: str
    reason: Reason
    exit_code: int | None
    ended: float
    duration_s: int
    delivered: str = ""
    """Empty while in the outbox, then stored, released or stale; dropped: cancelled, so nothing was sent."""
    reward: int = 0
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class LinkView:
    """`state`: closed, connecting, up, offline."""

    state: str = "closed"
    pool_id: str = ""
    pool_name: str = ""
    node_id: str = ""
    node_name: str = ""
    own: bool = False
    since: float | None = None


NO_LINK = LinkView()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`number` grows by one with each change."""

    number: int
    phase: Phase
    why: Why
    rules: tuple[Why, ...]
    """Every rule that holds, the deciding one first."""
    link: LinkView
    engine_version: str
    runs: tuple[RunView, ...]
    results: tuple[ResultView, ...]
    outbox: int
    allowed: Allowed
    reading: Reading | None
    earned: int
    """CPT of stored attempts, all time."""
    warnings: tuple[Why, ...] = ()
    show_asked: int = 0
    """How often the window was asked for by another start of the program."""
    over: bool = False
    """The last snapshot: the worker has ended."""
