"""The state of everything not ended, and the only place where it changes: each method is one step, told to the journal as one unit.

States move by the tables of contract/states.py alone. Nothing here waits, so on the event loop no step sees half of another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

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
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.master.clock import Clock
from hivemind_desktop.master.model import (
    WORKING,
    Attempt,
    AttemptEnded,
    Node,
    Offer,
    Task,
)
from hivemind_desktop.master.placing import Placing, refused_by_all
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal
from hivemind_desktop.master.told import Ended, Told, believable

log = logging.getLogger(__name__)

_STAGES = list(Stage)
_STATE_AT = {
    Stage.RECEIVED: AttemptState.CLAIMED,
    Stage.PREPARING: AttemptState.CLAIMED,
    Stage.SCHEDULED: AttemptState.CLAIMED,
    Stage.RUNNING: AttemptState.RUNNING,
    Stage.COLLECTING: AttemptState.UPLOADING,
    Stage.CLEANING: AttemptState.UPLOADING,
}


class Board:
    def __init__(
        self, journal: Journal, clock: Clock, rules: Rules, new_id: Callable[[], str], epoch: int
    ) -> None:
        self.tasks: dict[str, Task] = {}
        """Those that have not ended."""
        self.placing = Placing(journal, clock, rules, new_id, epoch)
        self.nodes = self.placing.nodes
        self.offers = self.placing.offers
        self.epoch = epoch
        self._journal = journal
        self._clock = clock
        self._rules = rules
        self._dependents: dict[str, set[str]] = {}

    # -------------------------------------------------------------- start

    def restore(self, nodes: Iterable[Node], tasks: Iterable[Task], ended: Mapping[str, TaskState]) -> None:
        """Take up what the store holds; every attempt gets a whole lease, since nobody renewed it while the master was away."""
        lease_until = self._clock.now() + self._rules.lease_s
        for node in nodes:
            self.nodes[node.node_id] = node
        waiting = list(tasks)
        for task in waiting:
            self.tasks[task.task_id] = task
            if task.refusals:
                self.placing.refused_tasks[task.task_id] = task
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
        log.info("task %s of %s: queued", task.task_id, task.sender)
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
            self.placing.queue.add(task)
            self.placing.offer_task(task)

    def _end_task(self, task: Task, state: TaskState, reason: Reason) -> None:
        task.state = moved(task.state, state)
        task.reason = reason
        task.ended_ms = self._clock.wall_ms()
        self._journal.task_changed(task)
        log.info("task %s: %s (%s)", task.task_id, state, reason)
        self.placing.queue.remove(task)
        self.placing.withdraw(task)
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
            self.placing.push(node, AttemptEnded(attempt.key, why), attempt.key.task_id, "cancel", why)

    # -------------------------------------------------------------- offers and claims

    def claim(self, offer: Offer, granted: Resources) -> Attempt:
        """Make the offer an attempt."""
        task, node = offer.task, self.nodes[offer.node_id]
        self.placing.forget(offer)
        self.placing.queue.remove(task)
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
        log.info("attempt %s: claimed by %s", attempt.key, node.node_id)
        task.state = moved(task.state, TaskState.RUNNING)
        task.all_refused_at = None
        self._journal.task_changed(task)
        task.touch()
        return attempt

    def refuse(self, offer: Offer, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        self.placing.forget(offer)
        self.placing.refused(offer.task, self.nodes[offer.node_id], reason, fields, lasting)
        self.placing.offer_task(offer.task)
        self.placing.offer_node(self.nodes[offer.node_id])

    # -------------------------------------------------------------- attempts

    def find(self, key: AttemptKey) -> Attempt | None:
        """An attempt of a task that has not ended."""
        task = self.tasks.get(key.task_id)
        return None if task is None else task.attempts.get(key)

    def report(self, attempt: Attempt, told: Told) -> float:
        """What a node says of an attempt that is not dead; the seconds of lease it has now, 0 when it may only deliver."""
        task = self.tasks[attempt.key.task_id]
        attempt.heard, attempt.lost = True, False
        before = (attempt.stage, attempt.progress, attempt.progress_text, attempt.frozen)
        stage = attempt.stage
        if told.stage is not None and (stage is None or _STAGES.index(told.stage) > _STAGES.index(stage)):
            stage = told.stage
        revived = attempt.state is AttemptState.EXPIRED and task.working is None
        if attempt.state in WORKING or revived:
            state = _STATE_AT[stage] if stage is not None else AttemptState.CLAIMED
            if revived:
                self.placing.queue.remove(task)
                self.placing.withdraw(task)
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
        attempt.stage, attempt.progress = stage, told.progress
        attempt.progress_text, attempt.frozen = told.progress_text, told.frozen
        if revived or before != (stage, told.progress, told.progress_text, told.frozen):
            task.touch()
        return self._rules.lease_s if attempt.state in WORKING else 0.0

    def release(self, attempt: Attempt, ended: Ended) -> None:
        """The node gives the attempt back: the task is tried again, here or elsewhere."""
        ended = believable(ended, attempt, self._clock.wall_ms())
        self._fill(attempt, ended)
        self._bury(attempt, AttemptState.RELEASED)
        task, node = self.tasks[attempt.key.task_id], self.nodes[attempt.node_id]
        if ended.reason is Reason.CANNOT_RUN_HERE:
            self.placing.refused(task, node, ended.message or ended.reason.value, ended.fields, lasting=True)
        else:
            self.placing.not_soon(task, node)
        self._try_again(task, ended.reason)
        self.placing.offer_node(node)

    def store(self, attempt: Attempt, ended: Ended, manifest: bytes) -> None:
        """The result is whole on disk: it is the task's, and paid; every other attempt is cancelled."""
        task, node = self.tasks[attempt.key.task_id], self.nodes[attempt.node_id]
        ended = believable(ended, attempt, self._clock.wall_ms())
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
        self._bury(attempt, AttemptState.STORED, ended.ended_ms)
        task.winner = attempt.key
        self._drop_attempts(task, "stale", but=attempt)
        self._end_task(task, task_state_of(ended.reason), ended.reason)
        self.placing.offer_node(node)

    def _fill(self, attempt: Attempt, ended: Ended) -> None:
        attempt.reason = ended.reason
        attempt.exit_code = ended.exit_code
        attempt.message, attempt.fields = ended.message, dict(ended.fields)
        attempt.usage = ended.usage
        attempt.started_ms = ended.started_ms or attempt.started_ms
        attempt.image_digest = ended.image_digest
        if ended.granted is not None:
            attempt.granted = ended.granted

    def _bury(self, attempt: Attempt, state: AttemptState, ended_ms: int = 0) -> None:
        """`ended_ms`: when its node says the run ended, 0: now."""
        attempt.state = moved(attempt.state, state)
        attempt.ended_ms = ended_ms or self._clock.wall_ms()
        attempt.frozen = False
        log.info("attempt %s: %s (%s)", attempt.key, state, attempt.reason)
        self.nodes[attempt.node_id].attempts.pop(attempt.key, None)
        self._journal.attempt_changed(attempt)

    def _expire(self, attempt: Attempt) -> None:
        attempt.state = moved(attempt.state, AttemptState.EXPIRED)
        attempt.reason = Reason.WORKER_LOST
        attempt.ended_ms = self._clock.wall_ms()
        log.info("attempt %s: its lease ran out", attempt.key)
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

    def lose(self, attempt: Attempt) -> None:
        """The node has it no more: given back, whatever its lease."""
        attempt.reason = Reason.WORKER_LOST
        self._bury(attempt, AttemptState.RELEASED)
        self._try_again(self.tasks[attempt.key.task_id], Reason.WORKER_LOST)

    # -------------------------------------------------------------- time

    def tick(self) -> None:
        """What came due: offers, leases, second tries, tasks that nobody wants. Called a few times a second."""
        now = self._clock.now()
        self.placing.expire_offers(now)
        for node in self.nodes.values():
            for attempt in list(node.attempts.values()):
                if attempt.state in WORKING and attempt.lease_until <= now:
                    self._expire(attempt)
        self.placing.retry(now)
        self._fail_unwanted(now)

    def _fail_unwanted(self, now: float) -> None:
        waiting = self.placing.refused_tasks
        for task_id in [one for one in waiting if one not in self.tasks]:
            del waiting[task_id]
        refused = [task for task in waiting.values() if task in self.placing.queue and task.offer is None]
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
