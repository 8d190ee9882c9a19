"""The state of everything not ended, and the only place where it changes: each method is one step, told to the journal as one unit.

States move by the tables of contract/states.py alone. Nothing here waits, so on the event loop no step sees half of another.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reward import calculate_reward
from hivemind_desktop.contract.states import (
    ENDED,
    MAX_ATTEMPTS,
    PAID,
    AttemptState,
    Reason,
    Stage,
    TaskState,
    moved,
    task_state_of,
)
from hivemind_desktop.contract.task import NO_USAGE, NOTHING, Resources, Usage
from hivemind_desktop.master.clock import Clock
from hivemind_desktop.master.model import (
    WORKING,
    Attempt,
    AttemptEnded,
    DrainWished,
    Node,
    Offer,
    OfferMade,
    OfferTaken,
    PushStream,
    Refusal,
    Task,
)
from hivemind_desktop.master.placing import Queue, excluded_at, fits, refused_by_all
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal

MAX_REFUSALS = 1000
"""Kept of one task."""
_STAGES = list(Stage)
_STATE_AT = {
    Stage.RECEIVED: AttemptState.CLAIMED,
    Stage.PREPARING: AttemptState.CLAIMED,
    Stage.SCHEDULED: AttemptState.CLAIMED,
    Stage.RUNNING: AttemptState.RUNNING,
    Stage.COLLECTING: AttemptState.UPLOADING,
    Stage.CLEANING: AttemptState.UPLOADING,
}


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


class Board:
    def __init__(
        self, journal: Journal, clock: Clock, rules: Rules, new_id: Callable[[], str], epoch: int
    ) -> None:
        self.tasks: dict[str, Task] = {}
        """Those that have not ended."""
        self.nodes: dict[str, Node] = {}
        self.offers: dict[str, Offer] = {}
        self.queue = Queue()
        self.epoch = epoch
        self._journal = journal
        self._clock = clock
        self._rules = rules
        self._new_id = new_id
        self._dependents: dict[str, set[str]] = {}
        self._retries: list[float] = []

    # -------------------------------------------------------------- start

    def restore(self, nodes: Iterable[Node], tasks: Iterable[Task], ended: Mapping[str, TaskState]) -> None:
        """Take up what the store holds; every attempt gets a whole lease, since nobody renewed it while the master was away."""
        lease_until = self._clock.now() + self._rules.lease_s
        for node in nodes:
            self.nodes[node.node_id] = node
        waiting = list(tasks)
        for task in waiting:
            self.tasks[task.task_id] = task
            for attempt in task.attempts.values():
                if not attempt.dead:
                    attempt.lease_until = lease_until
                    self.nodes[attempt.node_id].attempts[attempt.key] = attempt
        for task in waiting:
            self._await_dependencies(task, ended)

    # -------------------------------------------------------------- tasks

    def submit(self, task: Task, package: bytes, ended: Mapping[str, TaskState]) -> None:
        """Take a task in; `ended` holds the states of those of its dependencies that have ended."""
        self.tasks[task.task_id] = task
        self._journal.task_added(task, package)
        self._await_dependencies(task, ended)

    def cancel(self, task: Task) -> None:
        """End a task at once; its attempts are dead, their nodes hear it."""
        if task.state in ENDED:
            return
        self._drop_attempts(task, "cancelled")
        self._end_task(task, TaskState.CANCELLED, Reason.CANCELLED)

    def fail(self, task: Task, reason: Reason) -> None:
        """End a task that can never be run; its attempts are dead."""
        if task.state not in ENDED:
            self._drop_attempts(task, "stale")
            self._end_task(task, TaskState.FAILED, reason)

    def _await_dependencies(self, task: Task, ended: Mapping[str, TaskState]) -> None:
        failed = False
        for dependency in task.spec.after:
            if dependency in self.tasks:
                task.waits_for.add(dependency)
                self._dependents.setdefault(dependency, set()).add(task.task_id)
            elif ended.get(dependency) is not TaskState.SUCCEEDED:
                failed = True
        if failed and task.state is TaskState.QUEUED:
            self._end_task(task, TaskState.FAILED, Reason.DEPENDENCY_FAILED)
        elif task.state is TaskState.QUEUED:
            self._make_ready(task)

    def _make_ready(self, task: Task) -> None:
        if not task.waits_for:
            self.queue.add(task)
            self._offer_task(task)

    def _end_task(self, task: Task, state: TaskState, reason: Reason) -> None:
        task.state = moved(task.state, state)
        task.reason = reason
        task.ended_ms = self._clock.wall_ms()
        self._journal.task_changed(task)
        self.queue.remove(task)
        self._withdraw(task)
        del self.tasks[task.task_id]
        task.touch()
        for dependency in task.waits_for:
            self._dependents[dependency].discard(task.task_id)
        for task_id in sorted(self._dependents.pop(task.task_id, ())):
            dependent = self.tasks.get(task_id)
            if dependent is None:
                continue
            dependent.waits_for.discard(task.task_id)
            if state is TaskState.SUCCEEDED:
                self._make_ready(dependent)
            else:
                self._end_task(dependent, TaskState.FAILED, Reason.DEPENDENCY_FAILED)

    def _drop_attempts(self, task: Task, why: str, *, but: Attempt | None = None) -> None:
        for attempt in task.attempts.values():
            if attempt is but or attempt.dead:
                continue
            attempt.reason = Reason.CANCELLED
            self._bury(attempt, AttemptState.CANCELLED)
            node = self.nodes[attempt.node_id]
            self._push(node, AttemptEnded(attempt.key, why), attempt.key.task_id, "cancel", why)

    # -------------------------------------------------------------- offers and claims

    def claim(self, offer: Offer, granted: Resources) -> Attempt:
        """Make the offer an attempt."""
        task, node = offer.task, self.nodes[offer.node_id]
        self._forget(offer)
        self.queue.remove(task)
        moved(AttemptState.OFFERED, AttemptState.CLAIMED)
        attempt = Attempt(
            key=offer.attempt,
            node_id=offer.node_id,
            offer_id=offer.offer_id,
            granted=granted,
            claimed_ms=self._clock.wall_ms(),
            lease_until=self._clock.now() + self._rules.lease_s,
        )
        task.attempts[attempt.key] = attempt
        node.attempts[attempt.key] = attempt
        self._journal.attempt_added(attempt)
        task.state = moved(task.state, TaskState.RUNNING)
        task.all_refused_at = None
        self._journal.task_changed(task)
        task.touch()
        return attempt

    def refuse(self, offer: Offer, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        self._forget(offer)
        self._refused(offer.task, self.nodes[offer.node_id], reason, fields, lasting)
        self._offer_task(offer.task)
        self.offer_node(self.nodes[offer.node_id])

    def offer_node(self, node: Node) -> None:
        """Fill the free slots of a node from the queue."""
        if node.available > 0 and len(self.queue):
            now = self._clock.now()
            for task in self.queue:
                if task.offer is None and fits(node, task, now, self._rules.offline_s):
                    self._offer(node, task, now)
                    if node.available <= 0:
                        return

    def _offer_task(self, task: Task) -> None:
        if task.offer is not None or task not in self.queue:
            return
        now = self._clock.now()
        free = [node for node in self.nodes.values() if fits(node, task, now, self._rules.offline_s)]
        if free:
            self._offer(min(free, key=lambda node: (-node.available, node.offered_at)), task, now)

    def _offer(self, node: Node, task: Task, now: float) -> None:
        newest = max((key.n for key in task.attempts if key.epoch == self.epoch), default=0)
        offer = Offer(
            offer_id=self._new_id(),
            task=task,
            node_id=node.node_id,
            attempt=AttemptKey(task.task_id, self.epoch, newest + 1),
            until=now + self._rules.offer_s,
        )
        task.offer = offer
        self.offers[offer.offer_id] = offer
        node.offers[offer.offer_id] = offer
        node.offered_at = now
        self._push(node, OfferMade(offer), task.task_id, "offer", offer.offer_id)

    def _withdraw(self, task: Task) -> None:
        offer = task.offer
        if offer is not None:
            self._forget(offer)
            node = self.nodes[offer.node_id]
            self._push(node, OfferTaken(offer.offer_id), task.task_id, "withdrawal", offer.offer_id)
            self.offer_node(node)

    def _forget(self, offer: Offer) -> None:
        offer.task.offer = None
        del self.offers[offer.offer_id]
        self.nodes[offer.node_id].offers.pop(offer.offer_id, None)

    def _refused(self, task: Task, node: Node, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        refusal = Refusal(
            node.node_id, reason, dict(fields), self._clock.wall_ms(), node.fingerprint if lasting else ""
        )
        # the same no again says nothing new, and a busy node may say it often
        known = any((one.node_id, one.reason) == (node.node_id, reason) for one in task.refusals)
        if (not known or (lasting and not excluded_at(node, task))) and len(task.refusals) < MAX_REFUSALS:
            task.refusals.append(refusal)
            self._journal.refusal_added(task, refusal)
        self._not_soon(task, node)
        task.touch()

    def _not_soon(self, task: Task, node: Node) -> None:
        due = self._clock.now() + self._rules.retry_s
        task.not_before[node.node_id] = due
        heapq.heappush(self._retries, due)

    # -------------------------------------------------------------- attempts

    def find(self, key: AttemptKey) -> Attempt | None:
        """An attempt of a task that has not ended."""
        task = self.tasks.get(key.task_id)
        return None if task is None else task.attempts.get(key)

    def report(self, attempt: Attempt, told: Told) -> float:
        """What a node says of an attempt that is not dead; the seconds of lease it has now, 0 when it may only deliver."""
        task = self.tasks[attempt.key.task_id]
        attempt.heard, attempt.lost = True, False
        stage = attempt.stage
        if told.stage is not None and (stage is None or _STAGES.index(told.stage) > _STAGES.index(stage)):
            stage = told.stage
        revived = attempt.state is AttemptState.EXPIRED and task.working is None
        if attempt.state in WORKING or revived:
            state = _STATE_AT[stage] if stage is not None else AttemptState.CLAIMED
            if revived:
                self.queue.remove(task)
                self._withdraw(task)
                attempt.reason, attempt.ended_ms = None, 0
                task.state = moved(task.state, TaskState.RUNNING)
                self._journal.task_changed(task)
            if stage is not attempt.stage or revived:
                attempt.state = moved(attempt.state, state)
                attempt.stage = stage
                if state is AttemptState.RUNNING and not attempt.started_ms:
                    attempt.started_ms = self._clock.wall_ms()
                self._journal.attempt_changed(attempt)
            attempt.lease_until = self._clock.now() + self._rules.lease_s
        changed = (attempt.stage, attempt.progress, attempt.progress_text, attempt.frozen) != (
            stage,
            told.progress,
            told.progress_text,
            told.frozen,
        )
        attempt.stage = stage
        attempt.progress, attempt.progress_text, attempt.frozen = (
            told.progress,
            told.progress_text,
            told.frozen,
        )
        if changed or revived:
            task.touch()
        return self._rules.lease_s if attempt.state in WORKING else 0.0

    def release(self, attempt: Attempt, ended: Ended) -> None:
        """The node gives the attempt back: the task is tried again, here or elsewhere."""
        self._fill(attempt, ended)
        self._bury(attempt, AttemptState.RELEASED)
        task, node = self.tasks[attempt.key.task_id], self.nodes[attempt.node_id]
        if ended.reason is Reason.CANNOT_RUN_HERE:
            self._refused(task, node, ended.message or ended.reason.value, ended.fields, lasting=True)
        else:
            self._not_soon(task, node)
        self._try_again(task, ended.reason)
        self.offer_node(node)

    def store(self, attempt: Attempt, ended: Ended, manifest: bytes) -> None:
        """The result is whole on disk: it is the task's, and paid; every other attempt is cancelled."""
        task, node = self.tasks[attempt.key.task_id], self.nodes[attempt.node_id]
        self._fill(attempt, ended)
        attempt.result_hash = ended.result_hash
        if ended.reason in PAID:
            usage = ended.usage
            attempt.reward = calculate_reward(
                usage.duration_s, usage.cpu_percent, usage.memory_percent, usage.gpu_percent
            )
            node.earned += attempt.reward
            self._journal.paid(attempt, task.sender, self._clock.wall_ms())
        self._journal.result_kept(attempt.key, manifest)
        self._bury(attempt, AttemptState.STORED)
        task.winner = attempt.key
        self._drop_attempts(task, "stale", but=attempt)
        self._end_task(task, task_state_of(ended.reason), ended.reason)
        self.offer_node(node)

    def _fill(self, attempt: Attempt, ended: Ended) -> None:
        attempt.reason = ended.reason
        attempt.exit_code = ended.exit_code
        attempt.message, attempt.fields = ended.message, dict(ended.fields)
        attempt.usage = ended.usage
        attempt.started_ms = ended.started_ms or attempt.started_ms
        attempt.image_digest = ended.image_digest
        if ended.granted is not None:
            attempt.granted = ended.granted

    def _bury(self, attempt: Attempt, state: AttemptState) -> None:
        attempt.state = moved(attempt.state, state)
        attempt.ended_ms = self._clock.wall_ms()
        attempt.frozen = False
        self.nodes[attempt.node_id].attempts.pop(attempt.key, None)
        self._journal.attempt_changed(attempt)

    def _expire(self, attempt: Attempt) -> None:
        attempt.state = moved(attempt.state, AttemptState.EXPIRED)
        attempt.reason = Reason.WORKER_LOST
        attempt.ended_ms = self._clock.wall_ms()
        self._journal.attempt_changed(attempt)
        self._try_again(self.tasks[attempt.key.task_id], Reason.WORKER_LOST)

    def _try_again(self, task: Task, reason: Reason) -> None:
        if task.working is None:
            if sum(attempt.counted for attempt in task.attempts.values()) >= MAX_ATTEMPTS:
                self._drop_attempts(task, "stale")
                self._end_task(task, TaskState.FAILED, reason)
                return
            task.state = moved(task.state, TaskState.QUEUED)
            self._journal.task_changed(task)
            self._make_ready(task)
        task.touch()

    # -------------------------------------------------------------- nodes

    def add_node(self, node: Node) -> None:
        self.nodes[node.node_id] = node
        self._journal.node_added(node)

    def heard(self, node: Node) -> None:
        """The node said something: it is there. Stored at most once a minute."""
        now = self._clock.now()
        was_away = now - node.seen_at > self._rules.offline_s
        node.seen_at, node.seen_ms = now, self._clock.wall_ms()
        if now - node.kept_at > 60 or not node.kept_at:
            node.kept_at = now
            self._journal.node_changed(node)
        if was_away:
            self.offer_node(node)

    def register(self, node: Node, named: Iterable[AttemptKey]) -> None:
        """A node begins a connection and says all it has: what it had before and does not name is lost."""
        here = set(named)
        for attempt in list(node.attempts.values()):
            if attempt.key in here:
                continue
            attempt.lost = True
            if attempt.heard:
                self._bury_lost(attempt)
        for task in self.queue:
            task.not_before.pop(node.node_id, None)
        node.kept_at = self._clock.now()
        self._journal.node_changed(node)
        self.offer_node(node)

    def _bury_lost(self, attempt: Attempt) -> None:
        attempt.reason = Reason.WORKER_LOST
        self._bury(attempt, AttemptState.RELEASED)
        self._try_again(self.tasks[attempt.key.task_id], Reason.WORKER_LOST)

    def open_stream(self, node: Node, free_slots: int) -> PushStream:
        """A Watch call began; an older one of the node ends."""
        self.close_stream(node, node.stream)
        node.stream = PushStream()
        node.free_slots = free_slots
        if node.draining:
            node.stream.queue.put_nowait(DrainWished(True))
        self.heard(node)
        self.offer_node(node)
        return node.stream

    def close_stream(self, node: Node, stream: PushStream | None) -> None:
        """A Watch call ended: its open offers go to others at once."""
        if stream is None or node.stream is not stream:
            return
        node.stream = None
        stream.queue.put_nowait(None)
        self._take_offers_back(node)

    def set_free_slots(self, node: Node, free_slots: int) -> None:
        grew = free_slots > node.free_slots
        node.free_slots = free_slots
        if grew:
            for task in self.queue:
                task.not_before.pop(node.node_id, None)
        self.offer_node(node)

    def change_node(self, node: Node) -> None:
        """The node's record was changed by an admin or by itself."""
        self._journal.node_changed(node)
        if node.blocked or node.draining or node.removed:
            self._take_offers_back(node)
        self.offer_node(node)

    def wish_drain(self, node: Node, drain: bool) -> None:
        node.draining = drain
        self._push(node, DrainWished(drain), "", "wish", "drain" if drain else "lifted")
        self.change_node(node)

    def remove_node(self, node: Node) -> None:
        """Its credential is gone and what it held is given back."""
        node.removed = True
        self._journal.node_changed(node)
        self.close_stream(node, node.stream)
        for attempt in list(node.attempts.values()):
            self._bury_lost(attempt)

    def _take_offers_back(self, node: Node) -> None:
        for offer in list(node.offers.values()):
            self._forget(offer)
            self._push(node, OfferTaken(offer.offer_id), offer.task.task_id, "withdrawal", offer.offer_id)
            self._offer_task(offer.task)

    def _push(
        self,
        node: Node,
        thing: OfferMade | OfferTaken | AttemptEnded | DrainWished,
        task_id: str,
        what: str,
        detail: str,
    ) -> None:
        if node.stream is not None:
            node.stream.queue.put_nowait(thing)
            self._journal.pushed(node.node_id, task_id, what, detail, self._clock.wall_ms())

    # -------------------------------------------------------------- time

    def tick(self) -> None:
        """What came due: offers, leases, second tries, tasks that nobody wants. Called a few times a second."""
        now = self._clock.now()
        for offer in [one for one in self.offers.values() if one.until <= now]:
            node = self.nodes[offer.node_id]
            self._forget(offer)
            self._push(node, OfferTaken(offer.offer_id), offer.task.task_id, "withdrawal", "expired")
            self._not_soon(offer.task, node)
            self._offer_task(offer.task)
        for node in self.nodes.values():
            for attempt in list(node.attempts.values()):
                if attempt.state in WORKING and attempt.lease_until <= now:
                    self._expire(attempt)
        due = False
        while self._retries and self._retries[0] <= now:
            heapq.heappop(self._retries)
            due = True
        if due:
            for node in self.nodes.values():
                self.offer_node(node)
        self._fail_unwanted(now)

    def _fail_unwanted(self, now: float) -> None:
        refused = [task for task in self.queue if task.refusals and task.offer is None]
        if not refused:
            return
        connected = [
            node
            for node in self.nodes.values()
            if node.stream is not None and not node.blocked and now - node.seen_at <= self._rules.offline_s
        ]
        for task in refused:
            if not refused_by_all(task, connected):
                task.all_refused_at = None
            elif task.all_refused_at is None:
                task.all_refused_at = now
            elif now - task.all_refused_at >= self._rules.refused_by_all_s:
                self._end_task(task, TaskState.FAILED, Reason.CANNOT_RUN_HERE)
