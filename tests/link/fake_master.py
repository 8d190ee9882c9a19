"""A small real gRPC server that answers as the contract says, keeps what it was told over its own restarts, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import grpc

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import hivemind_pb2_grpc as services
from hivemind_desktop.wire import records

TOKEN = "a-token-of-the-node"
JOIN_TOKEN = "a-join-token-of-the-fake"
NODE_ID = "node-1"
POOL_ID = "pool-1"
CHUNK = 64 * 1024

Hook = Callable[[grpc.ServicerContext], None]


def refuse(status: grpc.StatusCode, code: str = "", /, **fields: str) -> Hook:
    """A hook that ends the call with `status` and, when there is a code, the details of the contract."""

    def end(context: grpc.ServicerContext) -> None:
        context.abort(status, json.dumps({"code": code, "fields": fields}) if code else "scripted")

    return end


@dataclass(slots=True)
class Result:
    state: str
    reward: int
    request: wire.TaskResultRequest
    paid: int = 1


@dataclass
class FakeMaster:
    """`disk`: where blobs lie, one file each. `before` / `after`: hooks by RPC name, one used up per call, run around what the call does."""

    disk: Path
    port: int = 0
    heartbeat_s: float = 10.0
    lease_s: float = 120.0
    reward: int = 7
    lies: list[wire.Verdict] = field(default_factory=list)
    """Told with the next heartbeat's verdicts."""
    pool_name: str = "the pool"
    node_name: str = ""
    """Empty: of the computer that joins."""
    blobs: dict[bytes, int] = field(default_factory=dict)
    logs: dict[AttemptKey, bytearray] = field(default_factory=dict)
    stale: set[AttemptKey] = field(default_factory=set)
    claims: dict[str, wire.TaskAssignmentResponse] = field(default_factory=dict)
    results: dict[AttemptKey, Result] = field(default_factory=dict)
    requests: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, deque[Hook]] = field(default_factory=lambda: defaultdict(deque))
    after: dict[str, deque[Hook]] = field(default_factory=lambda: defaultdict(deque))
    put_bytes: int = 0
    got_bytes: Counter[bytes] = field(default_factory=Counter)
    cut_put_after: int | None = None
    cut_get_after: int | None = None
    withheld: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._server: grpc.Server | None = None
        self._offers: dict[str, wire.Offer] = {}
        self._specs: dict[str, TaskSpec] = {}
        self._watchers: list[queue.SimpleQueue[wire.Push | None]] = []
        self._changed = threading.Condition()

    # ------------------------------------------------------------------ its life

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        pool = futures.ThreadPoolExecutor(max_workers=24, thread_name_prefix="fake-master")
        options = [
            ("grpc.http2.min_ping_interval_without_data_ms", 5000),
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        ]
        self._server = grpc.server(pool, options=options)
        services.add_NodeServiceServicer_to_server(_Nodes(self), self._server)
        services.add_TaskServiceServicer_to_server(_Tasks(self), self._server)
        services.add_TransferServiceServicer_to_server(_Transfer(self), self._server)
        services.add_EnrolServiceServicer_to_server(_Enrolment(self), self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def kill(self) -> None:
        """Every call in flight breaks; what it was told stays. `start` brings it back at the same port."""
        server, self._server = self._server, None
        if server is None:
            return
        stopped = server.stop(None)
        with self._changed:
            for watcher in self._watchers:
                watcher.put(None)
        stopped.wait(10)

    # ------------------------------------------------------------------ scripting

    def keep(self, data: bytes) -> str:
        """Hold this content; its hash."""
        key = hashlib.sha256(data).digest()
        (self.disk / key.hex()).write_bytes(data)
        self.blobs[key] = len(data)
        return key.hex()

    def offer(self, spec: TaskSpec, task_id: str = "0000000000000000000000TSK1", n: int = 1) -> str:
        """Push an offer; its id."""
        offer_id = f"offer-{task_id}-{n}"
        self._specs[offer_id] = spec
        message = wire.Offer(
            offer_id=offer_id,
            task_id=task_id,
            spec=records.spec_to_wire(spec),
            sender="somebody",
            package_bytes=spec.package.size,
            expires_s=30,
            attempt=wire.Attempt(task_id=task_id, epoch=1, n=n),
        )
        message.spec.package.Clear()
        self._offers[offer_id] = message
        self.push(wire.Push(offer=message))
        return offer_id

    def push(self, push: wire.Push) -> None:
        with self._changed:
            for watcher in self._watchers:
                watcher.put(push)

    def cancel(self, attempt: AttemptKey, reason: str = "cancelled") -> None:
        message = wire.Cancellation(attempt=records.attempt_to_wire(attempt), reason=reason)
        self.push(wire.Push(cancellation=message))

    def calls(self, name: str) -> int:
        return len(self.requests[name])

    # ------------------------------------------------------------------ inside

    def enter(
        self, name: str, request: object, context: grpc.ServicerContext, needs_token: bool = True
    ) -> None:
        self.requests[name].append(request)
        given = dict(context.invocation_metadata()).get("authorization")
        if needs_token and given != f"Bearer {TOKEN}":
            refuse(grpc.StatusCode.UNAUTHENTICATED, "call.no_token")(context)
        if self.before[name]:
            self.before[name].popleft()(context)

    def leave(self, name: str, context: grpc.ServicerContext) -> None:
        if self.after[name]:
            self.after[name].popleft()(context)

    def watch(self, context: grpc.ServicerContext) -> Iterator[wire.Push]:
        mine: queue.SimpleQueue[wire.Push | None] = queue.SimpleQueue()
        with self._changed:
            self._watchers.append(mine)
        context.add_callback(lambda: mine.put(None))
        try:
            yield wire.Push(ready=wire.Ready())
            while (push := mine.get()) is not None:
                yield push
        finally:
            with self._changed:
                self._watchers.remove(mine)

    def claim(self, offer_id: str, context: grpc.ServicerContext) -> wire.TaskAssignmentResponse:
        if offer_id not in self.claims:
            offer = self._offers.get(offer_id)
            if offer is None:
                _end(context, grpc.StatusCode.NOT_FOUND, "offer.gone")
            self.claims[offer_id] = wire.TaskAssignmentResponse(
                attempt=offer.attempt,
                spec=records.spec_to_wire(self._specs[offer_id]),
                sender=offer.sender,
                lease_s=120,
            )
        return self.claims[offer_id]

    def size_held(self, key: bytes) -> int:
        path = self.disk / key.hex()
        return path.stat().st_size if path.exists() else 0

    def verdict(self, attempt: wire.Attempt) -> wire.Verdict:
        stale = records.attempt_from_wire(attempt) in self.stale
        return wire.Verdict(attempt=attempt, stale=stale, lease_s=0 if stale else 120)


def _end(context: grpc.ServicerContext, status: grpc.StatusCode, code: str) -> NoReturn:
    refuse(status, code)(context)
    raise AssertionError("abort raises")


class _Nodes(services.NodeServiceServicer):
    def __init__(self, master: FakeMaster) -> None:
        self._master = master

    def RegisterNode(self, request: Any, context: Any) -> wire.NodeRegistrationResponse:
        self._master.enter("RegisterNode", request, context)
        held = [held.attempt for held in request.held] + list(request.outbox)
        return wire.NodeRegistrationResponse(
            version="0.1.0",
            pool_id=POOL_ID,
            pool_name="the pool",
            node_name="the node",
            verdicts=map(self._master.verdict, held),
            heartbeat_s=self._master.heartbeat_s,
            lease_s=self._master.lease_s,
            epoch=1,
        )

    def Heartbeat(self, request: Any, context: Any) -> wire.HeartbeatResponse:
        self._master.enter("Heartbeat", request, context)
        lies, self._master.lies = self._master.lies, []
        verdicts = [self._master.verdict(held.attempt) for held in request.held]
        return wire.HeartbeatResponse(verdicts=[*verdicts, *lies])

    def ReportNodeStatus(self, request: Any, context: Any) -> wire.NodeStatusResponse:
        self._master.enter("ReportNodeStatus", request, context)
        return wire.NodeStatusResponse()

    def Watch(self, request: Any, context: Any) -> Iterator[wire.Push]:
        self._master.enter("Watch", request, context)
        yield from self._master.watch(context)


class _Tasks(services.TaskServiceServicer):
    def __init__(self, master: FakeMaster) -> None:
        self._master = master

    def AssignTask(self, request: Any, context: Any) -> wire.TaskAssignmentResponse:
        self._master.enter("AssignTask", request, context)
        answer = self._master.claim(request.offer_id, context)
        self._master.leave("AssignTask", context)
        return answer

    def RefuseOffer(self, request: Any, context: Any) -> wire.OfferRefusalAnswer:
        self._master.enter("RefuseOffer", request, context)
        return wire.OfferRefusalAnswer()

    def ReportAttempt(self, request: Any, context: Any) -> wire.Verdict:
        self._master.enter("ReportAttempt", request, context)
        return self._master.verdict(request.held.attempt)

    def SetFreeSlots(self, request: Any, context: Any) -> wire.FreeSlotsAnswer:
        self._master.enter("SetFreeSlots", request, context)
        return wire.FreeSlotsAnswer()

    def CancelTask(self, request: Any, context: Any) -> wire.TaskCancelResponse:
        raise AssertionError("no worker calls this")

    def SubmitTaskResult(self, request: Any, context: Any) -> wire.TaskResultResponse:
        master = self._master
        master.enter("SubmitTaskResult", request, context)
        attempt = records.attempt_from_wire(request.attempt)
        if attempt in master.stale:
            return wire.TaskResultResponse(state="stale")
        missing = [
            entry.sha256
            for entry in request.result.entries
            if not entry.folder and (entry.sha256 not in master.blobs or entry.sha256 in master.withheld)
        ]
        master.withheld.clear()
        log_held = len(master.logs.get(attempt, b""))
        if missing or log_held < request.log_bytes:
            return wire.TaskResultResponse(state="incomplete", missing=missing, log_held=log_held)
        if attempt not in master.results:
            state = "released" if request.reason == "preempted" else "stored"
            master.results[attempt] = Result(state, master.reward if state == "stored" else 0, request)
        result = master.results[attempt]
        master.leave("SubmitTaskResult", context)
        return wire.TaskResultResponse(state=result.state, reward=result.reward)


class _Transfer(services.TransferServiceServicer):
    def __init__(self, master: FakeMaster) -> None:
        self._master = master

    def StatBlobs(self, request: Any, context: Any) -> wire.BlobStatResponse:
        self._master.enter("StatBlobs", request, context)
        return self._held(request.sha256)

    def PutBlobs(self, request_iterator: Any, context: Any) -> wire.BlobStatResponse:
        master = self._master
        master.enter("PutBlobs", None, context)
        keys: list[bytes] = []
        for chunk in request_iterator:
            master.put_bytes += len(chunk.data)
            path = master.disk / chunk.sha256.hex()
            with path.open("ab") as file:
                held = file.tell()
                if chunk.offset > held:
                    _end(context, grpc.StatusCode.OUT_OF_RANGE, "blob.gap")
                file.write(chunk.data[held - chunk.offset :])
                whole = file.tell() == chunk.size
            if whole and chunk.sha256 not in master.blobs:
                if _hash(path) != chunk.sha256:
                    path.unlink()
                    _end(context, grpc.StatusCode.DATA_LOSS, "blob.wrong_hash")
                master.blobs[chunk.sha256] = chunk.size
            if chunk.sha256 not in keys:
                keys.append(chunk.sha256)
            if master.cut_put_after is not None and master.put_bytes >= master.cut_put_after:
                master.cut_put_after = None
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
        return self._held(keys)

    def GetBlobs(self, request: Any, context: Any) -> Iterator[wire.BlobChunk]:
        master = self._master
        master.enter("GetBlobs", request, context)
        for wanted in request.blobs:
            if wanted.sha256 not in master.blobs:
                _end(context, grpc.StatusCode.NOT_FOUND, "blob.unknown")
            at, size = wanted.offset, master.size_held(wanted.sha256)
            with (master.disk / wanted.sha256.hex()).open("rb") as file:
                file.seek(at)
                while data := file.read(CHUNK):
                    yield wire.BlobChunk(sha256=wanted.sha256, size=size, offset=at, data=data)
                    at += len(data)
                    master.got_bytes[wanted.sha256] += len(data)
                    if master.cut_get_after is not None and at >= master.cut_get_after:
                        master.cut_get_after = None
                        context.abort(grpc.StatusCode.UNAVAILABLE, "cut")

    def StatLog(self, request: Any, context: Any) -> wire.LogHeld:
        self._master.enter("StatLog", request, context)
        attempt = records.attempt_from_wire(request.attempt)
        return wire.LogHeld(
            held=len(self._master.logs.get(attempt, b"")), stale=attempt in self._master.stale
        )

    def AppendLog(self, request_iterator: Any, context: Any) -> wire.LogHeld:
        master = self._master
        master.enter("AppendLog", None, context)
        attempt: AttemptKey | None = None
        log = bytearray()
        for chunk in request_iterator:
            master.requests["LogChunk"].append(chunk)
            if attempt is None:
                attempt = records.attempt_from_wire(chunk.attempt)
                log = master.logs.setdefault(attempt, log)
            if attempt in master.stale:
                return wire.LogHeld(stale=True)
            if chunk.offset > len(log):
                _end(context, grpc.StatusCode.OUT_OF_RANGE, "log.gap")
            if master.before["LogChunk"]:
                master.before["LogChunk"].popleft()(context)
            log += chunk.data[len(log) - chunk.offset :]
        return wire.LogHeld(held=len(log))

    def _held(self, keys: Any) -> wire.BlobStatResponse:
        return wire.BlobStatResponse(
            blobs=[
                wire.BlobHeld(sha256=key, held=self._master.size_held(key), whole=key in self._master.blobs)
                for key in keys
            ]
        )


class _Enrolment(services.EnrolServiceServicer):
    def __init__(self, master: FakeMaster) -> None:
        self._master = master

    def Enrol(self, request: Any, context: Any) -> wire.EnrolResponse:
        self._master.enter("Enrol", request, context, needs_token=False)
        if request.join_token != JOIN_TOKEN:
            _end(context, grpc.StatusCode.UNAUTHENTICATED, "join.unknown")
        return wire.EnrolResponse(
            node_id=NODE_ID,
            token=TOKEN,
            pool_id=POOL_ID,
            pool_name=self._master.pool_name,
            node_name=self._master.node_name or request.hostname,
        )

    def Leave(self, request: Any, context: Any) -> wire.LeaveResponse:
        self._master.enter("Leave", request, context)
        return wire.LeaveResponse()


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
