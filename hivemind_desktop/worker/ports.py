"""What the agent and the rooms owe each other, as protocols, so that no adapter knows another one.

Every method of Link and Containers returns at once; what comes of it arrives as an event through the `post` they were given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import Manifest, Resources
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import Event, Moment
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import RunView, Snapshot

Post = Callable[[Event], None]
"""Hands an event to the agent; from any thread, never blocks."""

Clock = Callable[[], Moment]

LOG_NAME = "log.spool"
"""The spool (contract/spool.py) inside an attempt's outbox folder, from the start of the run on."""
FILES_NAME = "files"
"""The result's files inside an attempt's outbox folder, by their paths relative to /app/task."""


class Loop(Protocol):
    """A plain class that a LoopThread hosts; no Qt inside."""

    def run(self) -> None:
        """Work until `stop`; an exception that leaves it is a bug and is told as BugFound."""

    def stop(self) -> None:
        """From another thread: make `run` return soon. May be called before, during and after it."""


class Hosted(Protocol):
    """A loop in its thread."""

    def stop_and_wait(self, timeout_s: float) -> bool:
        """Ask the loop to stop and wait; False when it is still running."""


Spawn = Callable[[str, Loop], Hosted]
"""(role, loop) -> its running thread; the roles are heartbeat, dispatch, delivery, log-N, container-N, sampler, agent."""

Fetch = Callable[[AttemptKey, Manifest, Path, Callable[[], bool]], None]
"""(attempt, package, folder, is_stopped): write the package's files below the folder, each checked by size and hash, resuming.

Raises KnownError: `link.down` (temporary), `package.broken`, `disk.full`; returns early without error when is_stopped() is true.
"""


class Link(Protocol):
    def open(self) -> None: ...

    def close(self) -> None: ...

    def tell_free_slots(self, free: int) -> None: ...

    def claim(self, offer_id: str, granted: Resources) -> None: ...

    def refuse(self, offer_id: str, reason: str, fields: Mapping[str, str], lasting: bool) -> None: ...

    def give_back(self, finished: Finished) -> None:
        """Tell the master how an attempt ended that never began; told once."""

    def tell_stage(self, view: RunView) -> None: ...

    def deliver(self, attempt: AttemptKey) -> None: ...

    def log_grew(self, attempt: AttemptKey, length: int) -> None:
        """Called by the run itself, from its thread: the spool is `length` bytes now. Coalesce; never block."""

    def see(self, snapshot: Snapshot) -> None:
        """The newest snapshot: what the heartbeat and the report tell. Never blocks."""


class Containers(Protocol):
    def probe(self) -> None: ...

    def start(self, order: StartRun) -> None: ...

    def stop(self, attempt: AttemptKey, reason: Reason, grace_s: float) -> None: ...

    def freeze(self, attempt: AttemptKey) -> None: ...

    def thaw(self, attempt: AttemptKey) -> None: ...

    def set_cpus(self, attempt: AttemptKey, cpus: float) -> None: ...


class Outbox(Protocol):
    """Results not yet accepted by the master, on disk. Each method may be called from any thread and blocks on the disk."""

    def folder(self, attempt: AttemptKey) -> Path:
        """The attempt's folder, made when missing: the run writes LOG_NAME and FILES_NAME into it."""

    def put(self, finished: Finished) -> None:
        """Durable when it returns (files and row synced). Raises KnownError `disk.full`."""

    def get(self, attempt: AttemptKey) -> Finished | None: ...

    def remove(self, attempt: AttemptKey) -> None:
        """Row and folder; nothing happens when it is not there."""

    def pending(self) -> tuple[AttemptKey, ...]:
        """Put and not removed, oldest first."""
