"""What to do. The state answers events with commands; every command that starts something ends in exactly one event, named at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import NOTHING, Resources, TaskSpec
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import RunView


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True)
class OpenLink(Command):
    """Connect and stay connected. Told by LinkUp and LinkDown until CloseLink."""


@dataclass(frozen=True, slots=True)
class CloseLink(Command):
    """-> LinkClosed."""


@dataclass(frozen=True, slots=True)
class TellFreeSlots(Command):
    """How many offers this worker would take now; 0 = none."""

    free: int


@dataclass(frozen=True, slots=True)
class ClaimTask(Command):
    """-> ClaimGranted or ClaimLost."""

    offer_id: str
    granted: Resources


@dataclass(frozen=True, slots=True)
class RefuseOffer(Command):
    """`lasting`: not here until this worker's features change."""

    offer_id: str
    reason: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class StartRun(Command):
    """-> StageEntered..., RunEnded, and at the very end RunCleaned."""

    attempt: AttemptKey
    spec: TaskSpec
    sender: str
    granted: Resources
    timeout_s: int
    grace_s: float


@dataclass(frozen=True, slots=True)
class GiveBack(Command):
    """Tell the master that this attempt does not run here; nothing answers. Told once: a master that does not hear it waits for the lease."""

    finished: Finished


@dataclass(frozen=True, slots=True)
class StopRun(Command):
    """End it with this reason: SIGTERM, `grace_s` seconds, SIGKILL. The run's own RunEnded answers. Cancelled or stale: nothing is kept."""

    attempt: AttemptKey
    reason: Reason
    grace_s: float


@dataclass(frozen=True, slots=True)
class FreezeRun(Command):
    """-> RunFrozen."""

    attempt: AttemptKey


@dataclass(frozen=True, slots=True)
class ThawRun(Command):
    """-> RunFrozen."""

    attempt: AttemptKey


@dataclass(frozen=True, slots=True)
class SetCpus(Command):
    """The run's CPU quota in cores."""

    attempt: AttemptKey
    cpus: float


@dataclass(frozen=True, slots=True)
class TellStage(Command):
    """Tell the master the stage and progress of an attempt (best effort; the heartbeat repeats it)."""

    attempt: AttemptKey


@dataclass(frozen=True, slots=True)
class Deliver(Command):
    """Send an outbox entry. -> ResultDelivered or DeliveryFailed."""

    attempt: AttemptKey


@dataclass(frozen=True, slots=True)
class SaveWishes(Command):
    """Keep over restarts what the owner wished. Times are Unix seconds; `pause_until` 0 = until resumed."""

    stopped: bool
    pause_since: float | None
    pause_until: float | None


@dataclass(frozen=True, slots=True)
class KeepHistory(Command):
    """Write down how an attempt ended here; `image` is what was asked for (empty: the base image). `kept`: it lies in the outbox."""

    view: RunView
    image: str
    finished: Finished
    kept: bool


@dataclass(frozen=True, slots=True)
class KeepDelivery(Command):
    """Write down what the master said of it."""

    attempt: AttemptKey
    state: str
    reward: int


@dataclass(frozen=True, slots=True)
class ProbeEngine(Command):
    """-> EngineAnswered or EngineFailed."""


@dataclass(frozen=True, slots=True)
class WakeAt(Command):
    """-> Woke, at or after `at` (Moment.at). A later WakeAt does not replace an earlier one."""

    at: float


@dataclass(frozen=True, slots=True)
class Exit(Command):
    """Everything has ended: leave the process."""
