"""What the master holds in memory: tasks that have not ended, their attempts, nodes, offers. Only `board.py` changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import DEAD, NOT_COUNTED, AttemptState, Reason, Stage, TaskState
from hivemind_desktop.contract.task import NO_RESOURCES, NOTHING, Resources, TaskSpec, Usage

WORKING = frozenset({AttemptState.CLAIMED, AttemptState.RUNNING, AttemptState.UPLOADING})
"""An attempt that holds its task: its lease is renewed, nobody else is offered the task."""


@dataclass(slots=True, eq=False)
class Attempt:
    """`*_ms` are Unix milliseconds, 0 = not yet. `lease_until` is of the clock that counts sleep and lives in memory only."""

    key: AttemptKey
    node_id: str
    offer_id: str
    state: AttemptState = AttemptState.CLAIMED
    stage: Stage | None = None
    reason: Reason | None = None
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    usage: Usage | None = None
    reward: int = 0
    granted: Resources = NO_RESOURCES
    image_digest: str = ""
    claimed_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    result_hash: bytes = b""
    progress: float | None = None
    progress_text: str = ""
    frozen: bool = False
    lease_until: float = 0.0
    heard: bool = False
    """The node has named it since the claim."""
    lost: bool = False
    """The node came back without it."""

    @property
    def dead(self) -> bool:
        return self.state in DEAD

    @property
    def counted(self) -> bool:
        """One of the tries that MAX_ATTEMPTS limits."""
        if self.state is AttemptState.EXPIRED:
            return True
        return self.state is AttemptState.RELEASED and self.reason not in NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Refusal:
    """`fingerprint` of the node when it refused for good, empty when it may be asked again."""

    node_id: str
    reason: str
    fields: Mapping[str, str]
    at_ms: int
    fingerprint: str = ""


@dataclass(slots=True, eq=False)
class Task:
    """`spec` is without the package's entries; those lie in the store."""

    task_id: str
    sender: str
    key: str
    spec: TaskSpec
    package_bytes: int
    submitted_ms: int
    state: TaskState = TaskState.QUEUED
    reason: Reason | None = None
    ended_ms: int = 0
    winner: AttemptKey | None = None
    attempts: dict[AttemptKey, Attempt] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    waits_for: set[str] = field(default_factory=set)
    offer: Offer | None = None
    all_refused_at: float | None = None
    watchers: set[asyncio.Event] = field(default_factory=set)

    @property
    def order(self) -> tuple[int, str]:
        """Sorts by priority, then age (a ULID grows with time)."""
        return (-self.spec.priority, self.task_id)

    @property
    def working(self) -> Attempt | None:
        """The attempt that holds the task."""
        return next((one for one in reversed(self.attempts.values()) if one.state in WORKING), None)

    @property
    def shown(self) -> Attempt | None:
        """The attempt people ask about: the winner, else the newest."""
        if self.winner is not None:
            return self.attempts[self.winner]
        return next(reversed(self.attempts.values()), None)

    def touch(self) -> None:
        """Wake everybody who watches this task."""
        for event in self.watchers:
            event.set()


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: str
    task: Task
    node_id: str
    attempt: AttemptKey
    until: float


# ------------------------------------------------------------------ what goes to a node on its stream


@dataclass(frozen=True, slots=True)
class OfferMade:
    offer: Offer


@dataclass(frozen=True, slots=True)
class OfferTaken:
    offer_id: str


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """`reason`: cancelled | stale."""

    attempt: AttemptKey
    reason: str


@dataclass(frozen=True, slots=True)
class DrainWished:
    drain: bool


PushedThing = OfferMade | OfferTaken | AttemptEnded | DrainWished


@dataclass(slots=True, eq=False)
class PushStream:
    """One open Watch call; None in the queue ends it."""

    queue: asyncio.Queue[PushedThing | None] = field(default_factory=asyncio.Queue)


@dataclass(slots=True, eq=False)
class Node:
    """`capacity` is the wire message as told, kept as bytes: only its few numbers below matter to the master."""

    node_id: str
    name: str
    installation_id: str
    joined_ms: int
    hostname: str = ""
    own: bool = False
    invite: bytes = b""
    token_hash: bytes = b""
    blocked: bool = False
    draining: bool = False
    removed: bool = False
    labels: frozenset[str] = frozenset()
    told_labels: frozenset[str] = frozenset()
    features: tuple[str, ...] = ()
    version: str = ""
    capacity: bytes = b""
    slots: int = 0
    fingerprint: str = ""
    seen_ms: int = 0
    trust: str = "new"
    earned: int = 0
    seen_at: float = 0.0
    kept_at: float = 0.0
    """Clock time at which `seen_ms` was last stored."""
    phase: str = ""
    why: str = ""
    reading: Reading | None = None
    stream: PushStream | None = None
    free_slots: int = 0
    offers: dict[str, Offer] = field(default_factory=dict)
    attempts: dict[AttemptKey, Attempt] = field(default_factory=dict)
    """Not dead ones."""
    offered_at: float = 0.0
    not_before: dict[str, float] = field(default_factory=dict)
    """Task -> clock time before which this node is not offered it again."""

    @property
    def available(self) -> int:
        """Slots that may be offered now: what the node told, less open offers, and never more than it has besides its claims.

        The second bound covers the moment between a claim and the node's word about it.
        """
        if self.stream is None or self.blocked or self.draining or self.removed:
            return 0
        free = self.free_slots
        if self.slots:
            busy = sum(
                1
                for one in self.attempts.values()
                if one.state in (AttemptState.CLAIMED, AttemptState.RUNNING)
            )
            free = min(free, self.slots - busy)
        return free - len(self.offers)
