"""What changed, told once: puts the changes of one turn of the event loop into one unit and says when they are on disk.

Every answer that says something was kept awaits `settled()` first; units are committed in order, so it covers all that came before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.master.model import Attempt, Node, Refusal, Task
from hivemind_desktop.master.store import rows, schema
from hivemind_desktop.master.store.writer import Statement, Writer

_TASK_CHANGED = update(schema.tasks).where(schema.tasks.c.task_id == bindparam("of_task"))
_ATTEMPT_CHANGED = update(schema.attempts).where(
    schema.attempts.c.task_id == bindparam("of_task"),
    schema.attempts.c.epoch == bindparam("of_epoch"),
    schema.attempts.c.n == bindparam("of_n"),
)
_NODE_CHANGED = update(schema.nodes).where(schema.nodes.c.node_id == bindparam("of_node"))
_INVITE_USED = (
    update(schema.invites)
    .where(schema.invites.c.token_hash == bindparam("of_token"))
    .values(uses_left=schema.invites.c.uses_left - 1)
)
_TOKEN_GONE = delete(schema.tokens).where(schema.tokens.c.name == bindparam("of_name"))
_TOKEN_CHANGED = update(schema.tokens).where(schema.tokens.c.name == bindparam("of_name"))


log = logging.getLogger(__name__)


class StoreFailed(Exception):
    """The disk did not take a change: memory and disk differ from here on, the master must end."""


class Journal:
    """Belongs to one event loop; every method is called on it and none blocks."""

    def __init__(self, path: Path, on_failed: Callable[[], None] = lambda: None) -> None:
        """`on_failed` is called on the loop when a commit failed; every `settled()` raises StoreFailed from then on."""
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(path, self._committed_there, self._failed_there)
        self._unit: list[Statement] = []
        self._put = 0
        self._done = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._failure: BaseException | None = None
        self._on_failed = on_failed
        self._writer.start()

    # -------------------------------------------------------------- changes

    def task_added(self, task: Task, package: bytes) -> None:
        self._add(insert(schema.tasks), rows.task_row(task))
        self._add(insert(schema.manifests), {"task_id": task.task_id, "epoch": 0, "n": 0, "data": package})

    def task_changed(self, task: Task) -> None:
        self._add(_TASK_CHANGED, {"of_task": task.task_id, **rows.task_changes(task)})

    def attempt_added(self, attempt: Attempt) -> None:
        self._add(insert(schema.attempts), rows.attempt_row(attempt))

    def attempt_changed(self, attempt: Attempt) -> None:
        key = attempt.key
        where = {"of_task": key.task_id, "of_epoch": key.epoch, "of_n": key.n}
        self._add(_ATTEMPT_CHANGED, {**where, **rows.attempt_changes(attempt)})

    def refusal_added(self, task: Task, refusal: Refusal) -> None:
        self._add(insert(schema.refusals), rows.refusal_row(task.task_id, refusal))

    def result_kept(self, key: AttemptKey, manifest: bytes) -> None:
        self._add(
            insert(schema.manifests),
            {"task_id": key.task_id, "epoch": key.epoch, "n": key.n, "data": manifest},
        )

    def paid(self, attempt: Attempt, sender: str, at_ms: int) -> None:
        key = attempt.key
        values = {"task_id": key.task_id, "epoch": key.epoch, "n": key.n, "node_id": attempt.node_id}
        self._add(
            insert(schema.ledger), {**values, "sender": sender, "reward": attempt.reward, "at_ms": at_ms}
        )

    def pushed(self, node_id: str, task_id: str, what: str, detail: str, at_ms: int) -> None:
        values = {"node_id": node_id, "task_id": task_id, "what": what, "detail": detail, "at_ms": at_ms}
        self._add(insert(schema.events), values)

    def node_added(self, node: Node) -> None:
        self._add(insert(schema.nodes), rows.node_row(node))

    def node_changed(self, node: Node) -> None:
        self._add(_NODE_CHANGED, {"of_node": node.node_id, **rows.node_row(node)})

    def invite_added(self, token_hash: bytes, created_ms: int, expires_ms: int, uses: int, own: bool) -> None:
        values = {"token_hash": token_hash, "created_ms": created_ms, "expires_ms": expires_ms}
        self._add(insert(schema.invites), {**values, "uses_left": uses, "own": own})

    def invite_used(self, token_hash: bytes) -> None:
        self._add(_INVITE_USED, {"of_token": token_hash})

    def token_set(self, name: str, kind: str, token_hash: bytes, created_ms: int) -> None:
        """A new token under `name`; an older one ends."""
        self._add(_TOKEN_GONE, {"of_name": name})
        values = {"name": name, "kind": kind, "token_hash": token_hash, "created_ms": created_ms}
        self._add(insert(schema.tokens), {**values, "used_ms": 0, "revoked": False})

    def token_changed(self, name: str, used_ms: int, revoked: bool) -> None:
        self._add(_TOKEN_CHANGED, {"of_name": name, "used_ms": used_ms, "revoked": revoked})

    # -------------------------------------------------------------- durability

    async def settled(self) -> None:
        """Return when everything told so far is on disk. Raises StoreFailed."""
        self._close_unit()
        if self._failure is not None:
            raise StoreFailed from self._failure
        if self._done >= self._put:
            return
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append((self._put, future))
        await future

    async def close(self) -> None:
        """Write what waits, end the thread."""
        self._close_unit()
        await asyncio.to_thread(self._writer.close)

    def _add(self, statement: Any, values: dict[str, Any]) -> None:
        if not self._unit:
            self._loop.call_soon(self._close_unit)
        self._unit.append((statement, values))

    def _close_unit(self) -> None:
        if self._unit:
            self._put += 1
            self._writer.put(self._put, self._unit)
            self._unit = []

    def _committed_there(self, number: int) -> None:
        self._loop.call_soon_threadsafe(self._committed, number)

    def _failed_there(self, error: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._failed, error)

    def _committed(self, number: int) -> None:
        self._done = number
        while self._waiting and self._waiting[0][0] <= number:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    def _failed(self, error: BaseException) -> None:
        self._failure = error
        log.error("the store takes no more changes", exc_info=error)
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                failed = StoreFailed()
                failed.__cause__ = error
                future.set_exception(failed)
        self._on_failed()
