"""Blobs and logs: resumed, checked, never taken on trust."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from hivemind_desktop.master.files.blobs import BlobStore, Owner
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, Stubs, entry, fault, put_blobs


async def put(caller: Stubs, *chunks: pb.BlobChunk) -> pb.BlobStatResponse:
    async def each() -> AsyncIterator[pb.BlobChunk]:
        for chunk in chunks:
            yield chunk

    return await caller.transfer.PutBlobs(each(), metadata=caller.auth)


async def data_of(call: Any) -> bytes:
    """The next chunk of a log."""
    data: bytes = (await call.read()).data
    return data


async def held(caller: Stubs, sha256: bytes) -> tuple[int, bool]:
    answer = await caller.transfer.StatBlobs(pb.BlobStatRequest(sha256=[sha256]), metadata=caller.auth)
    return answer.blobs[0].held, answer.blobs[0].whole


async def test_a_blob_is_taken_up_where_it_broke(pool: Pool) -> None:
    admin = pool.admin
    data = os.urandom(300_000)
    sha256 = hashlib.sha256(data).digest()
    await put(admin, pb.BlobChunk(sha256=sha256, size=len(data), data=data[:100_000]))
    assert await held(admin, sha256) == (100_000, False)
    with pytest.raises(grpc.RpcError) as gap:
        await put(admin, pb.BlobChunk(sha256=sha256, size=len(data), offset=200_000, data=data[200_000:]))
    assert fault(gap.value) == "offset.gap"
    assert '"held": 100000' in (gap.value.details() or "")
    # what is held is skipped
    await put(admin, pb.BlobChunk(sha256=sha256, size=len(data), offset=50_000, data=data[50_000:]))
    assert await held(admin, sha256) == (len(data), True)
    again = await put(admin, pb.BlobChunk(sha256=sha256, size=len(data), data=data[:10]))
    assert again.blobs[0].whole


async def test_a_blob_on_its_way_survives_a_restart(pool: Pool) -> None:
    data = os.urandom(10_000)
    sha256 = hashlib.sha256(data).digest()
    await put(pool.admin, pb.BlobChunk(sha256=sha256, size=len(data), data=data[:4000]))
    await pool.stop()
    await pool.start()
    assert await held(pool.admin, sha256) == (4000, False)
    await put(pool.admin, pb.BlobChunk(sha256=sha256, size=len(data), offset=4000, data=data[4000:]))
    assert await held(pool.admin, sha256) == (10_000, True)


async def test_wrong_bytes_are_refused_and_forgotten(pool: Pool) -> None:
    admin = pool.admin
    sha256 = hashlib.sha256(b"right").digest()
    for data in (b"wrong", b"too long"):
        with pytest.raises(grpc.RpcError) as refused:
            await put(admin, pb.BlobChunk(sha256=sha256, size=5, data=data))
        assert fault(refused.value) == "blob.wrong_hash"
    assert await held(admin, sha256) == (0, False)
    await put_blobs(admin, [b"right"])
    assert await held(admin, sha256) == (5, True)


async def test_nobody_spoils_what_another_one_sends(pool: Pool) -> None:
    ann, bob = await pool.sender("ann"), await pool.sender("bob")
    data = b"x" * 1000
    sha256 = hashlib.sha256(data).digest()
    await put(ann, pb.BlobChunk(sha256=sha256, size=1000, data=data[:500]))
    await put(bob, pb.BlobChunk(sha256=sha256, size=1000, data=b"evil"))
    assert await held(ann, sha256) == (500, False)
    await put(ann, pb.BlobChunk(sha256=sha256, size=1000, offset=500, data=data[500:]))
    # what is whole by ann is not for bob to know
    assert await held(bob, sha256) == (4, False)
    assert_blobs_are_what_they_are_called(pool)


async def test_a_hash_gives_and_tells_nothing_to_who_has_not_the_content(pool: Pool) -> None:
    ann, bob = await pool.sender("ann"), await pool.sender("bob")
    secret = b"ann's own" * 1000
    sha256 = hashlib.sha256(secret).digest()
    await pool.submit({"main.py": secret}, by=ann)
    node = await pool.node()
    claim = await node.claim()
    for _ in range(2):
        assert await held(ann, sha256) == (len(secret), True)
        assert await held(pool.admin, sha256) == (len(secret), True)
        for curious in (bob, node.stubs):
            assert await held(curious, sha256) == (0, False)
        await pool.stop()
        await pool.start()
        ann, bob = pool.connect(ann.token), pool.connect(bob.token)
        node.reconnect()
    # a sender names it as his, a worker as a file of its result
    package = pb.Manifest(entries=[entry("main.py", secret)])
    request = pb.SubmitRequest(key="k", spec=pb.TaskSpec(package=package))
    answer = await bob.submit.SubmitTask(request, metadata=bob.auth)
    assert (answer.state, list(answer.missing)) == ("incomplete", [sha256])
    told = await node.result(claim.attempt, files={"output/a": secret})
    assert (told.state, list(told.missing)) == ("incomplete", [sha256])
    for caller, attempt in ((bob, None), (node.stubs, claim.attempt)):
        for offset, code in ((len(secret), "offset.gap"), (1, "offset.gap")):
            with pytest.raises(grpc.RpcError) as refused:
                await put(
                    caller, pb.BlobChunk(sha256=sha256, size=len(secret), offset=offset, attempt=attempt)
                )
            assert fault(refused.value) == code
        assert await held(caller, sha256) == (0, False)
        with pytest.raises(grpc.RpcError) as refused:
            await put(caller, pb.BlobChunk(sha256=sha256, size=1, data=b"?", attempt=attempt))
        assert fault(refused.value) == "blob.wrong_hash"
    # who has the bytes sends them, and they are kept once
    for caller, attempt in ((bob, None), (node.stubs, claim.attempt)):
        await put_blobs(caller, [secret], attempt)
        assert await held(caller, sha256) == (len(secret), True)
    assert (await bob.submit.SubmitTask(request, metadata=bob.auth)).state == "accepted"
    assert (await node.result(claim.attempt, files={"output/a": secret})).state == "stored"
    assert_blobs_are_what_they_are_called(pool)
    assert not [path for path in (pool.data / "partial").rglob("*") if path.is_file()]


async def test_one_owner_sends_the_same_blob_many_times_at_once(pool: Pool) -> None:
    """Retries beside calls that a broken link left behind: whatever the order, a blob is what its name says."""
    admin = pool.admin
    for _ in range(20):
        data = os.urandom(200_000)
        sha256 = hashlib.sha256(data).digest()
        pieces = [data[at : at + 8192] for at in range(0, len(data), 8192)]

        async def send(data: bytes = data, sha256: bytes = sha256, pieces: list[bytes] = pieces) -> None:
            offsets = range(0, len(data), 8192)
            await put(
                admin,
                *(
                    pb.BlobChunk(sha256=sha256, size=len(data), offset=offset, data=piece)
                    for offset, piece in zip(offsets, pieces, strict=True)
                ),
            )

        await asyncio.gather(*(send() for _ in range(6)))
        assert await held(admin, sha256) == (len(data), True)
    assert_blobs_are_what_they_are_called(pool)
    assert not [path for path in (pool.data / "partial").rglob("*") if path.is_file()]


def test_threads_that_send_the_same_blob_spoil_nothing(tmp_path: Path) -> None:
    """The check of what is held and the write are one step: four threads, each with every byte."""
    store = BlobStore(tmp_path, Rules(disk_floor_bytes=0))
    for turn in range(40):
        data = os.urandom(64 * 64)
        sha256 = hashlib.sha256(data).hexdigest()
        start = threading.Barrier(4)

        def send(data: bytes = data, sha256: str = sha256, start: threading.Barrier = start) -> None:
            upload = store.begin(sha256, len(data), Owner("ann"))
            start.wait(10)
            for offset in range(0, len(data), 64):
                upload.write(offset, data[offset : offset + 64])
            assert upload.whole
            upload.close()

        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(send) for _ in range(4)]:
                done.result(20)
        assert store.path(sha256).read_bytes() == data, turn


async def test_a_retry_beside_a_call_that_was_left_behind(pool: Pool) -> None:
    admin = pool.admin
    data = os.urandom(300_000)
    sha256 = hashlib.sha256(data).digest()
    first = asyncio.Event()
    rest = asyncio.Event()

    async def slow() -> AsyncIterator[pb.BlobChunk]:
        yield pb.BlobChunk(sha256=sha256, size=len(data), data=data[:100_000])
        first.set()
        await rest.wait()
        yield pb.BlobChunk(sha256=sha256, size=len(data), offset=100_000, data=data[100_000:])

    left = asyncio.ensure_future(admin.transfer.PutBlobs(slow(), metadata=admin.auth))
    await first.wait()
    await put(admin, pb.BlobChunk(sha256=sha256, size=len(data), data=data))
    rest.set()
    assert (await left).blobs[0].whole
    assert_blobs_are_what_they_are_called(pool)


def assert_blobs_are_what_they_are_called(pool: Pool) -> None:
    files = [path for path in (pool.data / "blobs").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


async def test_equal_files_travel_once_and_empty_ones_too(pool: Pool) -> None:
    answer = await put_blobs(pool.admin, [b"", b"a", b"a"])
    assert [(one.held, one.whole) for one in answer.blobs] == [(0, True), (1, True)]
    task_id = await pool.submit({"empty.txt": b"", "a.py": b"a", "b.py": b"a"})
    node = await pool.node()
    claim = await node.claim()
    wanted = [pb.BlobWanted(sha256=one.sha256) for one in claim.spec.package.entries[:2]]
    call = node.stubs.transfer.GetBlobs(
        pb.BlobsWanted(task_id=task_id, blobs=wanted), metadata=node.stubs.auth
    )
    assert [chunk.data async for chunk in call] == [b"", b"a"]


async def test_blobs_are_read_from_any_offset_in_chunks(pool: Pool) -> None:
    data = os.urandom(700_000)
    task_id = await pool.submit({"main.py": data})
    admin = pool.admin
    wanted = pb.BlobWanted(sha256=hashlib.sha256(data).digest(), offset=123_456)
    call = admin.transfer.GetBlobs(pb.BlobsWanted(task_id=task_id, blobs=[wanted]), metadata=admin.auth)
    chunks = [chunk async for chunk in call]
    assert b"".join(chunk.data for chunk in chunks) == data[123_456:]
    assert max(len(chunk.data) for chunk in chunks) == pool.rules.chunk_bytes
    assert [chunk.offset for chunk in chunks] == [
        123_456 + i * pool.rules.chunk_bytes for i in range(len(chunks))
    ]


async def test_a_blob_of_another_task_is_not_given(pool: Pool) -> None:
    secret = b"another one's"
    await pool.submit({"main.py": secret})
    task_id = await pool.submit({"main.py": b"mine"})
    admin = pool.admin
    wanted = pb.BlobWanted(sha256=hashlib.sha256(secret).digest())
    with pytest.raises(grpc.RpcError) as refused:
        await admin.transfer.GetBlobs(
            pb.BlobsWanted(task_id=task_id, blobs=[wanted]), metadata=admin.auth
        ).read()
    assert fault(refused.value) == "blob.not_yours"


async def test_a_dead_attempt_sends_no_blobs(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    admin = pool.admin
    await admin.task.CancelTask(pb.TaskCancelRequest(task_id=task_id), metadata=admin.auth)
    with pytest.raises(grpc.RpcError) as refused:
        await put_blobs(node.stubs, [b"late"], claim.attempt)
    assert fault(refused.value) == "attempt.stale"


async def test_logs_by_offset(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    assert (await node.log(claim.attempt, 0, b"0123", b"4567")).held == 8
    assert (await node.log(claim.attempt, 2, b"234567", b"89")).held == 10
    with pytest.raises(grpc.RpcError) as gap:
        await node.log(claim.attempt, 11, b"x")
    assert fault(gap.value) == "offset.gap"
    ref = pb.LogRef(attempt=claim.attempt)
    stat = await node.stubs.transfer.StatLog(ref, metadata=node.stubs.auth)
    assert (stat.held, stat.stale) == (10, False)
    await pool.stop()
    await pool.start()
    node.reconnect()
    stat = await node.stubs.transfer.StatLog(ref, metadata=node.stubs.auth)
    assert (stat.held, stat.stale) == (10, False)
    admin = pool.admin
    call = admin.submit.ReadLog(pb.LogQuery(task_id=claim.attempt.task_id, offset=3), metadata=admin.auth)
    assert b"".join([chunk.data async for chunk in call]) == b"3456789"


async def test_a_followed_log_ends_with_its_attempt(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    admin = pool.admin
    call = admin.submit.ReadLog(pb.LogQuery(task_id=task_id, follow=True), metadata=admin.auth)
    await node.log(claim.attempt, 0, b"first")
    assert await data_of(call) == b"first"
    await node.log(claim.attempt, 5, b"second")
    assert await data_of(call) == b"second"
    await node.result(claim.attempt, log_bytes=11)
    assert await call.read() is grpc.aio.EOF


async def test_a_log_is_followed_before_it_begins(pool: Pool) -> None:
    task_id = await pool.submit()
    admin = pool.admin
    with pytest.raises(grpc.RpcError) as refused:
        await admin.submit.ReadLog(pb.LogQuery(task_id=task_id), metadata=admin.auth).read()
    assert fault(refused.value) == "log.none"
    call = admin.submit.ReadLog(pb.LogQuery(task_id=task_id, follow=True), metadata=admin.auth)
    node = await pool.node()
    claim = await node.claim()
    await node.log(claim.attempt, 0, b"line")
    assert await data_of(call) == b"line"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../escape", "name.escapes"),
        ("/etc/passwd", "name.absolute"),
        ("output/a\\b", "name.backslash"),
        ("output/CON", "name.device"),
        ("output/a:b", "name.character"),
    ],
)
async def test_names_of_results_are_checked_again(pool: Pool, path: str, code: str) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    await put_blobs(node.stubs, [b"x"], claim.attempt)
    with pytest.raises(grpc.RpcError) as refused:
        await node.result(claim.attempt, files={path: b"x"})
    assert fault(refused.value) == code


async def test_a_lying_size_is_refused(pool: Pool) -> None:
    admin = pool.admin
    await put_blobs(admin, [b"four"])
    lie = entry("main.py", b"four")
    lie.size = 5
    request = pb.SubmitRequest(key="k", spec=pb.TaskSpec(package=pb.Manifest(entries=[lie])))
    with pytest.raises(grpc.RpcError) as refused:
        await admin.submit.SubmitTask(request, metadata=admin.auth)
    assert fault(refused.value) == "manifest.entry"


async def test_a_lying_size_of_a_result_is_refused_and_not_paid(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    await put_blobs(node.stubs, [b"twelve bytes"], claim.attempt)
    for size in (5, 13, 2**64 - 1):
        lie = entry("output/a", b"twelve bytes")
        lie.size = size
        both = pb.Manifest(entries=[lie, entry("output/b", b"twelve bytes")])
        request = pb.TaskResultRequest(attempt=claim.attempt, reason="ok", result=both)
        with pytest.raises(grpc.RpcError) as refused:
            await node.stubs.task.SubmitTaskResult(request, metadata=node.stubs.auth)
        assert isinstance(refused.value, grpc.aio.AioRpcError)
        assert (refused.value.code(), fault(refused.value)) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "manifest.entry",
        )
    assert (await pool.info(claim.attempt.task_id)).attempts[0].state == "claimed"
    assert (await node.result(claim.attempt, files={"output/a": b"twelve bytes"})).state == "stored"


async def test_a_full_disk_is_said_and_takes_nothing_in(pool: Pool) -> None:
    """What is left belongs to the database; a result that is whole can still be stored."""
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    await put_blobs(node.stubs, [b"whole"], claim.attempt)
    assert pool.master is not None
    full = replace(pool.rules, disk_floor_bytes=1 << 62)
    pool.master.core.blobs._rules = full
    for refused_call in (
        put_blobs(node.stubs, [b"more"], claim.attempt),
        node.log(claim.attempt, 0, b"line"),
        pool.submit(),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            await refused_call
        assert fault(refused.value) == "master.disk_full"
    assert (await node.result(claim.attempt, files={"output/a": b"whole"})).state == "stored"
