"""What the worker tells about itself: facts of the node, and the attempts it holds by the newest snapshot."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Capacity, Reading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.snapshot import Phase, RunView, Snapshot


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Told at each registration; a change is told at the next one."""

    version: str
    features: tuple[str, ...]
    hostname: str
    installation_id: str
    capacity: Capacity
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """One attempt this worker holds, as the heartbeat names it. `progress` is 0..1."""

    attempt: AttemptKey
    stage: Stage = Stage.RECEIVED
    progress: float | None = None
    progress_text: str = ""
    frozen: bool = False

    @classmethod
    def of(cls, run: RunView) -> Holding:
        return cls(run.attempt, run.stage, run.progress, run.progress_text, run.frozen)


class Seen:
    """The newest snapshot, and the attempts granted since that no snapshot names yet. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._granted: set[AttemptKey] = set()

    def see(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._snapshot = snapshot
            self._granted.difference_update(run.attempt for run in snapshot.runs)
            self._granted.difference_update(result.attempt for result in snapshot.results)

    def granted(self, attempt: AttemptKey) -> None:
        """The master gave it: it is held from now on, before the state has said so."""
        with self._lock:
            self._granted.add(attempt)

    def ended(self, attempt: AttemptKey) -> None:
        """It is stale or in the outbox."""
        with self._lock:
            self._granted.discard(attempt)

    def holdings(self) -> tuple[Holding, ...]:
        with self._lock:
            runs = self._snapshot.runs if self._snapshot else ()
            return tuple(map(Holding.of, runs)) + tuple(map(Holding, sorted(self._granted)))

    @property
    def phase(self) -> str:
        with self._lock:
            return self._snapshot.phase if self._snapshot else Phase.CONNECTING

    @property
    def why(self) -> str:
        """The code of the why line."""
        with self._lock:
            return self._snapshot.why.code if self._snapshot else ""

    @property
    def allowed(self) -> Allowed:
        with self._lock:
            return self._snapshot.allowed if self._snapshot else Allowed()

    @property
    def reading(self) -> Reading | None:
        with self._lock:
            return self._snapshot.reading if self._snapshot else None
