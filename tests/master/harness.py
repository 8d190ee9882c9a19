"""A real master on a real port with a clock that tests move, and a scripted node that speaks real gRPC."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.links import parse_link
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.master.ids import new_token
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.server import Master, open_master
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.faults import decode_fault

WAIT_S = 10.0


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def wall_ms(self) -> int:
        return 1_790_000_000_000 + round(self.at * 1000)


def entry(path: str, data: bytes) -> pb.FileEntry:
    return pb.FileEntry(path=path, size=len(data), sha256=hashlib.sha256(data).digest())


def fault(error: grpc.RpcError) -> str:
    """The code of a refusal."""
    assert isinstance(error, grpc.aio.AioRpcError)
    told = decode_fault(error.details())
    assert told is not None, error
    return told[0]


@dataclass
class Stubs:
    """One connection of one caller."""

    channel: grpc.aio.Channel
    token: str

    def __post_init__(self) -> None:
        self.node = rpc.NodeServiceStub(self.channel)
        self.task = rpc.TaskServiceStub(self.channel)
        self.transfer = rpc.TransferServiceStub(self.channel)
        self.enrol = rpc.EnrolServiceStub(self.channel)
        self.submit = rpc.SubmitServiceStub(self.channel)
        self.admin = rpc.AdminServiceStub(self.channel)

    @property
    def auth(self) -> Any:
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


@dataclass
class Pool:
    """A master that runs, its clock, and the connections tests opened."""

    data: Path
    clock: HandClock = field(default_factory=HandClock)
    rules: Rules = field(default_factory=lambda: Rules(tick_s=0.02, stop_s=0.2))
    admin_token: str = field(default_factory=new_token)
    master: Master | None = None
    address: str = ""
    _channels: list[grpc.aio.Channel] = field(default_factory=list)

    async def start(self, address: str = "127.0.0.1:0") -> None:
        self.master = await open_master(self.data, self.admin_token, rules=self.rules, clock=self.clock)
        port = await self.master.start(address)
        self.address = f"127.0.0.1:{port}"

    async def stop(self) -> None:
        for channel in self._channels:
            await channel.close()
        self._channels.clear()
        if self.master is not None:
            await self.master.stop()
            self.master = None

    def connect(self, token: str = "") -> Stubs:
        channel = grpc.aio.insecure_channel(
            self.address, options=[("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]
        )
        self._channels.append(channel)
        return Stubs(channel, token)

    @property
    def admin(self) -> Stubs:
        return self.connect(self.admin_token)

    @property
    def board(self) -> Any:
        assert self.master is not None
        return self.master.core.board

    async def pass_time(self, seconds: float) -> None:
        """Move the clock and let what came due happen."""
        self.clock.at += seconds
        self.board.tick()

    async def invite(self, uses: int = 1) -> str:
        """A join token."""
        admin = self.admin
        answer = await admin.admin.CreateInvite(pb.InviteRequest(ttl_s=3600, uses=uses), metadata=admin.auth)
        return parse_link(answer.join_link).token

    async def node(self, free_slots: int = 1, *, watch: bool = True, **facts: Any) -> FakeNode:
        """An enrolled, registered, watching node."""
        node = FakeNode(self, str(uuid.uuid4()), facts)
        await node.enrol(await self.invite())
        await node.register()
        if watch:
            await node.watch(free_slots)
        return node

    async def sender(self, name: str) -> Stubs:
        admin = self.admin
        answer = await admin.admin.AddToken(pb.TokenRequest(name=name), metadata=admin.auth)
        return self.connect(parse_link(answer.submit_link).token)

    async def submit(
        self, files: dict[str, bytes] | None = None, by: Stubs | None = None, key: str = "", **spec: Any
    ) -> str:
        """The id of a task whose blobs are there."""
        caller = by or self.admin
        files = {"main.py": b"print('hello')\n"} if files is None else files
        manifest = pb.Manifest(entries=[entry(path, data) for path, data in files.items()])
        request = pb.SubmitRequest(
            key=key or uuid.uuid4().hex, spec=pb.TaskSpec(name="a task", package=manifest, **spec)
        )
        answer = await caller.submit.SubmitTask(request, metadata=caller.auth)
        if answer.state == "incomplete":
            by_hash = {hashlib.sha256(data).digest(): data for data in files.values()}
            await put_blobs(caller, [by_hash[one] for one in answer.missing])
            answer = await caller.submit.SubmitTask(request, metadata=caller.auth)
        assert answer.state == "accepted"
        return str(answer.task_id)

    async def info(self, task_id: str) -> pb.TaskInfo:
        admin = self.admin
        return await admin.submit.GetTask(pb.TaskQuery(task_id=task_id), metadata=admin.auth)


async def put_blobs(
    caller: Stubs, blobs: Iterable[bytes], attempt: pb.Attempt | None = None, size: int = 65536
) -> pb.BlobStatResponse:
    async def chunks() -> AsyncIterator[pb.BlobChunk]:
        for data in blobs:
            sha256 = hashlib.sha256(data).digest()
            for offset in range(0, max(len(data), 1), size):
                yield pb.BlobChunk(
                    sha256=sha256,
                    size=len(data),
                    offset=offset,
                    data=data[offset : offset + size],
                    attempt=attempt,
                )

    return await caller.transfer.PutBlobs(chunks(), metadata=caller.auth)


class FakeNode:
    """Does what a worker does, one call at a time."""

    def __init__(self, pool: Pool, installation: str, facts: dict[str, Any]) -> None:
        self.pool = pool
        self.installation = installation
        self.facts = facts
        self.node_id = ""
        self.token = ""
        self.pushes: asyncio.Queue[pb.Push] = asyncio.Queue()
        self._watching: asyncio.Task[None] | None = None
        self.stubs = pool.connect()

    async def enrol(self, join_token: str) -> pb.EnrolResponse:
        answer = await self.stubs.enrol.Enrol(
            pb.EnrolRequest(join_token=join_token, installation_id=self.installation, hostname="pc")
        )
        self.node_id, self.token = answer.node_id, answer.token
        self.stubs.token = answer.token
        return answer

    def reconnect(self) -> None:
        """A new connection, as after the master was started again."""
        self.stubs = self.pool.connect(self.token)

    async def register(
        self, held: Iterable[pb.HeldAttempt] = (), outbox: Iterable[pb.Attempt] = ()
    ) -> pb.NodeRegistrationResponse:
        request = pb.NodeRegistrationRequest(
            node_id=self.node_id, version="1", installation_id=self.installation, held=held, outbox=outbox
        )
        request.features.extend(self.facts.get("features", ()))
        request.capacity.slots = self.facts.get("slots", 0)
        request.capacity.labels.extend(self.facts.get("labels", ()))
        return await self.stubs.node.RegisterNode(request, metadata=self.stubs.auth)

    async def watch(self, free_slots: int = 1) -> None:
        self.pushes = asyncio.Queue()
        call = self.stubs.node.Watch(
            pb.WatchRequest(node_id=self.node_id, free_slots=free_slots), metadata=self.stubs.auth
        )
        pushes = self.pushes

        async def read() -> None:
            async for push in call:
                pushes.put_nowait(push)

        self._watching = asyncio.create_task(read())
        assert (await self.next()).WhichOneof("what") == "ready"

    async def unwatch(self) -> None:
        assert self._watching is not None
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def watch_ended(self) -> None:
        assert self._watching is not None
        await asyncio.wait_for(asyncio.gather(self._watching, return_exceptions=True), WAIT_S)

    async def next(self) -> pb.Push:
        return await asyncio.wait_for(self.pushes.get(), WAIT_S)

    async def offer(self) -> pb.Offer:
        push = await self.next()
        assert push.WhichOneof("what") == "offer", push
        return push.offer

    async def cancellation(self) -> pb.Cancellation:
        push = await self.next()
        assert push.WhichOneof("what") == "cancellation", push
        return push.cancellation

    async def withdrawal(self) -> pb.Withdrawal:
        push = await self.next()
        assert push.WhichOneof("what") == "withdrawal", push
        return push.withdrawal

    async def claim(self, offer: pb.Offer | None = None) -> pb.TaskAssignmentResponse:
        offer = offer or await self.offer()
        return await self.stubs.task.AssignTask(
            pb.TaskAssignmentRequest(node_id=self.node_id, offer_id=offer.offer_id), metadata=self.stubs.auth
        )

    async def refuse(self, offer: pb.Offer, reason: str = "offer.busy", *, lasting: bool = False) -> None:
        await self.stubs.task.RefuseOffer(
            pb.OfferRefusal(node_id=self.node_id, offer_id=offer.offer_id, reason=reason, lasting=lasting),
            metadata=self.stubs.auth,
        )

    async def slots(self, free: int) -> None:
        await self.stubs.task.SetFreeSlots(
            pb.FreeSlots(node_id=self.node_id, free_slots=free), metadata=self.stubs.auth
        )

    async def heartbeat(self, *attempts: pb.Attempt, stage: str = "running") -> list[pb.Verdict]:
        answer = await self.stubs.node.Heartbeat(
            pb.HeartbeatRequest(
                node_id=self.node_id,
                phase="busy",
                held=[pb.HeldAttempt(attempt=one, stage=stage) for one in attempts],
            ),
            metadata=self.stubs.auth,
        )
        return list(answer.verdicts)

    async def log(self, attempt: pb.Attempt, offset: int, *pieces: bytes) -> pb.LogHeld:
        async def chunks() -> AsyncIterator[pb.LogChunk]:
            at = offset
            for piece in pieces:
                yield pb.LogChunk(attempt=attempt, offset=at, data=piece)
                at += len(piece)

        return await self.stubs.transfer.AppendLog(chunks(), metadata=self.stubs.auth)

    async def result(
        self,
        attempt: pb.Attempt,
        reason: Reason = Reason.OK,
        files: dict[str, bytes] | None = None,
        **more: Any,
    ) -> pb.TaskResultResponse:
        manifest = pb.Manifest(entries=[entry(path, data) for path, data in (files or {}).items()])
        return await self.stubs.task.SubmitTaskResult(
            pb.TaskResultRequest(attempt=attempt, reason=reason.value, result=manifest, **more),
            metadata=self.stubs.auth,
        )


def key_of(attempt: pb.Attempt) -> AttemptKey:
    return AttemptKey(attempt.task_id, attempt.epoch, attempt.n)
