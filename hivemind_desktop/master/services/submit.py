"""SubmitService: what senders and admins do with tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from weakref import WeakValueDictionary

import grpc

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.states import ENDED, TaskState
from hivemind_desktop.contract.task import NO_FILES, TaskSpec
from hivemind_desktop.contract.wishes import check_spec
from hivemind_desktop.master.callers import ADMIN_NAME, CALLER, CallerKind
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.files.blobs import DiskFull
from hivemind_desktop.master.model import Attempt, Task
from hivemind_desktop.master.refused import CallRefused, exhausted, invalid, not_found, precondition
from hivemind_desktop.master.services.infos import full_task_info, log_lengths, task_info
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.records import attempt_to_wire, manifest_to_wire, spec_from_wire

MAX_LISTED = 1000
MAX_KEY = 64


class SubmitService(rpc.SubmitServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core
        self._submitting: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    # -------------------------------------------------------------- in

    async def SubmitTask(self, request: pb.SubmitRequest, context: object) -> pb.SubmitResponse:
        caller = CALLER.get()
        sender = ADMIN_NAME if caller.kind is CallerKind.ADMIN else caller.name
        if not 0 < len(request.key) <= MAX_KEY:
            raise invalid("submit.no_key", limit=MAX_KEY)
        # thousands of names take a while
        spec = await self._core.in_thread(_checked, request.spec)
        self._token_used(caller.name)
        lock = self._submitting.setdefault((sender, request.key), asyncio.Lock())
        async with lock:
            return await self._submit(sender, request.key, spec)

    def _token_used(self, name: str) -> None:
        """Remember when a sender's token was last used, to the minute."""
        core = self._core
        token, now = core.tokens.senders.get(name), core.clock.wall_ms()
        if token is not None and now - token.used_ms > 60_000:
            token.used_ms = now
            core.journal.token_changed(name, now, token.revoked)

    async def _submit(self, sender: str, key: str, spec: TaskSpec) -> pb.SubmitResponse:
        core = self._core
        await core.journal.settled()
        known = await core.reader.task_of_key(sender, key)
        if known is not None:
            return pb.SubmitResponse(state="accepted", task_id=known.task_id)
        if len(core.board.tasks) >= core.rules.max_queued:
            raise exhausted("submit.too_many", limit=core.rules.max_queued)
        try:
            await core.in_thread(core.blobs.check_room)
        except DiskFull:
            raise exhausted("master.disk_full") from None
        missing = await core.in_thread(core.blobs.missing, list(spec.package.blobs()), core.files_owner())
        if missing:
            room = core.rules.max_message_bytes // 2 // 40
            return pb.SubmitResponse(
                state="incomplete", missing=[bytes.fromhex(one) for one in missing[:room]]
            )
        await core.check_sizes(spec.package)
        await core.in_thread(core.blobs.settle)
        dependencies: dict[str, TaskState] = {}
        for dependency in spec.after:
            before = await core.any_task(dependency)
            if before is None or not CALLER.get().may_see(before.sender):
                raise not_found("submit.unknown_dependency", task=dependency)
            if any(entry.path.startswith(f"inputs/{dependency}/") for entry in spec.package.entries):
                raise invalid("submit.inputs_taken", task=dependency)
            dependencies[dependency] = before.state
        task = Task(
            task_id=core.new_id(),
            sender=sender,
            key=key,
            spec=replace(spec, package=NO_FILES),
            package_bytes=spec.package.size,
            submitted_ms=core.clock.wall_ms(),
        )
        core.board.submit(task, manifest_to_wire(spec.package).SerializeToString(), dependencies)
        await core.journal.settled()
        return pb.SubmitResponse(state="accepted", task_id=task.task_id)

    # -------------------------------------------------------------- out

    async def GetTask(self, request: pb.TaskQuery, context: object) -> pb.TaskInfo:
        task = await self._core.task(request.task_id)
        await self._core.journal.settled()
        return await full_task_info(self._core, task)

    async def ListTasks(self, request: pb.TaskListQuery, context: object) -> pb.TaskList:
        core, caller = self._core, CALLER.get()
        try:
            states = [TaskState(one) for one in request.states]
        except ValueError as unknown:
            raise invalid("tasks.unknown_state", state=str(unknown)[:80]) from None
        limit = min(request.limit or MAX_LISTED, MAX_LISTED)
        sender = None if caller.kind is CallerKind.ADMIN else caller.name
        await core.journal.settled()
        found = await core.reader.list_tasks(sender, states, request.before, limit)
        # what is in memory is newer, and knows the progress
        newest = [core.board.tasks.get(task.task_id, task) for task in found]
        await core.journal.settled()
        held = await log_lengths(core, newest)
        answer = pb.TaskList()
        room = core.rules.max_message_bytes - 64 * 1024
        for task in newest:
            info = task_info(core, task, held)
            room -= info.ByteSize() + 8
            if room < 0:
                break
            answer.tasks.append(info)
        return answer

    async def WatchTask(self, request: pb.TaskQuery, context: object) -> AsyncIterator[pb.TaskInfo]:
        core = self._core
        task = await core.task(request.task_id)
        if len(task.watchers) >= core.rules.max_streams_a_task:
            raise exhausted("task.too_many_watchers")
        changed = asyncio.Event()
        task.watchers.add(changed)
        try:
            while True:
                changed.clear()
                # an end may be told only when it can no longer be forgotten
                await core.journal.settled()
                ended = task.state in ENDED
                yield await full_task_info(core, task)
                if ended:
                    return
                await changed.wait()
        finally:
            task.watchers.discard(changed)

    async def GetResult(self, request: pb.TaskQuery, context: object) -> pb.ResultInfo:
        core = self._core
        task = await core.task(request.task_id)
        await core.journal.settled()
        if task.winner is None:
            raise precondition("result.none", task=task.task_id, state=task.state.value)
        attempt = task.attempts[task.winner]
        return pb.ResultInfo(
            attempt=attempt_to_wire(attempt.key),
            result=manifest_to_wire(await core.manifest(attempt.key)),
            reason=attempt.reason.value if attempt.reason else "",
            exit_code=attempt.exit_code,
        )

    # -------------------------------------------------------------- logs

    async def ReadLog(self, request: pb.LogQuery, context: object) -> AsyncIterator[pb.LogChunk]:
        core = self._core
        task = await core.task(request.task_id)
        attempt = await self._wanted_attempt(task, request)
        offset, told = request.offset, False
        grew = asyncio.Event()
        followers = core.log_followers.setdefault(attempt.key, set())
        if len(followers) >= core.rules.max_streams_a_task:
            raise exhausted("task.too_many_watchers")
        followers.add(grew)
        task.watchers.add(grew)
        try:
            while True:
                grew.clear()
                over = attempt.dead or not request.follow or task.state in ENDED
                while data := await core.in_thread(
                    core.logs.read, attempt.key, offset, core.rules.chunk_bytes
                ):
                    yield pb.LogChunk(attempt=attempt_to_wire(attempt.key), offset=offset, data=data)
                    offset, told = offset + len(data), True
                if over:
                    break
                await grew.wait()
            if not told:
                yield pb.LogChunk(attempt=attempt_to_wire(attempt.key), offset=offset)
        finally:
            task.watchers.discard(grew)
            followers.discard(grew)
            if not followers and core.log_followers.get(attempt.key) is followers:
                del core.log_followers[attempt.key]

    async def _wanted_attempt(self, task: Task, request: pb.LogQuery) -> Attempt:
        if request.n:
            epoch = request.epoch or max((key.epoch for key in task.attempts), default=0)
            attempt = task.attempts.get(AttemptKey(task.task_id, epoch, request.n))
            if attempt is None:
                raise not_found("attempt.unknown", task=task.task_id, n=request.n)
            return attempt
        while (attempt := task.shown) is None:
            if not request.follow or task.state in ENDED:
                raise precondition("log.none", task=task.task_id, state=task.state.value)
            started = asyncio.Event()
            task.watchers.add(started)
            try:
                await started.wait()
            finally:
                task.watchers.discard(started)
        return attempt


def _checked(told: pb.TaskSpec) -> TaskSpec:
    """The spec, every value through the gate of the contract: a sender is not believed."""
    try:
        spec = check_spec(spec_from_wire(told))
        check_manifest(spec.package)
    except Refused as refused:
        raise CallRefused(grpc.StatusCode.INVALID_ARGUMENT, refused.code, **refused.fields) from None
    if not any(not entry.folder for entry in spec.package.entries) and not spec.command:
        raise invalid("submit.empty_package")
    return spec
