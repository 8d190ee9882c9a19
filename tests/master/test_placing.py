"""Who is offered what, and when again."""

from __future__ import annotations

import grpc
import pytest

from hivemind_desktop.contract.states import Reason
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, fault


async def test_priority_then_age(pool: Pool) -> None:
    old, new, urgent = await pool.submit(), await pool.submit(), await pool.submit(priority=5)
    node = await pool.node(free_slots=3)
    assert [(await node.offer()).task_id for _ in range(3)] == [urgent, old, new]


async def test_one_open_offer_for_each_free_slot(pool: Pool) -> None:
    node = await pool.node(free_slots=2)
    for _ in range(4):
        await pool.submit()
    offers = [await node.offer(), await node.offer()]
    await node.heartbeat()
    assert node.pushes.empty()
    await node.slots(1)
    await node.claim(offers[0])
    await node.heartbeat()
    assert node.pushes.empty()
    await node.slots(3)
    await node.offer()
    await node.offer()


async def test_a_claim_takes_its_slot_before_the_node_says_so(pool: Pool) -> None:
    node = await pool.node(free_slots=1, slots=1)
    first = await pool.submit()
    await pool.submit()
    claim = await node.claim()
    assert claim.attempt.task_id == first
    await node.heartbeat(claim.attempt)
    assert node.pushes.empty()


async def test_a_refused_task_goes_to_another_node(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    await node.refuse(await node.offer(), "refused.memory", lasting=True)
    other = await pool.node()
    assert (await other.offer()).task_id == task_id
    info = await pool.info(task_id)
    assert [(one.node_id, one.reason) for one in info.refusals] == [(node.node_id, "refused.memory")]


async def test_a_passing_refusal_is_asked_again_later(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    await node.refuse(await node.offer())
    await node.heartbeat()
    assert node.pushes.empty()
    await pool.pass_time(pool.rules.retry_s + 1)
    assert (await node.offer()).task_id == task_id


async def test_a_lasting_refusal_holds_until_the_node_changes(pool: Pool) -> None:
    node = await pool.node(features=["gpu"])
    task_id = await pool.submit()
    await node.refuse(await node.offer(), lasting=True)
    await pool.pass_time(pool.rules.retry_s + 1)
    await node.heartbeat()
    assert node.pushes.empty()
    node.facts["features"] = ["gpu", "more"]
    await node.unwatch()
    await node.register()
    await node.watch(1)
    assert (await node.offer()).task_id == task_id


async def test_cannot_run_here_excludes_the_node(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    answer = await node.result(claim.attempt, Reason.CANNOT_RUN_HERE, message="package.requirements")
    assert answer.state == "released"
    await pool.pass_time(pool.rules.retry_s + 1)
    await node.heartbeat()
    assert node.pushes.empty()
    other = await pool.node()
    assert (await other.claim()).attempt.n == 2
    assert (await pool.info(task_id)).refusals[0].reason == "package.requirements"


async def test_refused_by_every_node_it_fails_after_its_time(pool: Pool) -> None:
    one, two = await pool.node(), await pool.node()
    task_id = await pool.submit()
    for _ in range(2):
        offered = one if not one.pushes.empty() else two
        if offered.pushes.empty():
            offered = one
        push = await offered.next()
        await offered.refuse(push.offer, "refused.network", lasting=True)
        await one.heartbeat()
        await two.heartbeat()
    await pool.pass_time(1)
    for _ in range(60):
        assert (await pool.info(task_id)).state == "queued"
        await pool.pass_time(pool.rules.refused_by_all_s / 60)
        await one.heartbeat()
        await two.heartbeat()
    await pool.pass_time(1)
    info = await pool.info(task_id)
    assert (info.state, info.reason) == ("failed", "cannot_run_here")


async def test_an_offer_that_nobody_answers_runs_out(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    offer = await node.offer()
    await pool.pass_time(pool.rules.offer_s + 1)
    assert (await node.withdrawal()).offer_id == offer.offer_id
    with pytest.raises(grpc.RpcError) as refused:
        await node.claim(offer)
    assert fault(refused.value) == "offer.gone"
    await pool.pass_time(pool.rules.retry_s + 1)
    await node.heartbeat()
    assert (await node.offer()).task_id == task_id


async def test_a_silent_node_is_offered_nothing(pool: Pool) -> None:
    node = await pool.node()
    await pool.pass_time(pool.rules.offline_s + 1)
    task_id = await pool.submit()
    nodes = await pool.admin.admin.ListNodes(pb.NodeListQuery(), metadata=pool.admin.auth)
    assert (nodes.nodes[0].connected, nodes.nodes[0].phase) == (False, "offline")
    assert node.pushes.empty()
    await node.heartbeat()
    assert (await node.offer()).task_id == task_id


async def test_a_closed_stream_frees_its_offer_at_once(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    await node.offer()
    other = await pool.node()
    await node.unwatch()
    assert (await other.offer()).task_id == task_id


async def test_a_second_stream_ends_the_first(pool: Pool) -> None:
    node = await pool.node()
    first = node._watching
    await node.watch(1)
    assert first is not None
    await first
    task_id = await pool.submit()
    assert (await node.offer()).task_id == task_id


async def test_node_and_labels_are_respected(pool: Pool) -> None:
    plain = await pool.node(free_slots=5)
    labelled = await pool.node(free_slots=5, labels=["gpu"])
    by_label = await pool.submit(require=["gpu"])
    by_id = await pool.submit(node=plain.node_id)
    assert (await labelled.offer()).task_id == by_label
    assert (await plain.offer()).task_id == by_id
    both = await pool.submit(require=["gpu", "ssd"])
    await labelled.heartbeat()
    assert labelled.pushes.empty()
    admin = pool.admin
    await admin.admin.ChangeNode(
        pb.NodeChange(node_id=labelled.node_id, change="label", value="ssd"), metadata=admin.auth
    )
    assert (await labelled.offer()).task_id == both


async def test_blocked_and_draining_nodes_get_nothing(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    offer = await node.offer()
    admin = pool.admin

    async def change(what: str) -> pb.NodeInfo:
        return await admin.admin.ChangeNode(
            pb.NodeChange(node_id=node.node_id, change=what), metadata=admin.auth
        )

    assert (await change("block")).blocked
    assert (await node.withdrawal()).offer_id == offer.offer_id
    await change("unblock")
    await node.offer()
    await change("drain")
    wish, withdrawal = await node.next(), await node.next()
    assert wish.wish.drain
    assert withdrawal.WhichOneof("what") == "withdrawal"
    assert (await pool.info(task_id)).state == "queued"
    await change("undrain")
    assert (await node.next()).wish.lifted
    assert (await node.offer()).task_id == task_id


async def test_a_removed_node_is_out(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    await node.claim()
    admin = pool.admin
    await admin.admin.ChangeNode(pb.NodeChange(node_id=node.node_id, change="remove"), metadata=admin.auth)
    await node.watch_ended()
    with pytest.raises(grpc.RpcError) as refused:
        await node.heartbeat()
    assert fault(refused.value) == "call.no_token"
    assert (await pool.info(task_id)).state == "queued"
    assert not (await admin.admin.ListNodes(pb.NodeListQuery(), metadata=admin.auth)).nodes


async def test_after_waits_and_brings_inputs(pool: Pool) -> None:
    node = await pool.node(free_slots=5)
    first = await pool.submit()
    second = await pool.submit(after=[first])
    claim = await node.claim()
    assert claim.attempt.task_id == first
    await node.heartbeat()
    assert node.pushes.empty()
    from tests.master.harness import put_blobs

    await put_blobs(node.stubs, [b"data"], claim.attempt)
    await node.result(claim.attempt, files={"output/x.txt": b"data"})
    claim = await node.claim()
    assert claim.attempt.task_id == second
    paths = {one.path: one for one in claim.spec.package.entries}
    wanted = paths[f"inputs/{first}/output/x.txt"]
    got = node.stubs.transfer.GetBlobs(
        pb.BlobsWanted(task_id=second, blobs=[pb.BlobWanted(sha256=wanted.sha256)]),
        metadata=node.stubs.auth,
    )
    assert b"".join([chunk.data async for chunk in got]) == b"data"


async def test_a_failed_dependency_fails_what_came_after(pool: Pool) -> None:
    node = await pool.node()
    first = await pool.submit()
    second = await pool.submit(after=[first])
    third = await pool.submit(after=[second])
    claim = await node.claim()
    await node.result(claim.attempt, Reason.EXIT, exit_code=1)
    for task_id in (second, third, await pool.submit(after=[first])):
        info = await pool.info(task_id)
        assert (info.state, info.reason) == ("failed", "dependency_failed")
    with pytest.raises(grpc.RpcError) as refused:
        await pool.submit(after=["01M87RF4N3X6091CJ73J6APXGG"])
    assert fault(refused.value) == "submit.unknown_dependency"
