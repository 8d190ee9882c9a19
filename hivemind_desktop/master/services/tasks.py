"""TaskService: claim, refuse, report, end and cancel."""

from __future__ import annotations

import asyncio
import hashlib

from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.states import DEAD, TRIED_AGAIN, AttemptState, Reason
from hivemind_desktop.contract.task import Manifest
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.model import Attempt, Task
from hivemind_desktop.master.refused import invalid, precondition
from hivemind_desktop.master.services.nodes import verdict
from hivemind_desktop.master.told import Ended
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.records import (
    attempt_from_wire,
    attempt_to_wire,
    manifest_from_wire,
    manifest_to_wire,
    resources_from_wire,
    spec_to_wire,
    usage_from_wire,
)

MAX_FIELDS = 20


class TaskService(rpc.TaskServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    async def AssignTask(
        self, request: pb.TaskAssignmentRequest, context: object
    ) -> pb.TaskAssignmentResponse:
        core = self._core
        node = core.node(request.node_id)
        granted = resources_from_wire(request.granted)
        offer = core.board.offers.get(request.offer_id)
        if offer is not None and offer.node_id == node.node_id:
            core.fleet.heard(node)
            task, attempt = offer.task, core.board.claim(offer, granted)
        else:
            task, attempt = await self._claimed(request.offer_id, node.node_id)
            attempt.lost = False
            attempt.lease_until = core.clock.now() + core.rules.lease_s
        await core.journal.settled()
        spec = spec_to_wire(task.spec)
        spec.package.CopyFrom(manifest_to_wire(await core.package(task)))
        if spec.ByteSize() > core.rules.max_message_bytes - 64 * 1024:
            # its own files and what it came after are more than any worker takes
            core.board.fail(task, Reason.BAD_PACKAGE)
            await core.journal.settled()
        if attempt.dead:
            raise precondition("attempt.stale")
        return pb.TaskAssignmentResponse(
            attempt=attempt_to_wire(attempt.key), spec=spec, sender=task.sender, lease_s=core.rules.lease_s
        )

    async def _claimed(self, offer_id: str, node_id: str) -> tuple[Task, Attempt]:
        """The attempt that was made of an offer before: the claim is repeated because its answer was lost."""
        core = self._core
        for attempt in core.board.nodes[node_id].attempts.values():
            if attempt.offer_id == offer_id and attempt.state is not AttemptState.EXPIRED:
                return core.board.tasks[attempt.key.task_id], attempt
        await core.journal.settled()
        task = await core.reader.task_of_offer(offer_id) if 0 < len(offer_id) <= 64 else None
        if task is not None and any(
            one.offer_id == offer_id and one.node_id == node_id for one in task.attempts.values()
        ):
            raise precondition("attempt.stale")
        raise precondition("offer.gone")

    async def RefuseOffer(self, request: pb.OfferRefusal, context: object) -> pb.OfferRefusalAnswer:
        core = self._core
        node = core.node(request.node_id)
        offer = core.board.offers.get(request.offer_id)
        if offer is not None and offer.node_id == node.node_id:
            reason = harmless_line(request.reason, 80) or "offer.refused"
            core.board.refuse(offer, reason, _fields(request.fields), request.lasting)
            await core.journal.settled()
        return pb.OfferRefusalAnswer()

    async def ReportAttempt(self, request: pb.AttemptReport, context: object) -> pb.Verdict:
        return await verdict(self._core, self._core.node(), request.held)

    async def SetFreeSlots(self, request: pb.FreeSlots, context: object) -> pb.FreeSlotsAnswer:
        node = self._core.node(request.node_id)
        self._core.fleet.set_free_slots(node, min(request.free_slots, self._core.rules.max_held))
        return pb.FreeSlotsAnswer()

    async def CancelTask(self, request: pb.TaskCancelRequest, context: object) -> pb.TaskCancelResponse:
        core = self._core
        task = await core.task(request.task_id)
        core.board.cancel(task)
        await core.journal.settled()
        return pb.TaskCancelResponse(state=task.state.value)

    async def SubmitTaskResult(self, request: pb.TaskResultRequest, context: object) -> pb.TaskResultResponse:
        core = self._core
        node = core.node()
        key = attempt_from_wire(request.attempt)
        # thousands of names take a while
        ended, manifest = await core.in_thread(_ended, request)
        core.fleet.heard(node)
        attempt = await core.attempt(key, node)
        if attempt is None:
            return pb.TaskResultResponse(state="stale")
        if ended.reason in TRIED_AGAIN:
            if not attempt.dead:
                core.board.release(attempt, ended)
            await core.journal.settled()
            released = attempt.state is AttemptState.RELEASED
            return pb.TaskResultResponse(state="released" if released else "stale")
        if not attempt.dead:
            hashes = list(manifest.blobs())
            missing = await core.in_thread(core.blobs.missing, hashes, core.files_owner())
            held = await core.in_thread(core.logs.held, key)
            if missing or held < request.log_bytes:
                room = core.rules.max_message_bytes // 2 // 40
                return pb.TaskResultResponse(
                    state="incomplete",
                    missing=[bytes.fromhex(one) for one in missing[:room]],
                    log_held=held,
                )
            await core.check_sizes(manifest)
            await asyncio.gather(core.in_thread(core.blobs.settle), core.in_thread(core.logs.sync, key))
            # somebody else may have been first while the disk was busy
            if not attempt.dead:
                core.board.store(attempt, ended, manifest_to_wire(manifest).SerializeToString())
                core.log_grew(key)
        await core.journal.settled()
        if attempt.state is AttemptState.STORED and attempt.result_hash == ended.result_hash:
            return pb.TaskResultResponse(state="stored", reward=attempt.reward)
        assert attempt.state in DEAD
        return pb.TaskResultResponse(state="stale")


def _ended(request: pb.TaskResultRequest) -> tuple[Ended, Manifest]:
    """The end as the board takes it, and its files, names checked again: a worker is not believed."""
    try:
        reason = Reason(request.reason)
    except ValueError:
        raise invalid("result.reason", reason=harmless_line(request.reason, 40)) from None
    manifest = manifest_from_wire(request.result)
    try:
        check_manifest(manifest)
    except Refused as refused:
        raise invalid(refused.code, **refused.fields) from None
    exit_code = request.exit_code if request.HasField("exit_code") else None
    canonical = repr((reason.value, exit_code, sorted(repr(entry) for entry in manifest.entries)))
    return (
        Ended(
            reason=reason,
            exit_code=exit_code,
            message=harmless_line(request.message, 80),
            fields=_fields(request.fields),
            usage=usage_from_wire(request.usage),
            started_ms=max(request.started_unix_ms, 0),
            ended_ms=max(request.ended_unix_ms, 0),
            image_digest=harmless_line(request.image_digest, 300),
            granted=resources_from_wire(request.granted) if request.HasField("granted") else None,
            result_hash=hashlib.sha256(canonical.encode()).digest(),
        ),
        manifest,
    )


def _fields(told: object) -> dict[str, str]:
    fields: dict[str, str] = dict(told)  # type: ignore[call-overload]
    return {
        harmless_line(name, 40): harmless_line(value) for name, value in list(fields.items())[:MAX_FIELDS]
    }
