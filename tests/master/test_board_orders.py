"""Random orders of everything that can happen to a board: no forbidden move, and what must always hold holds after each step."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hivemind_desktop.contract.states import ENDED, TRIED_AGAIN, AttemptState, Reason, Stage, TaskState
from hivemind_desktop.contract.task import NO_RESOURCES, TaskSpec
from hivemind_desktop.master.board import Board
from hivemind_desktop.master.fleet import Fleet
from hivemind_desktop.master.model import WORKING, Attempt, Node, Task
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal
from hivemind_desktop.master.told import Ended, Told
from tests.master.harness import HandClock

STEPS = [
    "submit",
    "after",
    "cancel",
    "watch",
    "unwatch",
    "slots",
    "claim",
    "claim",
    "claim",
    "refuse",
    "refuse_lasting",
    "report",
    "report",
    "register",
    "result",
    "result",
    "give_back",
    "time",
    "long_time",
    "drain",
    "block",
    "remove",
]


class SilentJournal:
    """Keeps nothing but what was paid."""

    def __init__(self) -> None:
        self.payments: Counter[object] = Counter()

    def paid(self, attempt: Attempt, sender: str, at_ms: int) -> None:
        self.payments[attempt.key] += 1

    def __getattr__(self, name: str) -> object:
        assert hasattr(Journal, name), name
        return lambda *_, **__: None


class World:
    def __init__(self, journal: Journal | None = None) -> None:
        self.clock = HandClock()
        self.silent = SilentJournal()
        self.numbers = itertools.count(1)
        journal, rules = journal or cast("Journal", self.silent), Rules()
        self.board = Board(journal, self.clock, rules, lambda: f"{next(self.numbers):04}", 1)
        self.fleet = Fleet(self.board, journal, self.clock, rules)
        self.all: list[Task] = []
        for number in range(3):
            node = Node(f"node{number}", f"name{number}", "", 0, fingerprint="as it is")
            self.fleet.add_node(node)
            self.fleet.open_stream(node, 2)

    def step(self, what: str, pick: int) -> None:
        board = self.board
        nodes = list(board.nodes.values())
        node = nodes[pick % len(nodes)]
        offers, tasks = list(board.offers.values()), list(board.tasks.values())
        alive = [one for each in nodes for one in each.attempts.values()]
        match what:
            case "submit" | "after":
                after = (self.all[pick % len(self.all)].task_id,) if what == "after" and self.all else ()
                spec = TaskSpec(priority=pick % 3, after=after)
                name = f"T{next(self.numbers):04}"
                task = Task(name, "ann", name, spec, 0, 0)
                states = {one.task_id: one.state for one in self.all}
                self.all.append(task)
                board.submit(task, b"", states)
            case "cancel" if tasks:
                board.cancel(tasks[pick % len(tasks)])
            case "watch" if not node.removed:
                self.fleet.open_stream(node, pick % 4)
            case "unwatch":
                self.fleet.close_stream(node, node.stream)
            case "slots" if node.stream is not None:
                self.fleet.set_free_slots(node, pick % 4)
            case "claim" if offers:
                board.claim(offers[pick % len(offers)], NO_RESOURCES)
            case "refuse" | "refuse_lasting" if offers:
                board.refuse(offers[pick % len(offers)], "busy", {}, what == "refuse_lasting")
            case "report" if alive:
                stage = list(Stage)[pick % len(Stage)]
                board.report(alive[pick % len(alive)], Told(stage))
            case "register" if not node.removed:
                self.fleet.heard(node)
                self.fleet.register(node, [key for key in node.attempts if (key.n + pick) % 2])
            case "result" if alive:
                final = [one for one in Reason if one not in TRIED_AGAIN]
                board.store(alive[pick % len(alive)], Ended(final[pick % len(final)]), b"")
            case "give_back" if alive:
                again = sorted(TRIED_AGAIN)
                board.release(alive[pick % len(alive)], Ended(again[pick % len(again)]))
            case "time" | "long_time":
                self.clock.at += 10 if what == "time" else 200
                for each in nodes:
                    if not each.removed and each.stream is not None:
                        self.fleet.heard(each)
                board.tick()
            case "drain" if not node.removed:
                self.fleet.wish_drain(node, pick % 2 == 0)
            case "block" if not node.removed:
                node.blocked = pick % 3 == 0
                self.fleet.change_node(node)
            case "remove" if pick % 7 == 0 and not node.removed:
                self.fleet.remove_node(node)

    def check(self) -> None:
        board = self.board
        assert set(board.tasks) == {task.task_id for task in self.all if task.state not in ENDED}
        for task in self.all:
            working = [one for one in task.attempts.values() if one.state in WORKING]
            assert len(working) <= 1
            assert (task.state is TaskState.RUNNING) == bool(working)
            stored = [one.key for one in task.attempts.values() if one.state is AttemptState.STORED]
            assert stored == ([task.winner] if task.winner else [])
            if task.state in ENDED:
                assert all(one.dead for one in task.attempts.values())
                assert task.offer is None
                assert task not in board.placing.queue
            waiting = task.state is TaskState.QUEUED and not task.waits_for
            assert (task in board.placing.queue) == waiting
            for attempt in task.attempts.values():
                held = board.nodes[attempt.node_id].attempts.get(attempt.key)
                assert held is (None if attempt.dead else attempt)
        for offer in board.offers.values():
            assert offer.task.offer is offer
            assert offer.task in board.placing.queue
            assert offer.attempt not in offer.task.attempts
        for node in board.nodes.values():
            assert node.stream is not None or not node.offers
            assert set(node.offers) == {
                key for key, one in board.offers.items() if one.node_id == node.node_id
            }
        assert all(count == 1 for count in self.silent.payments.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1000)), max_size=60))
def test_any_order_keeps_the_board_whole(steps: list[tuple[str, int]]) -> None:
    world = World()
    for what, pick in steps:
        world.step(what, pick)
        world.check()


async def test_the_same_orders_reach_the_disk(tmp_path: Path) -> None:
    """A long fixed order with the real journal, then a restart: the board that comes back is the board that was."""
    from hivemind_desktop.master.store.opening import upgrade
    from hivemind_desktop.master.store.reader import Reader

    path = tmp_path / "master.sqlite"
    upgrade(path)
    journal = Journal(path)
    world = World(journal)
    for number in range(400):
        what = STEPS[(number * 7 + number // 11) % len(STEPS)]
        world.step("submit" if what == "remove" else what, number * 31)
    await journal.settled()
    reader = Reader(path)
    everything = await reader.everything()
    listed = {task.task_id: task for task in await reader.list_tasks(None, (), "", 1000)}
    await journal.close()
    reader.close()
    assert {task.task_id for task in everything.tasks} == set(world.board.tasks)
    for task in world.all:
        back = listed[task.task_id]
        assert (back.state, back.reason, back.winner) == (task.state, task.reason, task.winner)
        assert {key: (one.state, one.stage, one.reason) for key, one in back.attempts.items()} == {
            key: (one.state, one.stage, one.reason) for key, one in task.attempts.items()
        }
    assert len(world.all) > 50
    assert any(task.winner for task in world.all)
