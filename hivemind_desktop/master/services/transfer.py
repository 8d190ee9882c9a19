"""TransferService: blobs by hash and offset, logs by offset, in both directions, never whole in memory."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import grpc

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.master.callers import CALLER, CallerKind
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.files.blobs import DiskFull, Gap, Upload, WrongHash
from hivemind_desktop.master.files.logs import LogFull
from hivemind_desktop.master.model import Attempt
from hivemind_desktop.master.refused import (
    CallRefused,
    exhausted,
    forbidden,
    invalid,
    not_found,
    precondition,
)
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.records import attempt_from_wire


class TransferService(rpc.TransferServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    # -------------------------------------------------------------- blobs

    async def StatBlobs(self, request: pb.BlobStatRequest, context: object) -> pb.BlobStatResponse:
        core = self._core
        if len(request.sha256) > core.rules.max_blobs_a_call:
            raise invalid("blobs.too_many", limit=core.rules.max_blobs_a_call)
        wanted = [_sha(one) for one in request.sha256]
        owner = core.files_owner()

        def ask() -> list[pb.BlobHeld]:
            found = []
            for sha256 in wanted:
                held, whole = core.blobs.held(sha256, owner)
                found.append(pb.BlobHeld(sha256=bytes.fromhex(sha256), held=held, whole=whole))
            return found

        return pb.BlobStatResponse(blobs=await core.in_thread(ask))

    async def PutBlobs(
        self, request_iterator: AsyncIterator[pb.BlobChunk], context: object
    ) -> pb.BlobStatResponse:
        core = self._core
        owner = core.files_owner()
        attempt: Attempt | None = None
        held: dict[str, pb.BlobHeld] = {}
        upload: Upload | None = None
        first = True
        try:
            async for chunk in request_iterator:
                if first and CALLER.get().kind is CallerKind.NODE:
                    attempt = await self._own_attempt(chunk.attempt)
                first = False
                if attempt is not None and attempt.dead:
                    raise precondition("attempt.stale")
                sha256 = _sha(chunk.sha256)
                with _disk():
                    if upload is None or upload.sha256 != sha256 or upload.size != chunk.size:
                        if upload is not None:
                            await core.in_thread(upload.close)
                        if chunk.size > core.rules.max_blob_bytes:
                            raise invalid("blob.too_large", limit=core.rules.max_blob_bytes)
                        if len(held) >= core.rules.max_blobs_a_call:
                            raise invalid("blobs.too_many", limit=core.rules.max_blobs_a_call)
                        upload = await core.in_thread(core.blobs.begin, sha256, chunk.size, owner)
                    await core.in_thread(upload.write, chunk.offset, chunk.data)
                held[sha256] = pb.BlobHeld(sha256=chunk.sha256, held=upload.held, whole=upload.whole)
        finally:
            if upload is not None:
                await core.in_thread(upload.close)
        return pb.BlobStatResponse(blobs=held.values())

    async def GetBlobs(self, request: pb.BlobsWanted, context: object) -> AsyncIterator[pb.BlobChunk]:
        core = self._core
        if len(request.blobs) > core.rules.max_blobs_a_call:
            raise invalid("blobs.too_many", limit=core.rules.max_blobs_a_call)
        sizes = await self._readable(request.task_id)
        for wanted in request.blobs:
            sha256 = _sha(wanted.sha256)
            size = sizes.get(sha256)
            if size is None:
                raise forbidden("blob.not_yours", blob=sha256)
            offset = wanted.offset
            if offset > size:
                raise CallRefused(grpc.StatusCode.OUT_OF_RANGE, "blob.gap", held=size)
            while True:
                try:
                    data = await core.in_thread(core.blobs.read, sha256, offset, core.rules.chunk_bytes)
                except FileNotFoundError:
                    raise not_found("blob.missing", blob=sha256) from None
                if not data and offset < size:
                    raise not_found("blob.missing", blob=sha256)
                yield pb.BlobChunk(sha256=wanted.sha256, size=size, offset=offset, data=data)
                offset += len(data)
                if offset >= size:
                    break

    async def _readable(self, task_id: str) -> dict[str, int]:
        """Hash -> size of the blobs of a task that the caller may read."""
        core = self._core
        if CALLER.get().kind is CallerKind.NODE:
            node = core.node()
            task = core.board.tasks.get(task_id)
            if task is None or not any(
                one.node_id == node.node_id and not one.dead for one in task.attempts.values()
            ):
                raise forbidden("task.not_held", task=task_id[:64])
            return (await core.package(task)).blobs()
        task = await core.task(task_id)
        sizes = (await core.package(task)).blobs()
        if task.winner is not None:
            await core.journal.settled()
            sizes |= (await core.manifest(task.winner)).blobs()
        return sizes

    # -------------------------------------------------------------- logs

    async def StatLog(self, request: pb.LogRef, context: object) -> pb.LogHeld:
        core = self._core
        key = attempt_from_wire(request.attempt)
        attempt = await core.attempt(key, core.node())
        if attempt is None:
            return pb.LogHeld(stale=True)
        return pb.LogHeld(held=await core.in_thread(core.logs.held, key), stale=attempt.dead)

    async def AppendLog(self, request_iterator: AsyncIterator[pb.LogChunk], context: object) -> pb.LogHeld:
        core = self._core
        attempt: Attempt | None = None
        key: AttemptKey | None = None
        held = 0
        async for chunk in request_iterator:
            if key is None:
                key = attempt_from_wire(chunk.attempt)
                attempt = await core.attempt(key, core.node())
            if attempt is None or attempt.dead:
                return pb.LogHeld(held=held, stale=True)
            with _disk():
                await core.in_thread(core.blobs.check_room)
                held = await core.in_thread(core.logs.append, key, chunk.offset, chunk.data)
            core.log_grew(key)
        return pb.LogHeld(held=held)

    async def _own_attempt(self, told: pb.Attempt) -> Attempt:
        attempt = await self._core.attempt(attempt_from_wire(told), self._core.node())
        if attempt is None or attempt.dead:
            raise precondition("attempt.stale")
        return attempt


@contextmanager
def _disk() -> Iterator[None]:
    """What the disk says, as the caller hears it."""
    try:
        yield
    except Gap as gap:
        raise CallRefused(grpc.StatusCode.OUT_OF_RANGE, "offset.gap", held=gap.held) from None
    except WrongHash:
        raise CallRefused(grpc.StatusCode.DATA_LOSS, "blob.wrong_hash") from None
    except LogFull:
        raise exhausted("log.too_long") from None
    except DiskFull:
        raise exhausted("master.disk_full") from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise exhausted("master.disk_full") from error


def _sha(told: bytes) -> str:
    if len(told) != 32:
        raise invalid("blob.not_a_hash")
    return told.hex()
