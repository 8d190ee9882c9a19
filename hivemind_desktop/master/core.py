"""What every service works with, and the questions that several of them ask."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.master.board import Board
from hivemind_desktop.master.callers import CALLER, Caller, CallerKind, Tokens
from hivemind_desktop.master.clock import Clock
from hivemind_desktop.master.files.blobs import BlobStore, Owner
from hivemind_desktop.master.files.logs import LogStore
from hivemind_desktop.master.fleet import Fleet
from hivemind_desktop.master.model import Attempt, Node, Task
from hivemind_desktop.master.refused import forbidden, invalid, not_found
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal
from hivemind_desktop.master.store.reader import PoolRow, Reader
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire.records import manifest_from_wire

P = ParamSpec("P")
T = TypeVar("T")
FILE_THREADS = 4


@dataclass(slots=True)
class Core:
    board: Board
    fleet: Fleet
    journal: Journal
    reader: Reader
    blobs: BlobStore
    logs: LogStore
    tokens: Tokens
    rules: Rules
    clock: Clock
    pool: PoolRow
    new_id: Callable[[], str]
    address: str = ""
    """HOST:PORT that links carry; known once the port is bound."""
    log_followers: dict[AttemptKey, set[asyncio.Event]] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files")
    )

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what blocks on the disk off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(
            self.threads, lambda: function(*args, **kwargs)
        )

    # -------------------------------------------------------------- who and what

    def node(self, told_id: str = "") -> Node:
        """The node that calls; `told_id` is what its message says and must agree when it says anything."""
        caller = CALLER.get()
        node = self.board.nodes.get(caller.name) if caller.kind is CallerKind.NODE else None
        if node is None or (told_id and told_id != node.node_id):
            raise forbidden("node.not_you", node=told_id[:64])
        return node

    async def task(self, task_id: str) -> Task:
        """A task that the caller may see, ended or not; one of somebody else looks as if there were none."""
        task = await self.any_task(task_id)
        if task is None or not CALLER.get().may_see(task.sender):
            raise not_found("task.unknown", task=task_id[:64])
        return task

    async def any_task(self, task_id: str) -> Task | None:
        """A task whosoever it is."""
        task = self.board.tasks.get(task_id)
        if task is None and 0 < len(task_id) <= 64:
            await self.journal.settled()
            task = self.board.tasks.get(task_id) or await self.reader.task(task_id)
        return task

    async def attempt(self, key: AttemptKey, node: Node) -> Attempt | None:
        """An attempt of this node, dead or not; None when the master knows none such."""
        attempt = self.board.find(key)
        if attempt is None:
            task = await self.any_task(key.task_id)
            attempt = None if task is None else task.attempts.get(key)
        if attempt is not None and attempt.node_id != node.node_id:
            raise forbidden("attempt.not_yours", attempt=str(key))
        return attempt

    # -------------------------------------------------------------- files

    async def manifest(self, key: AttemptKey) -> Manifest:
        """The stored result of an attempt, or with (0, 0) the package; empty when there is none."""
        data = await self.reader.manifest(key)
        return Manifest() if data is None else manifest_from_wire(pb.Manifest.FromString(data))

    async def package(self, task: Task) -> Manifest:
        """The task's own files, and the results of the tasks it came after below `inputs/<task>/`."""
        entries = list((await self.manifest(AttemptKey(task.task_id, 0, 0))).entries)
        for dependency in task.spec.after:
            before = await self.any_task(dependency)
            if before is None or before.winner is None:
                continue
            for entry in (await self.manifest(before.winner)).entries:
                entries.append(
                    FileEntry(
                        f"inputs/{dependency}/{entry.path}",
                        entry.size,
                        entry.sha256,
                        entry.executable,
                        entry.folder,
                    )
                )
        return Manifest(tuple(entries))

    async def check_sizes(self, manifest: Manifest) -> None:
        """A size is believed when the blob has it: people pay, read and make room by sizes. Raises CallRefused `manifest.entry`."""
        sizes = await self.in_thread(lambda: {one: self.blobs.size(one) for one in manifest.blobs()})
        for entry in manifest.entries:
            if not entry.folder and sizes[entry.sha256] != entry.size:
                raise invalid("manifest.entry", path=entry.sha256)

    def files_owner(self) -> Owner:
        """The caller as one who sends blobs."""
        caller: Caller = CALLER.get()
        folder = uuid.uuid5(uuid.NAMESPACE_OID, f"{caller.kind}:{caller.name}").hex
        return Owner(folder, sees_all=caller.kind is CallerKind.ADMIN)

    def log_grew(self, key: AttemptKey) -> None:
        for event in self.log_followers.get(key, ()):
            event.set()
