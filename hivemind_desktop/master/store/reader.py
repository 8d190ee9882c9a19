"""Questions to the database, each answered in a thread on a connection that cannot write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, select

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import ENDED, TaskState
from hivemind_desktop.master.model import Node, Task
from hivemind_desktop.master.store.opening import reading_engine
from hivemind_desktop.master.store.rows import node_from, task_from
from hivemind_desktop.master.store.schema import (
    attempts,
    invites,
    ledger,
    manifests,
    nodes,
    pool,
    refusals,
    tasks,
    tokens,
)

T = TypeVar("T")
THREADS = 3
_BATCH = 500


@dataclass(frozen=True, slots=True)
class PoolRow:
    pool_id: str
    name: str
    epoch: int


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    kind: str
    token_hash: bytes
    created_ms: int
    used_ms: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class InviteRow:
    token_hash: bytes
    expires_ms: int
    uses_left: int
    own: bool


@dataclass(frozen=True, slots=True)
class Everything:
    """What a master must know to go on after a start: all but the tasks that have ended."""

    nodes: tuple[Node, ...]
    tokens: tuple[TokenRow, ...]
    invites: tuple[InviteRow, ...]
    tasks: tuple[Task, ...]
    ended_dependencies: dict[str, TaskState]


class Reader:
    """Knows only what is committed: await the journal's `settled()` before asking about something just changed."""

    def __init__(self, path: Path) -> None:
        self._engine = reading_engine(path)
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        self._open: list[Connection] = []

    def close(self) -> None:
        self._threads.shutdown()
        for connection in self._open:
            connection.close()
        self._engine.dispose()

    async def task(self, task_id: str) -> Task | None:
        return await self._ask(lambda connection: _one_task(connection, tasks.c.task_id == task_id))

    async def task_of_key(self, sender: str, key: str) -> Task | None:
        return await self._ask(
            lambda connection: _one_task(connection, (tasks.c.sender == sender) & (tasks.c.key == key))
        )

    async def task_of_offer(self, offer_id: str) -> Task | None:
        of_offer = select(attempts.c.task_id).where(attempts.c.offer_id == offer_id)
        return await self._ask(lambda connection: _one_task(connection, tasks.c.task_id.in_(of_offer)))

    async def list_tasks(
        self, sender: str | None, states: Sequence[TaskState], before: str, limit: int
    ) -> list[Task]:
        """Newest first; `sender` None: of everybody; `before`: only older than that task."""
        query = select(tasks).order_by(tasks.c.task_id.desc()).limit(limit)
        if sender is not None:
            query = query.where(tasks.c.sender == sender)
        if states:
            query = query.where(tasks.c.state.in_([state.value for state in states]))
        if before:
            query = query.where(tasks.c.task_id < before)
        return await self._ask(lambda connection: _tasks(connection, query))

    async def manifest(self, key: AttemptKey) -> bytes | None:
        """The result of an attempt as a wire Manifest; (0, 0) is the package."""
        query = select(manifests.c.data).where(
            manifests.c.task_id == key.task_id, manifests.c.epoch == key.epoch, manifests.c.n == key.n
        )
        return await self._ask(lambda connection: connection.execute(query).scalar())

    async def pool(self) -> PoolRow | None:
        def ask(connection: Connection) -> PoolRow | None:
            row = connection.execute(select(pool)).mappings().first()
            return None if row is None else PoolRow(row["pool_id"], row["name"], row["epoch"])

        return await self._ask(ask)

    async def everything(self) -> Everything:
        return await self._ask(_everything)

    async def _ask(self, question: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    def _answer(self, question: Callable[[Connection], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._engine.connect()
            self._open.append(connection)
        try:
            return question(connection)
        finally:
            connection.rollback()


def _one_task(connection: Connection, condition: object) -> Task | None:
    found = _tasks(connection, select(tasks).where(condition))  # type: ignore[arg-type]
    return found[0] if found else None


def _tasks(connection: Connection, query: Select[tuple[object, ...]]) -> list[Task]:
    found = connection.execute(query).mappings().all()
    ids = [row["task_id"] for row in found]
    of_task: dict[str, list[RowMapping]] = {task_id: [] for task_id in ids}
    refused: dict[str, list[RowMapping]] = {task_id: [] for task_id in ids}
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        order = (attempts.c.epoch, attempts.c.n)
        for row in connection.execute(
            select(attempts).where(attempts.c.task_id.in_(some)).order_by(*order)
        ).mappings():
            of_task[row["task_id"]].append(row)
        for row in connection.execute(
            select(refusals).where(refusals.c.task_id.in_(some)).order_by(refusals.c.number)
        ).mappings():
            refused[row["task_id"]].append(row)
    return [task_from(row, of_task[row["task_id"]], refused[row["task_id"]]) for row in found]


def _everything(connection: Connection) -> Everything:
    earned: dict[str, int] = {}
    for node_id, reward in connection.execute(
        select(ledger.c.node_id, func.sum(ledger.c.reward)).group_by(ledger.c.node_id)
    ):
        earned[node_id] = reward
    all_nodes = tuple(node_from(row) for row in connection.execute(select(nodes)).mappings())
    for node in all_nodes:
        node.earned = earned.get(node.node_id, 0)
    waiting = _tasks(
        connection,
        select(tasks).where(tasks.c.state.not_in([state.value for state in ENDED])).order_by(tasks.c.task_id),
    )
    known = {task.task_id for task in waiting}
    wanted = sorted({one for task in waiting for one in task.spec.after} - known)
    ended: dict[str, TaskState] = {}
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        for task_id, state in connection.execute(
            select(tasks.c.task_id, tasks.c.state).where(tasks.c.task_id.in_(some))
        ):
            ended[task_id] = TaskState(state)
    return Everything(
        nodes=all_nodes,
        tokens=tuple(
            TokenRow(
                row["name"], row["kind"], row["token_hash"], row["created_ms"], row["used_ms"], row["revoked"]
            )
            for row in connection.execute(select(tokens)).mappings()
        ),
        invites=tuple(
            InviteRow(row["token_hash"], row["expires_ms"], row["uses_left"], row["own"])
            for row in connection.execute(select(invites)).mappings()
        ),
        tasks=tuple(waiting),
        ended_dependencies=ended,
    )
