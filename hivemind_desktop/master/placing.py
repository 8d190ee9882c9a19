"""Which node is offered which task: the queue by priority and age, one open offer for each free slot, one offer at a time for each task."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable, Iterator, Mapping

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import AttemptState
from hivemind_desktop.master.clock import Clock
from hivemind_desktop.master.model import (
    WORKING,
    Node,
    Offer,
    OfferMade,
    OfferTaken,
    PushedThing,
    Refusal,
    Task,
)
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal

MAX_REFUSALS = 1000
"""Kept of one task."""


class Queue:
    """Tasks that wait for a node, best first."""

    def __init__(self) -> None:
        self._orders: list[tuple[int, str]] = []
        self._tasks: dict[str, Task] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, task: Task) -> bool:
        return task.task_id in self._tasks

    def __iter__(self) -> Iterator[Task]:
        """Best first; nothing may be added or removed meanwhile."""
        for _, task_id in self._orders:
            yield self._tasks[task_id]

    def add(self, task: Task) -> None:
        if task.task_id not in self._tasks:
            self._tasks[task.task_id] = task
            bisect.insort(self._orders, task.order)

    def remove(self, task: Task) -> None:
        if self._tasks.pop(task.task_id, None) is not None:
            del self._orders[bisect.bisect_left(self._orders, task.order)]


def holds(node: Node, task: Task) -> bool:
    """Whether the node may still have an attempt of the task: such a node is never offered it again."""
    return any(
        one.node_id == node.node_id
        and (one.state in WORKING or (one.state is AttemptState.EXPIRED and not one.lost))
        for one in task.attempts.values()
    )


def wanted_at(node: Node, task: Task) -> bool:
    """Whether the sender lets the task go there at all."""
    spec = task.spec
    if spec.node and spec.node not in (node.node_id, node.name):
        return False
    return not spec.require or node.labels.union(node.told_labels).issuperset(spec.require)


def excluded_at(node: Node, task: Task) -> bool:
    """Whether the node refused it for good and is still what it was then."""
    return any(
        refusal.node_id == node.node_id and refusal.fingerprint and refusal.fingerprint == node.fingerprint
        for refusal in task.refusals
    )


def fits(node: Node, task: Task, now: float, offline_s: float) -> bool:
    """Whether the task may be offered to the node now."""
    return (
        node.available > 0
        and now - node.seen_at <= offline_s
        and node.not_before.get(task.task_id, now) <= now
        and wanted_at(node, task)
        and not excluded_at(node, task)
        and not holds(node, task)
    )


def refused_by_all(task: Task, connected: list[Node]) -> bool:
    """Whether every connected node that the sender lets it go to has refused it, and there is one."""
    refused = {refusal.node_id for refusal in task.refusals}
    asked = [node for node in connected if wanted_at(node, task)]
    return bool(asked) and all(node.node_id in refused for node in asked)


class Placing:
    """Nodes, the queue and the open offers."""

    def __init__(
        self, journal: Journal, clock: Clock, rules: Rules, new_id: Callable[[], str], epoch: int
    ) -> None:
        self.nodes: dict[str, Node] = {}
        self.offers: dict[str, Offer] = {}
        self.queue = Queue()
        self.refused_tasks: dict[str, Task] = {}
        """Waiting tasks that some node has refused."""
        self._epoch = epoch
        self._journal = journal
        self._clock = clock
        self._rules = rules
        self._new_id = new_id
        self._retries: list[float] = []

    def offer_node(self, node: Node) -> None:
        """Fill the free slots of a node from the queue."""
        if node.available > 0 and len(self.queue):
            now = self._clock.now()
            for task in self.queue:
                if task.offer is None and fits(node, task, now, self._rules.offline_s):
                    self._offer(node, task, now)
                    if node.available <= 0:
                        return

    def offer_task(self, task: Task) -> None:
        if task.offer is not None or task not in self.queue:
            return
        now = self._clock.now()
        free = [node for node in self.nodes.values() if fits(node, task, now, self._rules.offline_s)]
        if free:
            self._offer(min(free, key=lambda node: (-node.available, node.offered_at)), task, now)

    def _offer(self, node: Node, task: Task, now: float) -> None:
        newest = max((key.n for key in task.attempts if key.epoch == self._epoch), default=0)
        offer = Offer(
            offer_id=self._new_id(),
            task=task,
            node_id=node.node_id,
            attempt=AttemptKey(task.task_id, self._epoch, newest + 1),
            until=now + self._rules.offer_s,
        )
        task.offer = offer
        self.offers[offer.offer_id] = offer
        node.offers[offer.offer_id] = offer
        node.offered_at = now
        self.push(node, OfferMade(offer), task.task_id, "offer", offer.offer_id)

    def withdraw(self, task: Task) -> None:
        offer = task.offer
        if offer is not None:
            self.forget(offer)
            node = self.nodes[offer.node_id]
            self.push(node, OfferTaken(offer.offer_id), task.task_id, "withdrawal", offer.offer_id)
            self.offer_node(node)

    def forget(self, offer: Offer) -> None:
        offer.task.offer = None
        del self.offers[offer.offer_id]
        self.nodes[offer.node_id].offers.pop(offer.offer_id, None)

    def refused(self, task: Task, node: Node, reason: str, fields: Mapping[str, str], lasting: bool) -> None:
        refusal = Refusal(
            node.node_id, reason, dict(fields), self._clock.wall_ms(), node.fingerprint if lasting else ""
        )
        # the same no again says nothing new, and a busy node may say it often
        known = any((one.node_id, one.reason) == (node.node_id, reason) for one in task.refusals)
        if (not known or (lasting and not excluded_at(node, task))) and len(task.refusals) < MAX_REFUSALS:
            task.refusals.append(refusal)
            self._journal.refusal_added(task, refusal)
        self.refused_tasks[task.task_id] = task
        self.not_soon(task, node)
        task.touch()

    def not_soon(self, task: Task, node: Node) -> None:
        due = self._clock.now() + self._rules.retry_s
        node.not_before[task.task_id] = due
        heapq.heappush(self._retries, due)

    def take_back(self, node: Node) -> None:
        """The open offers of a node go to others."""
        for offer in list(node.offers.values()):
            self.forget(offer)
            self.push(node, OfferTaken(offer.offer_id), offer.task.task_id, "withdrawal", offer.offer_id)
            self.offer_task(offer.task)

    def push(
        self,
        node: Node,
        thing: PushedThing,
        task_id: str,
        what: str,
        detail: str,
    ) -> None:
        if node.stream is not None:
            node.stream.queue.put_nowait(thing)
            self._journal.pushed(node.node_id, task_id, what, detail, self._clock.wall_ms())

    def expire_offers(self, now: float) -> None:
        """Offers that nobody answered in time go to others."""
        for offer in [one for one in self.offers.values() if one.until <= now]:
            node = self.nodes[offer.node_id]
            self.forget(offer)
            self.push(node, OfferTaken(offer.offer_id), offer.task.task_id, "withdrawal", "expired")
            self.not_soon(offer.task, node)
            self.offer_task(offer.task)

    def retry(self, now: float) -> None:
        """Offer again what some node may be asked again about now."""
        due = False
        while self._retries and self._retries[0] <= now:
            heapq.heappop(self._retries)
            due = True
        if due:
            for node in self.nodes.values():
                node.not_before = {task_id: at for task_id, at in node.not_before.items() if at > now}
                self.offer_node(node)
