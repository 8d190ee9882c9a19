"""Which node is offered which task: the queue by priority and age, one open offer for each free slot, one offer at a time for each task."""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from hivemind_desktop.contract.states import AttemptState
from hivemind_desktop.master.model import WORKING, Node, Task


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
        """Over the tasks as they were when the loop began."""
        for _, task_id in list(self._orders):
            task = self._tasks.get(task_id)
            if task is not None:
                yield task

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
        and task.not_before.get(node.node_id, now) <= now
        and wanted_at(node, task)
        and not excluded_at(node, task)
        and not holds(node, task)
    )


def refused_by_all(task: Task, connected: list[Node]) -> bool:
    """Whether every connected node that the sender lets it go to has refused it, and there is one."""
    refused = {refusal.node_id for refusal in task.refusals}
    asked = [node for node in connected if wanted_at(node, task)]
    return bool(asked) and all(node.node_id in refused for node in asked)
