"""Transcripts: `play >> event << [commands]`. WakeAt, TellStage and the like (QUIET) are left out unless a test asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import GIB, Allowed
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import Phase, Snapshot
from hivemind_desktop.worker.state import WorkerState

ALLOWED = Allowed(
    slots=3,
    total=Resources(cpus=1.6, memory_bytes=6 * GIB, disk_bytes=10 * GIB, pids=300),
    ceiling=Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, pids=100),
    default=Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, pids=100),
)
GRANT = Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, pids=100)
WALL = 1_800_000_000.0
QUIET: tuple[type[do.Command], ...] = (
    do.WakeAt,
    do.TellStage,
    do.TellFreeSlots,
    do.KeepHistory,
    do.ProbeEngine,
)


def attempt(name: str = "t", n: int = 1) -> AttemptKey:
    return AttemptKey(name, 1, n)


def offer(name: str = "t", **asked: float) -> ev.OfferArrived:
    spec = TaskSpec(name=name, asked=Resources(**asked))  # type: ignore[arg-type]
    return ev.OfferArrived(ev.Offer(f"o-{name}", name, spec, "anna"))


def granted(name: str = "t", **asked: float) -> ev.ClaimGranted:
    spec = TaskSpec(name=name, asked=Resources(**asked))  # type: ignore[arg-type]
    return ev.ClaimGranted(f"o-{name}", attempt(name), spec, "anna")


def ended(name: str = "t", reason: Reason = Reason.OK, *, kept: bool = True) -> ev.RunEnded:
    return ev.RunEnded(Finished(attempt(name), reason, exit_code=0), kept=kept)


def staged(name: str, *stages: Stage) -> list[ev.Event]:
    return [ev.StageEntered(attempt(name), stage) for stage in stages]


LINK_UP = ev.LinkUp("pool", "my pool", "node", "pc", own=True)


class Playbook:
    """Drives a bare WorkerState by hand and checks its invariants after every event."""

    def __init__(self) -> None:
        self.state = WorkerState()
        self.at = 100.0
        self.said: list[do.Command] = []

    def wait(self, seconds: float) -> Playbook:
        """Time goes by; then the worker wakes."""
        self.at += seconds
        return self >> ev.Woke()

    def __rshift__(self, event: ev.Event | Iterable[ev.Event]) -> Playbook:
        self.said = []
        for one in [event] if isinstance(event, ev.Event) else event:
            self.said += self.state.handle(one, ev.Moment(self.at, WALL + self.at))
            self.state.check()
        return self

    def __lshift__(self, expected: Sequence[do.Command]) -> Playbook:
        wanted = {type(command) for command in expected}
        heard = [
            command for command in self.said if not isinstance(command, QUIET) or type(command) in wanted
        ]
        assert heard == list(expected), f"\nheard    {heard}\nexpected {list(expected)}"
        return self

    @property
    def view(self) -> Snapshot:
        return self.state.snapshot()

    @property
    def phase(self) -> Phase:
        return self.view.phase

    @property
    def why(self) -> str:
        return self.view.why.code


def ready() -> Playbook:
    """A worker that is connected and has nothing to do."""
    return Playbook() >> ev.Started(ALLOWED) >> ev.EngineAnswered("20.10") >> LINK_UP


def busy(*names: str) -> Playbook:
    """A connected worker that runs these tasks."""
    play = ready()
    for name in names or ("t",):
        play = play >> offer(name) >> granted(name)
        play = play >> staged(name, Stage.PREPARING, Stage.SCHEDULED, Stage.RUNNING)
    return play
