"""What happened. Events are the only way anything reaches the worker's state; the agent stamps each with the time it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.contract.task import NOTHING, TaskSpec
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import LimitsKept, ResultView


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: seconds of a clock that counts sleep and that nobody moves. `wall`: Unix seconds, for people only."""

    at: float
    wall: float


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


# ------------------------------------------------------------------ the program and its owner


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The program began. `stopped`: the owner stopped it before and has not started it since. `pause_until`: Unix seconds, 0 = until resumed, None = not paused."""

    allowed: Allowed
    stopped: bool = False
    pause_since: float | None = None
    pause_until: float | None = None
    outbox: tuple[AttemptKey, ...] = ()
    earned: int = 0
    results: tuple[ResultView, ...] = ()
    """The last that ended in earlier lives, newest first."""


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class PauseAsked(Event):
    """`seconds` None: until the owner resumes."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ResumeAsked(Event):
    pass


@dataclass(frozen=True, slots=True)
class StartAsked(Event):
    pass


@dataclass(frozen=True, slots=True)
class StopAsked(Event):
    pass


@dataclass(frozen=True, slots=True)
class DrainAsked(Event):
    pass


@dataclass(frozen=True, slots=True)
class ShowAsked(Event):
    """The program was started a second time: its window is to be shown."""


@dataclass(frozen=True, slots=True)
class QuitAsked(Event):
    """End all runs at once and the process with them."""


@dataclass(frozen=True, slots=True)
class Woke(Event):
    """A `WakeAt` came due."""


@dataclass(frozen=True, slots=True)
class BugFound(Event):
    """A loop of ours crashed: told loudly, never hidden."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class WarningRaised(Event):
    """Something needs the owner but stops no work. `about` names the cause: the same again replaces it."""

    about: str
    code: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class WarningCleared(Event):
    """The cause `about` is gone; nothing happens when none was told."""

    about: str


# ------------------------------------------------------------------ the engine


@dataclass(frozen=True, slots=True)
class EngineAnswered(Event):
    version: str = ""


@dataclass(frozen=True, slots=True)
class EngineFailed(Event):
    code: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)


# ------------------------------------------------------------------ the link


@dataclass(frozen=True, slots=True)
class LinkUp(Event):
    """Registered and the push stream is served."""

    pool_id: str
    pool_name: str
    node_id: str
    node_name: str
    own: bool = False
    """The pool of this PC (embedded master)."""


@dataclass(frozen=True, slots=True)
class LinkDown(Event):
    """`retry_s`: seconds until the next try. `refused`: the master answered and said no (wrong token, too old): needs the owner."""

    code: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    retry_s: float = 0.0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class LinkClosed(Event):
    """Closed because the state asked for it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A task the master would give this worker; `spec` has no package entries yet."""

    offer_id: str
    task_id: str
    spec: TaskSpec
    sender: str
    own: bool = False
    package_bytes: int = 0
    expires_s: float = 30.0


@dataclass(frozen=True, slots=True)
class OfferArrived(Event):
    offer: Offer


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(Event):
    offer_id: str


@dataclass(frozen=True, slots=True)
class ClaimGranted(Event):
    offer_id: str
    attempt: AttemptKey
    spec: TaskSpec
    sender: str
    lease_s: float = 120.0


@dataclass(frozen=True, slots=True)
class ClaimLost(Event):
    """The claim did not come through: somebody was faster, or the link broke."""

    offer_id: str
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class CancelArrived(Event):
    """The sender or an admin cancelled it, or it is `stale`: nothing of it is taken any more."""

    attempt: AttemptKey
    stale: bool = False


@dataclass(frozen=True, slots=True)
class WishArrived(Event):
    """The master asks for no more work here (`drain`) or lifts that."""

    drain: bool


# ------------------------------------------------------------------ runs


@dataclass(frozen=True, slots=True)
class StageEntered(Event):
    attempt: AttemptKey
    stage: Stage


@dataclass(frozen=True, slots=True)
class LimitsFound(Event):
    """Its container is made: which limits really hold."""

    attempt: AttemptKey
    kept: LimitsKept


@dataclass(frozen=True, slots=True)
class Progressed(Event):
    """A line `::progress 0.42 text`; `fraction` 0..1."""

    attempt: AttemptKey
    fraction: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class LogGrew(Event):
    """`length`: bytes of the spool now. Coalesced: at most a few a second."""

    attempt: AttemptKey
    length: int


@dataclass(frozen=True, slots=True)
class UsageSampled(Event):
    """Use of one run now; CPU in cores."""

    attempt: AttemptKey
    cpus: float
    memory_bytes: int
    disk_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class RunFrozen(Event):
    """Answer to FreezeRun and ThawRun: whether it is frozen now."""

    attempt: AttemptKey
    frozen: bool


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Its outcome lies in the outbox on disk (when `kept`), its container and folders still have to be removed."""

    finished: Finished
    kept: bool = True


@dataclass(frozen=True, slots=True)
class RunCleaned(Event):
    """Nothing of the run is left: the last event of every StartRun."""

    attempt: AttemptKey


# ------------------------------------------------------------------ delivery


@dataclass(frozen=True, slots=True)
class ResultDelivered(Event):
    """The master said `state`: stored, released or stale. The outbox entry is gone."""

    attempt: AttemptKey
    state: str
    reward: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Event):
    """Still in the outbox; tried again after `retry_s` or when the link is back."""

    attempt: AttemptKey
    code: str
    retry_s: float = 5.0


# ------------------------------------------------------------------ sensors


@dataclass(frozen=True, slots=True)
class ReadingTaken(Event):
    reading: Reading


OWNER_EVENTS = (PauseAsked, ResumeAsked, StartAsked, StopAsked, DrainAsked, ShowAsked, QuitAsked)
"""What a front-end may post."""
