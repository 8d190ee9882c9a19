"""What the master said it kept is there after kill -9: a real process, real clients, the worst moment."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from hivemind_desktop.master.access import read_access
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, fault, put_blobs


class Process:
    """`hivemind-master serve` on a port of its own, and a Pool of clients for it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.child: asyncio.subprocess.Process | None = None
        self.pool = Pool(state)
        self.address = "127.0.0.1:0"

    async def start(self) -> Pool:
        self.child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "hivemind_desktop.master", "serve", "--listen", self.address),
            env={**os.environ, "HIVEMIND_HOME": str(self.state)},
            stderr=subprocess.PIPE,
        )
        assert self.child.stderr is not None
        line = await self.child.stderr.readline()
        assert b"listening on" in line, line
        access = read_access(self.state)
        assert access is not None
        self.address = self.pool.address = access.address
        self.pool.admin_token = access.admin_token
        return self.pool

    async def kill(self) -> None:
        assert self.child is not None
        self.child.kill()
        await self.child.wait()

    def most_kib(self) -> int:
        """The most memory it ever held (Linux)."""
        assert self.child is not None
        status = Path(f"/proc/{self.child.pid}/status").read_text("ascii")
        return int(status.split("VmHWM:")[1].split()[0])

    async def end(self) -> int:
        assert self.child is not None
        self.child.terminate()
        return await asyncio.wait_for(self.child.wait(), 5)


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    process = Process(tmp_path / "state")
    await process.start()
    yield process
    await process.pool.stop()
    if process.child is not None and process.child.returncode is None:
        await process.kill()


async def test_everything_it_said_is_there_after_kill(process: Process) -> None:
    pool = process.pool
    node = await pool.node(free_slots=3)
    waiting = await pool.submit(key="waiting", node="nowhere")
    running, done = await pool.submit(), await pool.submit()
    claims = {claim.attempt.task_id: claim for claim in [await node.claim(), await node.claim()]}
    await put_blobs(node.stubs, [b"result"], claims[done].attempt)
    await node.log(claims[done].attempt, 0, b"log")
    first = await node.result(claims[done].attempt, files={"output/r": b"result"}, log_bytes=3)
    assert first.state == "stored"
    await node.heartbeat(claims[running].attempt)
    await process.kill()

    await process.start()
    node.reconnect()
    await pool.connect(pool.admin_token).channel.channel_ready()
    assert (await pool.info(waiting)).state == "queued"
    assert await pool.submit(key="waiting", node="nowhere") == waiting
    info = await pool.info(done)
    assert (info.state, info.attempts[0].reward) == ("succeeded", first.reward)
    again = await node.result(claims[done].attempt, files={"output/r": b"result"}, log_bytes=3)
    assert (again.state, again.reward) == ("stored", first.reward)
    nodes = await pool.admin.admin.ListNodes(pb.NodeListQuery(), metadata=pool.admin.auth)
    assert nodes.nodes[0].earned == first.reward
    # the run went on without a master and keeps its attempt
    answer = await node.register(held=[pb.HeldAttempt(attempt=claims[running].attempt, stage="running")])
    assert not answer.verdicts[0].stale
    assert (await node.result(claims[running].attempt)).state == "stored"
    admin = pool.admin
    wanted = pb.BlobsWanted(
        task_id=done,
        blobs=[
            pb.BlobWanted(sha256=one.sha256)
            for one in (
                await admin.submit.GetResult(pb.TaskQuery(task_id=done), metadata=admin.auth)
            ).result.entries
        ],
    )
    got = [chunk.data async for chunk in admin.transfer.GetBlobs(wanted, metadata=admin.auth)]
    assert got == [b"result"]


async def test_a_claim_is_repeated_after_kill(process: Process) -> None:
    pool = process.pool
    node = await pool.node()
    await pool.submit()
    offer = await node.offer()
    first = await node.claim(offer)
    await process.kill()
    await process.start()
    node.reconnect()
    assert (await node.claim(offer)).attempt == first.attempt


async def test_killed_among_many_submits_nothing_said_is_lost(process: Process) -> None:
    pool = process.pool
    admin = pool.connect(pool.admin_token)
    await put_blobs(admin, [b"print('hello')\n"])
    said: list[str] = []
    enough = asyncio.Event()

    async def submit_for_ever(number: int) -> None:
        while True:
            said.append(await pool.submit(by=admin, key=f"{number}-{len(said)}"))
            if len(said) >= 100:
                enough.set()

    submitting = [asyncio.create_task(submit_for_ever(number)) for number in range(8)]
    await asyncio.wait_for(enough.wait(), 60)
    await process.kill()
    ended = await asyncio.gather(*submitting, return_exceptions=True)
    assert all(isinstance(one, grpc.RpcError) for one in ended), ended
    await process.start()
    admin = pool.connect(pool.admin_token)
    answer = await admin.submit.ListTasks(pb.TaskListQuery(), metadata=admin.auth)
    assert set(said) <= {task.task_id for task in answer.tasks}


async def test_a_quiet_end_closes_streams_within_two_seconds(process: Process) -> None:
    node = await process.pool.node()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await process.end() == 0
    assert loop.time() - began < 2
    await node.watch_ended()


async def test_a_large_result_keeps_the_master_small(process: Process) -> None:
    """128 MiB up and down: the most the process ever held grows by less than an eighth of it."""
    pool = process.pool
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    piece = os.urandom(256 * 1024)
    count = 512
    whole = hashlib.sha256()
    for _ in range(count):
        whole.update(piece)
    sha256, size = whole.digest(), count * len(piece)

    async def chunks() -> AsyncIterator[pb.BlobChunk]:
        for number in range(count):
            yield pb.BlobChunk(
                sha256=sha256, size=size, offset=number * len(piece), data=piece, attempt=claim.attempt
            )

    before = process.most_kib()
    await node.stubs.transfer.PutBlobs(chunks(), metadata=node.stubs.auth)
    manifest = pb.Manifest(entries=[pb.FileEntry(path="output/big", size=size, sha256=sha256)])
    stored = await node.stubs.task.SubmitTaskResult(
        pb.TaskResultRequest(attempt=claim.attempt, reason="ok", result=manifest), metadata=node.stubs.auth
    )
    assert stored.state == "stored"
    admin = pool.admin
    got = hashlib.sha256()
    wanted = pb.BlobsWanted(task_id=task_id, blobs=[pb.BlobWanted(sha256=sha256)])
    async for chunk in admin.transfer.GetBlobs(wanted, metadata=admin.auth):
        got.update(chunk.data)
    assert got.digest() == sha256
    grown_kib = process.most_kib() - before
    assert grown_kib < size / 1024 / 8


async def test_tokens_and_invites_survive(pool: Pool) -> None:
    token = await pool.invite()
    ann = await pool.sender("ann")
    node = await pool.node(watch=False)
    await pool.stop()
    await pool.start()
    node.reconnect()
    await node.register()
    ann = pool.connect(ann.token)
    await ann.submit.ListTasks(pb.TaskListQuery(), metadata=ann.auth)
    await node.enrol(token)
    other = pool.connect("x" * 43)
    with pytest.raises(grpc.RpcError) as refused:
        await other.submit.ListTasks(pb.TaskListQuery(), metadata=other.auth)
    assert fault(refused.value) == "call.no_token"


async def test_a_queue_with_dependencies_survives(pool: Pool) -> None:
    first = await pool.submit()
    second = await pool.submit(after=[first], priority=9)
    await pool.stop()
    await pool.start()
    node = await pool.node(free_slots=5)
    claim = await node.claim()
    assert claim.attempt.task_id == first
    await node.result(claim.attempt)
    assert (await node.offer()).task_id == second


async def test_no_token_is_on_the_disk_in_the_clear(pool: Pool) -> None:
    join = await pool.invite()
    ann = await pool.sender("ann")
    node = await pool.node(watch=False)
    await pool.stop()
    there = b"".join(path.read_bytes() for path in pool.data.rglob("*") if path.is_file())
    assert len(there) > 1000
    for token in (join, ann.token, node.token, pool.admin_token):
        assert token.encode() not in there
    await pool.start()


def test_embedded_takes_another_port_when_its_own_is_taken(tmp_path: Path) -> None:
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(OSError):  # somebody has it already: as good
            taken.enter_context(socket.create_server(("127.0.0.1", 50051)))
        child = subprocess.Popen(
            [sys.executable, "-m", "hivemind_desktop.master", "serve", "--embedded"],
            env={**os.environ, "HIVEMIND_HOME": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        out, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    assert not json.loads(out)["address"].endswith(":50051")


def test_embedded_says_one_line_and_ends_with_its_stdin(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "hivemind_desktop.master", "serve", "--embedded"],
        env={**os.environ, "HIVEMIND_HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    told = json.loads(child.stdout.readline())
    assert set(told) == {"address", "join_link"}
    access = read_access(tmp_path)
    assert access is not None
    assert access.address == told["address"]
    assert (tmp_path / "master.json").stat().st_mode & 0o777 == 0o600
    child.stdin.close()
    assert child.wait(5) == 0
    assert child.stdout.read() == b""
    child.stdout.close()
    log = (tmp_path / "master.log").read_text("utf-8")
    assert "listening" in log
    assert access.admin_token not in log
    assert told["join_link"] not in log
