"""Join tokens and what they become."""

from __future__ import annotations

import uuid

import grpc
import pytest

from hivemind_desktop.contract.links import LinkKind, parse_link
from hivemind_desktop.master.services.admin import make_invite
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import FakeNode, Pool, fault


def fresh(pool: Pool) -> FakeNode:
    return FakeNode(pool, str(uuid.uuid4()), {})


async def test_the_join_link_says_where_and_which_pool(pool: Pool) -> None:
    admin = pool.admin
    answer = await admin.admin.CreateInvite(pb.InviteRequest(), metadata=admin.auth)
    link = parse_link(answer.join_link)
    assert pool.master is not None
    assert (link.kind, link.address, link.pool_id) == (
        LinkKind.JOIN,
        pool.address,
        pool.master.core.pool.pool_id,
    )
    assert answer.expires_unix_ms == pool.clock.wall_ms() + 3_600_000


async def test_an_invite_is_used_up(pool: Pool) -> None:
    token = await pool.invite(uses=2)
    one, two, three = fresh(pool), fresh(pool), fresh(pool)
    await one.enrol(token)
    await two.enrol(token)
    with pytest.raises(grpc.RpcError) as refused:
        await three.enrol(token)
    assert fault(refused.value) == "enrol.used_up"
    assert one.node_id != two.node_id


async def test_the_same_installation_and_token_give_the_same_node(pool: Pool) -> None:
    token = await pool.invite()
    node = fresh(pool)
    first = await node.enrol(token)
    second = await node.enrol(token)
    assert first.node_id == second.node_id
    assert (await node.register()).node_name == second.node_name
    node.stubs.token = first.token
    with pytest.raises(grpc.RpcError) as refused:
        await node.register()
    assert fault(refused.value) == "call.no_token"


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_used_invite_takes_no_node_over_once_its_token_was_seen(pool: Pool, restarted: bool) -> None:
    """The link stood in a process list; the installation id is no secret."""
    token = await pool.invite()
    node = fresh(pool)
    await node.enrol(token)
    await node.register()
    if restarted:
        await pool.stop()
        await pool.start()
        node.reconnect()
    thief = FakeNode(pool, node.installation, {})
    with pytest.raises(grpc.RpcError) as refused:
        await thief.enrol(token)
    assert fault(refused.value) == "enrol.used_up"
    await node.register()


async def test_another_invite_never_takes_a_node_over(pool: Pool) -> None:
    node = fresh(pool)
    await node.enrol(await pool.invite())
    thief = FakeNode(pool, node.installation, {})
    await thief.enrol(await pool.invite())
    assert thief.node_id != node.node_id
    await node.register()


async def test_this_pcs_own_worker_joins_anew_as_the_same_node(pool: Pool) -> None:
    assert pool.master is not None
    node = fresh(pool)
    ids = set()
    for _ in range(2):
        link, _ = make_invite(pool.master.core, 60, 1, own=True)
        await node.enrol(parse_link(link).token)
        ids.add(node.node_id)
    assert len(ids) == 1
    assert (await node.register()).own


async def test_an_old_or_invented_invite_is_refused(pool: Pool) -> None:
    token = await pool.invite()
    pool.clock.at += 3601
    for told in (token, "", "x" * 43):
        with pytest.raises(grpc.RpcError) as refused:
            await fresh(pool).enrol(told)
        assert fault(refused.value) == "enrol.no_invite"


async def test_leave_ends_the_node(pool: Pool) -> None:
    node = await pool.node()
    await node.stubs.enrol.Leave(pb.LeaveRequest(node_id=node.node_id), metadata=node.stubs.auth)
    await node.watch_ended()
    with pytest.raises(grpc.RpcError) as refused:
        await node.register()
    assert fault(refused.value) == "call.no_token"


async def test_names_are_told_apart(pool: Pool) -> None:
    one, two = fresh(pool), fresh(pool)
    names = [(await node.enrol(await pool.invite())).node_name for node in (one, two)]
    assert names == ["pc", "pc-2"]
    admin = pool.admin
    change = pb.NodeChange(node_id=two.node_id, change="rename", value="pc")
    with pytest.raises(grpc.RpcError) as refused:
        await admin.admin.ChangeNode(change, metadata=admin.auth)
    assert fault(refused.value) == "node.name_taken"
    change.value = "工作站"
    assert (await admin.admin.ChangeNode(change, metadata=admin.auth)).name == "工作站"


@pytest.mark.parametrize("ttl_s", [-1, float("nan"), float("inf"), 1e12])
async def test_how_long_an_invite_may_last(pool: Pool, ttl_s: float) -> None:
    admin = pool.admin
    with pytest.raises(grpc.RpcError) as refused:
        await admin.admin.CreateInvite(pb.InviteRequest(ttl_s=ttl_s), metadata=admin.auth)
    assert fault(refused.value) == "invite.range"
