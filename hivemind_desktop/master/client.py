"""The senders' and the admin's side of the contract, for commands: calls that block, errors that are KnownErrors."""

from __future__ import annotations

import itertools
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import grpc

from hivemind_desktop.contract.links import split_address
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.access import FILE_NAME, Access, read_access
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc
from hivemind_desktop.wire.faults import decode_fault
from hivemind_desktop.wire.listener import check_listener
from hivemind_desktop.wire.records import spec_to_wire

ADDRESS_VARIABLE = "MASTER_NODE_URL"
DEADLINE_S = 15.0
SUBMIT_DEADLINE_S = 60.0
CHUNK_BYTES = 256 * 1024
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
BLOBS_A_CALL = 5_000
RECONNECT_S = 60.0
"""A stream that the master dropped (it was started again) is taken up for so long."""
MAX_ROUNDS = 20
_RESERVED = frozenset({"code", "usage"})

T = TypeVar("T")


class Sendable(Protocol):
    """What a package gives to be sent (packages.py)."""

    def chunks(self, sha256: str, offset: int = 0, length: int = CHUNK_BYTES) -> Iterator[bytes]: ...


def find_access(state: Path, environ: Mapping[str, str] | None = None) -> Access:
    """master.json; MASTER_NODE_URL changes only the address. Raises KnownError `master.none`, `master.loopback_only`, address.*."""
    environ = os.environ if environ is None else environ
    access = read_access(state)
    if access is None:
        raise KnownError("master.none", path=str(state / FILE_NAME))
    told = environ.get(ADDRESS_VARIABLE, "").strip()
    if not told:
        return access
    from hivemind_desktop.settings.address import parse_master_address

    address = parse_master_address(told)
    if address.tls:
        raise KnownError("master.loopback_only", usage=True, address=address.target)
    return Access(address.target, access.admin_token, access.pool_id, access.pool_name)


@dataclass(frozen=True, slots=True)
class _Stubs:
    channel: grpc.Channel
    task: rpc.TaskServiceStub
    submit: rpc.SubmitServiceStub
    transfer: rpc.TransferServiceStub
    admin: rpc.AdminServiceStub

    @classmethod
    def of(cls, address: str) -> _Stubs:
        channel = grpc.insecure_channel(
            address,
            options=[
                ("grpc.enable_http_proxy", 0),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                ("grpc.keepalive_time_ms", 10_000),
                ("grpc.keepalive_timeout_ms", 5_000),
                ("grpc.http2.max_pings_without_data", 0),
                ("grpc.max_reconnect_backoff_ms", 1_000),
                # a new channel is a new connection, never one that was made before the look
                ("grpc.use_local_subchannel_pool", 1),
            ],
        )
        return cls(
            channel,
            rpc.TaskServiceStub(channel),
            rpc.SubmitServiceStub(channel),
            rpc.TransferServiceStub(channel),
            rpc.AdminServiceStub(channel),
        )


class MasterClient:
    """One connection, made by the first call, after a look at who listens there (wire/listener.py). Use as a context manager.

    `again` says address and token anew where a connection broke: a master that was started again has another token for its admin.
    """

    def __init__(self, address: str, token: str, again: Callable[[], Access] | None = None) -> None:
        self.address = address
        self._token = token
        self._again = again
        self._made: _Stubs | None = None

    def __enter__(self) -> MasterClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _stubs(self) -> _Stubs:
        """Raises KnownError `link.foreign_port`."""
        if self._made is None:
            check_listener(self.address)
            self._made = _Stubs.of(self.address)
        return self._made

    def _close(self) -> None:
        if self._made is not None:
            self._made.channel.close()
            self._made = None

    def _start_again(self) -> bool:
        """The next call makes a new connection; whether the token is another one now."""
        self._close()
        before = self._token
        if self._again is not None:
            try:
                access = self._again()
            except KnownError as error:
                if error.code != "master.none":
                    raise
            else:
                self.address, self._token = access.address, access.admin_token
        return self._token != before

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._token}"),)

    # -------------------------------------------------------------- tasks

    def submit(self, spec: TaskSpec, package: Sendable, sent: Callable[[int], None] = lambda _: None) -> str:
        """Send what the master lacks, then the task; its id. `sent` hears the bytes sent so far."""
        request = pb.SubmitRequest(key=uuid.uuid4().hex, spec=spec_to_wire(spec))
        sizes = spec.package.blobs()
        for _ in range(MAX_ROUNDS):
            with self._words():
                answer = self._stubs().submit.SubmitTask(
                    request, timeout=SUBMIT_DEADLINE_S, metadata=self._metadata
                )
            if answer.state == "accepted":
                return answer.task_id
            self._send([one.hex() for one in answer.missing], sizes, package, sent)
        raise KnownError("submit.never_complete")

    def _send(
        self, missing: list[str], sizes: Mapping[str, int], package: Sendable, sent: Callable[[int], None]
    ) -> None:
        done = 0
        for start in range(0, len(missing), BLOBS_A_CALL):
            some = missing[start : start + BLOBS_A_CALL]
            with self._words():
                held = self._stubs().transfer.StatBlobs(
                    pb.BlobStatRequest(sha256=[bytes.fromhex(one) for one in some]),
                    timeout=DEADLINE_S,
                    metadata=self._metadata,
                )
            offsets = {one.sha256.hex(): 0 if one.whole else one.held for one in held.blobs}
            trouble: list[Exception] = []

            def chunks(
                wanted: list[str] = some,
                offsets: Mapping[str, int] = offsets,
                trouble: list[Exception] = trouble,
            ) -> Iterator[pb.BlobChunk]:
                nonlocal done
                try:
                    for sha256 in wanted:
                        for chunk in _blob_chunks(package, sha256, sizes[sha256], offsets.get(sha256, 0)):
                            yield chunk
                            done += len(chunk.data)
                            sent(done)
                except Exception as error:
                    # grpc would swallow it in its own thread and only say that the stream broke
                    trouble.append(error)
                    raise

            try:
                with self._words():
                    self._stubs().transfer.PutBlobs(chunks(), metadata=self._metadata)
            except KnownError:
                if trouble:
                    raise trouble[0] from None
                raise

    def task(self, task_id: str) -> pb.TaskInfo:
        return self._ask(self._stubs().submit.GetTask, pb.TaskQuery(task_id=task_id))

    def tasks(self, limit: int = 0) -> Iterator[pb.TaskInfo]:
        """Newest first, all of them or `limit`."""
        return itertools.islice(self._all_tasks(), limit or None)

    def _all_tasks(self) -> Iterator[pb.TaskInfo]:
        before = ""
        while page := self._ask(self._stubs().submit.ListTasks, pb.TaskListQuery(before=before)).tasks:
            yield from page
            before = page[-1].task_id

    def watch(self, task_id: str) -> Iterator[pb.TaskInfo]:
        """A task that was submitted here, at once and at every change until its end; goes on when the master comes back in RECONNECT_S."""
        return self._lasting(
            lambda _: self._stubs().submit.WatchTask(pb.TaskQuery(task_id=task_id), metadata=self._metadata),
            begun=True,
        )

    def cancel(self, task_id: str) -> str:
        """The state it is in then."""
        return self._ask(self._stubs().task.CancelTask, pb.TaskCancelRequest(task_id=task_id)).state

    def log(self, task_id: str, epoch: int, n: int, *, follow: bool) -> Iterator[pb.LogChunk]:
        """The spool of an attempt ((0, 0): the winning or newest) from its begin."""

        def ask(last: pb.LogChunk | None) -> Iterable[pb.LogChunk]:
            query = pb.LogQuery(task_id=task_id, epoch=epoch, n=n, follow=follow)
            if last is not None:
                query.epoch, query.n = last.attempt.epoch, last.attempt.n
                query.offset = last.offset + len(last.data)
            return self._stubs().submit.ReadLog(query, metadata=self._metadata)

        return self._lasting(ask)

    def result(self, task_id: str) -> pb.ResultInfo:
        return self._ask(self._stubs().submit.GetResult, pb.TaskQuery(task_id=task_id))

    def blobs(self, task_id: str, wanted: list[str]) -> Iterator[pb.BlobChunk]:
        """The chunks of blobs, one after another; the caller checks hashes."""
        for start in range(0, len(wanted), BLOBS_A_CALL):
            some = [pb.BlobWanted(sha256=bytes.fromhex(one)) for one in wanted[start : start + BLOBS_A_CALL]]
            with self._words():
                yield from self._stubs().transfer.GetBlobs(
                    pb.BlobsWanted(task_id=task_id, blobs=some), metadata=self._metadata
                )

    # -------------------------------------------------------------- pool

    def invite(self, ttl_s: float, uses: int) -> pb.InviteResponse:
        return self._ask(self._stubs().admin.CreateInvite, pb.InviteRequest(ttl_s=ttl_s, uses=uses))

    def nodes(self) -> list[pb.NodeInfo]:
        return list(self._ask(self._stubs().admin.ListNodes, pb.NodeListQuery()).nodes)

    def change_node(self, node: str, change: str, value: str = "") -> pb.NodeInfo:
        return self._ask(
            self._stubs().admin.ChangeNode, pb.NodeChange(node_id=node, change=change, value=value)
        )

    def add_token(self, name: str) -> pb.TokenResponse:
        return self._ask(self._stubs().admin.AddToken, pb.TokenRequest(name=name))

    def tokens(self) -> list[pb.TokenInfo]:
        return list(self._ask(self._stubs().admin.ListTokens, pb.TokenListQuery()).tokens)

    def revoke_token(self, name: str) -> None:
        self._ask(self._stubs().admin.RevokeToken, pb.TokenRequest(name=name))

    # -------------------------------------------------------------- calls

    def _ask(self, call: Callable[..., T], request: object) -> T:
        with self._words():
            return call(request, timeout=DEADLINE_S, metadata=self._metadata)

    def _lasting(self, ask: Callable[[T | None], Iterable[T]], *, begun: bool = False) -> Iterator[T]:
        """A stream that is taken up again where it broke, once the master is known to be there (`begun`, or its first message)."""
        last: T | None = None
        lost_at: float | None = None
        while True:
            try:
                for message in ask(last):
                    last, lost_at = message, None
                    yield message
                return
            except grpc.RpcError as error:
                if _status(error) is grpc.StatusCode.UNAUTHENTICATED and self._start_again():
                    continue
                now = time.monotonic()
                lost_at = now if lost_at is None else lost_at
                if (
                    _status(error) not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
                    or not (begun or last is not None)
                    or now - lost_at > RECONNECT_S
                ):
                    raise self._known(error) from error
                time.sleep(0.5)
                self._start_again()

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            known = self._known(error)
            self._close()
            raise known from error

    def _known(self, error: grpc.RpcError) -> KnownError:
        """What a failed call means for the person."""
        status, details = _status(error), _details(error)
        told = decode_fault(details)
        if told is not None:
            code, fields = told
            if status is grpc.StatusCode.UNAUTHENTICATED:
                code = "master.wrong_token"
                fields["address"] = self.address
            return KnownError(
                code, usage=False, **{name: text for name, text in fields.items() if name not in _RESERVED}
            )
        if status in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            code = "master.not_a_master" if _answers(self.address) else "master.not_there"
            return KnownError(code, address=self.address)
        if status in (
            grpc.StatusCode.UNIMPLEMENTED,
            grpc.StatusCode.UNAUTHENTICATED,
            grpc.StatusCode.UNKNOWN,
        ):
            return KnownError("master.not_a_master", address=self.address)
        return KnownError(
            "master.call_failed", address=self.address, status=status.name, detail=harmless_line(details)
        )


def _status(error: grpc.RpcError) -> grpc.StatusCode:
    failed: object = error
    if not isinstance(failed, grpc.Call):
        raise error  # no call failed: a bug of ours
    return failed.code()


def _details(error: grpc.RpcError) -> str:
    failed: object = error
    return (failed.details() or "") if isinstance(failed, grpc.Call) else ""


def _answers(address: str) -> bool:
    """Whether anything listens there at all."""
    host, port = split_address(address)
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def _blob_chunks(package: Sendable, sha256: str, size: int, offset: int) -> Iterator[pb.BlobChunk]:
    raw = bytes.fromhex(sha256)
    if offset >= size:
        yield pb.BlobChunk(sha256=raw, size=size, offset=size)
        return
    for data in package.chunks(sha256, offset, CHUNK_BYTES):
        yield pb.BlobChunk(sha256=raw, size=size, offset=offset, data=data)
        offset += len(data)
