"""One running master: store, board, services, port. Made, started, stopped on one event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid
from collections.abc import Callable
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from hivemind_desktop.contract.links import split_address
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.board import Board
from hivemind_desktop.master.callers import ADMIN_NAME, Caller, CallerKind, Invite, SenderToken, Tokens
from hivemind_desktop.master.clock import Clock, SystemClock
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.files.blobs import BlobStore
from hivemind_desktop.master.files.logs import LogStore
from hivemind_desktop.master.fleet import Fleet
from hivemind_desktop.master.guard import Guard
from hivemind_desktop.master.ids import UlidMaker, hash_token
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.services.admin import AdminService
from hivemind_desktop.master.services.enrol import EnrolService
from hivemind_desktop.master.services.nodes import NodeService
from hivemind_desktop.master.services.submit import SubmitService
from hivemind_desktop.master.services.tasks import TaskService
from hivemind_desktop.master.services.transfer import TransferService
from hivemind_desktop.master.store.journal import Journal
from hivemind_desktop.master.store.opening import trouble, upgrade, writing_engine
from hivemind_desktop.master.store.reader import Everything, PoolRow, Reader
from hivemind_desktop.master.store.schema import pool
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc

log = logging.getLogger("hivemind_desktop.master")

REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"
"""The same messages as v1alpha under the name newer clients ask for; grpcio-reflection serves only the old one."""


class Master:
    """`start` binds and answers, `stop` ends within `rules.stop_s` and closes the store."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.failed = asyncio.Event()
        """The store stopped taking changes: stop, and start again from what is on disk."""
        self._server: grpc.aio.Server | None = None
        self._guard: Guard | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self, address: str) -> int:
        """Bind HOST:PORT (port 0: any) and answer; returns the port. Raises KnownError `master.port_taken`."""
        rules = self.core.rules
        self._guard = Guard(self.core.tokens)
        server = grpc.aio.server(
            interceptors=[self._guard],
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", rules.max_message_bytes),
                ("grpc.max_send_message_length", rules.max_message_bytes),
                ("grpc.max_metadata_size", 16 * 1024),
                # workers ping every 10 s; the default server would cut an idle stream for that (facts, section 7)
                ("grpc.http2.min_ping_interval_without_data_ms", 5000),
                ("grpc.http2.max_ping_strikes", 0),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.keepalive_permit_without_calls", 1),
            ],
        )
        await _add_services(server, self.core)
        try:
            port = server.add_insecure_port(address)
        except RuntimeError as error:
            raise KnownError("master.port_taken", address=address) from error
        self.core.address = f"{address.rpartition(':')[0]}:{port}"
        await server.start()
        self._server = server
        self._ticking = asyncio.create_task(self._tick())
        return port

    async def stop(self) -> None:
        """End every stream, give open calls a moment, write what waits."""
        for node in list(self.core.board.nodes.values()):
            self.core.fleet.close_stream(node, node.stream)
        if self._server is not None and self._guard is not None:
            self._guard.end_streams()
            await self._server.stop(self.core.rules.stop_s)
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        await self.core.journal.close()
        self.core.reader.close()
        self.core.threads.shutdown()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self.core.rules.tick_s)
            try:
                self.core.board.tick()
            except Exception:
                # one broken task must not stop the leases of all others
                log.exception("a bug in the clockwork")


async def open_master(
    data: Path,
    admin_token: str,
    *,
    rules: Rules | None = None,
    clock: Clock | None = None,
    new_id: Callable[[], str] | None = None,
) -> Master:
    """Open the data folder (made when missing) and take up where the store stands.

    The caller holds the lock of the folder. Raises KnownError `master.newer_data`, `master.broken_data`.
    """
    rules, clock = rules or Rules(), clock or SystemClock()
    new_id = new_id or UlidMaker(clock.wall_ms)
    path = data / "master.sqlite"
    row = await asyncio.to_thread(_prepare, path, clock)
    reader = Reader(path)
    try:
        everything = await reader.everything()
    except DBAPIError as error:
        reader.close()
        raise trouble(path, error) from error
    failed: list[Callable[[], None]] = []
    journal = Journal(path, on_failed=lambda: failed[0]())
    board = Board(journal, clock, rules, new_id, row.epoch)
    board.restore(everything.nodes, everything.tasks, everything.ended_dependencies)
    tokens = _tokens(everything)
    if tokens.caller(admin_token) != Caller(CallerKind.ADMIN, ADMIN_NAME):
        journal.token_set(ADMIN_NAME, CallerKind.ADMIN.value, hash_token(admin_token), clock.wall_ms())
        tokens = _without_admin(tokens, everything)
        tokens.allow(hash_token(admin_token), Caller(CallerKind.ADMIN, ADMIN_NAME))
    core = Core(
        board=board,
        fleet=Fleet(board, journal, clock, rules),
        journal=journal,
        reader=reader,
        blobs=BlobStore(data, rules),
        logs=LogStore(data, rules.max_log_bytes),
        tokens=tokens,
        rules=rules,
        clock=clock,
        pool=row,
        new_id=new_id,
    )
    master = Master(core)
    failed.append(master.failed.set)
    await journal.settled()
    return master


def _prepare(path: Path, clock: Clock) -> PoolRow:
    """The database at the newest schema, with its pool."""
    path.parent.mkdir(parents=True, exist_ok=True)
    upgrade(path)
    engine = writing_engine(path)
    try:
        with engine.begin() as connection:
            row = connection.execute(pool.select()).mappings().first()
            if row is None:
                values = {
                    "pool_id": str(uuid.uuid4()),
                    "name": socket.gethostname()[:60] or "pool",
                    "epoch": 1,
                    "created_ms": clock.wall_ms(),
                }
                connection.execute(insert(pool), values)
                return PoolRow(str(values["pool_id"]), str(values["name"]), 1)
            return PoolRow(row["pool_id"], row["name"], row["epoch"])
    finally:
        engine.dispose()


def _tokens(everything: Everything) -> Tokens:
    tokens = Tokens()
    for row in everything.tokens:
        if row.kind == CallerKind.ADMIN:
            tokens.allow(row.token_hash, Caller(CallerKind.ADMIN, row.name))
            continue
        tokens.senders[row.name] = SenderToken(
            row.name, row.token_hash, row.created_ms, row.used_ms, row.revoked
        )
        if not row.revoked:
            tokens.allow(row.token_hash, Caller(CallerKind.SENDER, row.name))
    for invite in everything.invites:
        tokens.invites[invite.token_hash] = Invite(
            invite.token_hash, invite.expires_ms, invite.uses_left, invite.own
        )
    for node in everything.nodes:
        if not node.removed:
            tokens.allow(node.token_hash, Caller(CallerKind.NODE, node.node_id))
    return tokens


def _without_admin(tokens: Tokens, everything: Everything) -> Tokens:
    for row in everything.tokens:
        if row.kind == CallerKind.ADMIN:
            tokens.forget(row.token_hash)
    return tokens


async def _add_services(server: grpc.aio.Server, core: Core) -> None:
    rpc.add_NodeServiceServicer_to_server(NodeService(core), server)
    rpc.add_TaskServiceServicer_to_server(TaskService(core), server)
    rpc.add_TransferServiceServicer_to_server(TransferService(core), server)
    rpc.add_EnrolServiceServicer_to_server(EnrolService(core), server)
    rpc.add_SubmitServiceServicer_to_server(SubmitService(core), server)
    rpc.add_AdminServiceServicer_to_server(AdminService(core), server)
    ours = [service.full_name for service in pb.DESCRIPTOR.services_by_name.values()]
    names = [*ours, health.SERVICE_NAME, reflection.SERVICE_NAME, REFLECTION_V1]
    answers = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(answers, server)
    for name in ("", *ours):
        await answers.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection(names, server)
    servicer = reflection.aio.ReflectionServicer(names)
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                REFLECTION_V1,
                {
                    "ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(
                        servicer.ServerReflectionInfo,
                        reflection_pb2.ServerReflectionRequest.FromString,
                        reflection_pb2.ServerReflectionResponse.SerializeToString,
                    )
                },
            ),
        )
    )


def is_loopback(address: str) -> bool:
    """Whether HOST:PORT can be reached from this computer only. Raises BrokenLink when it is no address."""
    import ipaddress

    host, _ = split_address(address)
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
