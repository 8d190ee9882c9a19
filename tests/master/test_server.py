"""Reflection and health for clients that are not ours; the gates at the start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from sqlalchemy import Connection

from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.serve import check_listen
from hivemind_desktop.master.store.opening import MIGRATIONS, upgrade
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool

OURS = {service.full_name for service in pb.DESCRIPTOR.services_by_name.values()}


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_a_reflection_client_lists_the_services(pool: Pool, version: str) -> None:
    channel = pool.connect().channel
    ask = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )

    async def questions() -> AsyncIterator[Any]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        yield reflection_pb2.ServerReflectionRequest(file_containing_symbol="hivemind.v1.TaskService")

    answers = [answer async for answer in ask(questions())]
    names = {service.name for service in answers[0].list_services_response.service}
    assert names > OURS
    assert {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"} < names
    assert answers[1].file_descriptor_response.file_descriptor_proto


async def test_health_is_open(pool: Pool) -> None:
    health: Any = health_pb2_grpc.HealthStub(pool.connect().channel)
    for service in ("", "hivemind.v1.TaskService"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_taken_port_is_said(pool: Pool, tmp_path: Path) -> None:
    second = Pool(tmp_path / "second")
    await second.start()
    assert second.master is not None
    with pytest.raises(KnownError) as known:
        await second.master.start(pool.address)
    assert known.value.code == "master.port_taken"
    await second.stop()


async def test_two_hundred_watching_nodes_end_together(pool: Pool) -> None:
    nodes = await asyncio.gather(*(pool.node() for _ in range(50)))
    task_ids = [await pool.submit() for _ in range(50)]
    offers = [await node.offer() for node in nodes]
    assert {offer.task_id for offer in offers} == set(task_ids)
    assert pool.master is not None
    loop = asyncio.get_running_loop()
    began = loop.time()
    await pool.master.stop()
    pool.master = None
    assert loop.time() - began < 2
    await asyncio.gather(*(node.watch_ended() for node in nodes))


@pytest.mark.parametrize("listen", ["127.0.0.1:50051", "localhost:1", "[::1]:50051", "127.9.9.9:0"])
def test_this_computer_is_listened_on(listen: str) -> None:
    assert check_listen(listen) == listen


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:50051", "[::]:50051", "192.168.1.5:1", "example.org:1", "8.8.8.8:0"]
)
def test_another_address_is_refused(listen: str) -> None:
    with pytest.raises(KnownError) as known:
        check_listen(listen)
    assert (known.value.code, known.value.usage) == ("master.loopback_only", True)


@pytest.mark.parametrize("listen", ["", "50051", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", ":50051"])
def test_no_address_is_said(listen: str) -> None:
    with pytest.raises(KnownError) as known:
        check_listen(listen)
    assert (known.value.code, known.value.usage) == ("master.bad_address", True)


# ------------------------------------------------------------------ schema


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "master.sqlite"
    upgrade(path)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(KnownError) as known:
        upgrade(path)
    assert known.value.code == "master.newer_data"
    assert path.read_bytes() == before


def test_a_migration_copies_first_and_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "master.sqlite"
    upgrade(path)

    def second(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE fresh (x)")

    def third(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (x)")
        raise RuntimeError("a bug in the migration")

    with pytest.raises(RuntimeError):
        upgrade(path, {**MIGRATIONS, 2: second, 3: third})
    raw = sqlite3.connect(path)
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "fresh" in tables
    assert "half" not in tables
    assert raw.execute("PRAGMA user_version").fetchone() == (2,)
    raw.close()
    old = sqlite3.connect(tmp_path / "master.sqlite.v1")
    assert old.execute("PRAGMA user_version").fetchone() == (1,)
    old.close()


def test_a_broken_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "master.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(KnownError) as known:
        upgrade(path)
    assert known.value.code == "master.broken_data"


async def test_the_store_waits_for_the_disk(pool: Pool) -> None:
    """WAL and synchronous FULL, whatever SQLite was built with."""
    await pool.submit()
    raw = sqlite3.connect(f"file:{pool.data / 'master.sqlite'}?mode=ro", uri=True)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()
    from hivemind_desktop.master.store.opening import writing_engine

    engine = writing_engine(pool.data / "master.sqlite")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


async def test_a_store_that_fails_ends_the_master(pool: Pool) -> None:
    """What is in memory only is never told as kept."""
    assert pool.master is not None
    node = await pool.node(watch=False)
    journal = pool.master.core.journal
    journal.paid(_twice(node.node_id), "ann", 1)
    journal.paid(_twice(node.node_id), "ann", 1)
    with pytest.raises(grpc.RpcError) as refused:
        await pool.submit()
    assert "store_failed" in (refused.value.details() or "")
    await asyncio.wait_for(pool.master.failed.wait(), 5)


def _twice(node_id: str) -> Any:
    from hivemind_desktop.contract.attempt import AttemptKey
    from hivemind_desktop.master.model import Attempt

    return Attempt(AttemptKey("T", 1, 1), node_id, "offer", reward=5)
