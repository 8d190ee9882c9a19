"""One task from the submit call to the stored result, over real gRPC."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import pytest

from hivemind_desktop.contract.states import Reason
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, fault, put_blobs


async def test_a_task_from_submit_to_stored(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    assert claim.attempt.task_id == task_id
    assert (claim.attempt.epoch, claim.attempt.n) == (1, 1)
    assert [one.path for one in claim.spec.package.entries] == ["main.py"]
    assert claim.sender == "admin"
    assert claim.lease_s == pool.rules.lease_s
    got = [
        chunk
        async for chunk in node.stubs.transfer.GetBlobs(
            pb.BlobsWanted(
                task_id=task_id,
                blobs=[pb.BlobWanted(sha256=one.sha256) for one in claim.spec.package.entries],
            ),
            metadata=node.stubs.auth,
        )
    ]
    assert b"".join(chunk.data for chunk in got) == b"print('hello')\n"
    await node.heartbeat(claim.attempt, stage="running")
    assert (await pool.info(task_id)).attempts[0].state == "running"
    log = b"0123456789"
    assert (await node.log(claim.attempt, 0, log)).held == 10
    files = {"output/picture.png": b"png", "output/zahl.txt": b"42"}
    first = await node.result(claim.attempt, files=files, log_bytes=12)
    assert first.state == "incomplete"
    assert len(first.missing) == 2
    assert first.log_held == 10
    await put_blobs(node.stubs, files.values(), claim.attempt)
    assert (await node.result(claim.attempt, files=files, log_bytes=12)).state == "incomplete"
    await node.log(claim.attempt, 10, b"ab")
    pool.clock.at += 3600
    usage = pb.Usage(cpu_percent=90, memory_percent=90, duration_s=3600)
    stored = await node.result(claim.attempt, files=files, log_bytes=12, usage=usage, exit_code=0)
    assert (stored.state, stored.reward) == ("stored", 15)
    again = await node.result(claim.attempt, files=files, log_bytes=12, usage=usage, exit_code=0)
    assert (again.state, again.reward) == ("stored", 15)
    other = await node.result(claim.attempt, files={}, exit_code=0)
    assert other.state == "stale"
    info = await pool.info(task_id)
    assert (info.state, info.reason, info.attempts[0].state) == ("succeeded", "ok", "stored")
    assert info.attempts[0].reward == 15
    assert info.attempts[0].log_bytes == 12
    nodes = await pool.admin.admin.ListNodes(pb.NodeListQuery(), metadata=pool.admin.auth)
    assert nodes.nodes[0].earned == 15


async def test_an_offer_reaches_an_idle_node_in_milliseconds(pool: Pool) -> None:
    node = await pool.node(free_slots=100)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        await pool.submit()
        submitted = time.perf_counter()
        await node.offer()
        took.append((time.perf_counter() - submitted) * 1000)
        assert submitted > began
    assert sorted(took)[10] < 20, took


async def test_a_repeated_claim_gives_the_same_attempt(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    offer = await node.offer()
    first, second = await node.claim(offer), await node.claim(offer)
    assert first.attempt == second.attempt == offer.attempt
    assert len(second.spec.package.entries) == 1


async def test_two_nodes_never_get_the_same_task(pool: Pool) -> None:
    one, two = await pool.node(), await pool.node()
    await pool.submit()
    await pool.submit()
    offers = [await one.offer(), await two.offer()]
    assert offers[0].task_id != offers[1].task_id
    with pytest.raises(grpc.RpcError) as refused:
        await two.claim(offers[0])
    assert fault(refused.value) == "offer.gone"


async def test_cancel_reaches_the_node_and_ends_the_attempt(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    admin = pool.admin
    for _ in range(2):
        answer = await admin.task.CancelTask(pb.TaskCancelRequest(task_id=task_id), metadata=admin.auth)
        assert answer.state == "cancelled"
    cancelled = await node.cancellation()
    assert (cancelled.attempt, cancelled.reason) == (claim.attempt, "cancelled")
    assert (await node.heartbeat(claim.attempt))[0].stale
    assert (await node.result(claim.attempt)).state == "stale"
    assert (await node.log(claim.attempt, 0, b"late")).stale


async def test_cancel_of_a_queued_task_withdraws_its_offer(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    offer = await node.offer()
    admin = pool.admin
    await admin.task.CancelTask(pb.TaskCancelRequest(task_id=task_id), metadata=admin.auth)
    assert (await node.withdrawal()).offer_id == offer.offer_id
    with pytest.raises(grpc.RpcError) as refused:
        await node.claim(offer)
    assert fault(refused.value) == "offer.gone"


async def test_a_task_that_fails_is_stored_with_its_reason_and_paid(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    stored = await node.result(claim.attempt, Reason.EXIT, exit_code=3)
    assert (stored.state, stored.reward) == ("stored", 1)
    info = await pool.info(task_id)
    assert (info.state, info.reason, info.attempts[0].exit_code) == ("failed", "exit", 3)


async def test_pay_is_for_the_time_the_master_saw(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    pool.clock.at += 360.5
    usage = pb.Usage(cpu_percent=1e300, memory_percent=90, duration_s=2**32 - 1)
    granted = pb.Resources(cpus=64, memory_bytes=2**64 - 1, gpus=8)
    stored = await node.result(claim.attempt, usage=usage, granted=granted)
    # 0.1 hours at the best multiplier
    assert (stored.state, stored.reward) == ("stored", 1)
    attempt = (await pool.info(claim.attempt.task_id)).attempts[0]
    assert attempt.usage.duration_s == 360
    # the harness's nodes claim without saying what they grant
    assert attempt.granted == pb.Resources()


async def test_less_than_was_claimed_may_be_granted(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    offer = await node.offer()
    claimed = pb.Resources(cpus=2, memory_bytes=1000, pids=10)
    claim = await node.stubs.task.AssignTask(
        pb.TaskAssignmentRequest(node_id=node.node_id, offer_id=offer.offer_id, granted=claimed),
        metadata=node.stubs.auth,
    )
    await node.result(claim.attempt, granted=pb.Resources(cpus=1.5, memory_bytes=2000, pids=10))
    attempt = (await pool.info(claim.attempt.task_id)).attempts[0]
    assert attempt.granted == pb.Resources(cpus=1.5, memory_bytes=1000, pids=10)


async def test_other_reasons_are_not_paid(pool: Pool) -> None:
    node = await pool.node()
    await pool.submit()
    claim = await node.claim()
    stored = await node.result(claim.attempt, Reason.TIMEOUT, usage=pb.Usage(duration_s=7200))
    assert (stored.state, stored.reward) == ("stored", 0)


async def test_the_submit_key_makes_it_repeatable(pool: Pool) -> None:
    first = await pool.submit(key="mine")
    assert await pool.submit(key="mine") == first
    admin = pool.admin
    both = await asyncio.gather(pool.submit(key="twice", by=admin), pool.submit(key="twice", by=admin))
    assert both[0] == both[1] != first


async def test_a_watcher_hears_each_stage_and_the_end(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    admin = pool.admin
    call: Any = admin.submit.WatchTask(pb.TaskQuery(task_id=task_id), metadata=admin.auth)

    async def until(state: str, stage: str) -> None:
        async with asyncio.timeout(10):
            while True:
                info = await call.read()
                if info.state == state and [one.stage for one in info.attempts] == ([stage] if stage else []):
                    return

    await until("queued", "")
    claim = await node.claim()
    for stage in ("preparing", "running", "collecting"):
        await node.heartbeat(claim.attempt, stage=stage)
        await until("running", stage)
    await node.result(claim.attempt)
    await until("succeeded", "collecting")
    assert await call.read() is grpc.aio.EOF
