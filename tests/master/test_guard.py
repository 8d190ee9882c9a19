"""Every call of the contract by every kind of caller, from the descriptor itself: a new call cannot be forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from hivemind_desktop.master.guard import OPEN, POLICY
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, fault

PROTO = Path(__file__).parents[2] / "protos" / "hivemind.proto"
METHODS: list[MethodDescriptor] = [
    method for service in pb.DESCRIPTOR.services_by_name.values() for method in service.methods
]
CALLERS = ("nobody", "wrong", "admin", "sender", "node")
NO_ENTRY = {"call.no_token", "call.not_yours"}


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def told_in_the_contract() -> dict[str, set[str]]:
    """Who may call what, by the comment above each call."""
    found: dict[str, set[str]] = {}
    service = comment = ""
    words = {"worker": "node", "sender": "sender", "admin": "admin"}
    for line in PROTO.read_text("utf-8").splitlines():
        if match := re.match(r"service (\w+)", line):
            service = match[1]
        elif line.strip().startswith("//"):
            comment += line.lower()
        elif match := re.match(r"\s+rpc (\w+)", line):
            who = comment.split(".")[0].split(":")[0]
            found[f"/hivemind.v1.{service}/{match[1]}"] = {
                kind for word, kind in words.items() if re.search(rf"\b{word}\b", who)
            }
            comment = ""
        else:
            comment = ""
    return found


def test_the_table_is_what_the_contract_says() -> None:
    told = told_in_the_contract()
    told.pop("/hivemind.v1.EnrolService/Enrol")
    assert {path: {kind.value for kind in kinds} for path, kinds in POLICY.items()} == told


def test_no_call_is_forgotten() -> None:
    assert {path_of(method) for method in METHODS} == set(POLICY) | OPEN


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_call_by(pool: Pool, caller: str) -> None:
    node = await pool.node(watch=False)
    sender = await pool.sender("ann")
    token = {
        "nobody": "",
        "wrong": "x" * 43,
        "admin": pool.admin_token,
        "sender": sender.token,
        "node": node.token,
    }
    stubs = pool.connect(token[caller])
    # Leave really ends the node, so it comes last
    for method in sorted(METHODS, key=lambda method: method.name == "Leave"):
        path = path_of(method)
        code = await outcome(stubs.channel, method, stubs.auth)
        if path in OPEN:
            assert code not in NO_ENTRY, path
        elif caller in ("nobody", "wrong"):
            assert code == "call.no_token", path
        elif caller in {kind.value for kind in POLICY[path]}:
            assert code not in NO_ENTRY, path
            assert code != "master.bug", path
        else:
            assert code == "call.not_yours", path


async def outcome(channel: grpc.aio.Channel, method: MethodDescriptor, auth: Any) -> str:
    """The code of the refusal of a call with an empty message, empty when it was answered."""
    request = GetMessageClass(method.input_type)()
    kind: Any = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }[(bool(method.client_streaming), bool(method.server_streaming))]
    call = kind(
        path_of(method),
        request_serializer=type(request).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    try:
        if method.client_streaming:
            running = call(iter([request]), metadata=auth)
        else:
            running = call(request, metadata=auth)
        if method.server_streaming:
            await running.read()
            running.cancel()
        else:
            await running
    except grpc.RpcError as error:
        return fault(error)
    return ""


async def test_senders_see_only_their_own(pool: Pool) -> None:
    ann, bob = await pool.sender("ann"), await pool.sender("bob")
    task_id = await pool.submit(by=ann)
    query = pb.TaskQuery(task_id=task_id)
    assert (await ann.submit.GetTask(query, metadata=ann.auth)).sender == "ann"
    for ask in (bob.submit.GetTask, bob.submit.GetResult):
        with pytest.raises(grpc.RpcError) as refused:
            await ask(query, metadata=bob.auth)
        assert fault(refused.value) == "task.unknown"
    with pytest.raises(grpc.RpcError) as refused:
        await bob.task.CancelTask(pb.TaskCancelRequest(task_id=task_id), metadata=bob.auth)
    assert fault(refused.value) == "task.unknown"
    assert not (await bob.submit.ListTasks(pb.TaskListQuery(), metadata=bob.auth)).tasks
    assert len((await ann.submit.ListTasks(pb.TaskListQuery(), metadata=ann.auth)).tasks) == 1
    blob = pb.BlobsWanted(task_id=task_id)
    with pytest.raises(grpc.RpcError) as refused:
        await bob.transfer.GetBlobs(blob, metadata=bob.auth).read()
    assert fault(refused.value) == "task.unknown"
    with pytest.raises(grpc.RpcError) as refused:
        await pool.submit(by=bob, after=[task_id])
    assert fault(refused.value) == "submit.unknown_dependency"


async def test_nodes_touch_only_their_own(pool: Pool) -> None:
    one, two = await pool.node(), await pool.node(free_slots=0)
    task_id = await pool.submit()
    claim = await one.claim()
    for attempt in (
        two.heartbeat(claim.attempt),
        two.result(claim.attempt),
        two.log(claim.attempt, 0, b"x"),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            await attempt
        assert fault(refused.value) == "attempt.not_yours"
    wanted = pb.BlobWanted(sha256=claim.spec.package.entries[0].sha256)
    with pytest.raises(grpc.RpcError) as refused:
        await two.stubs.transfer.GetBlobs(
            pb.BlobsWanted(task_id=task_id, blobs=[wanted]), metadata=two.stubs.auth
        ).read()
    assert fault(refused.value) == "task.not_held"
    with pytest.raises(grpc.RpcError) as refused:
        await two.stubs.node.Heartbeat(pb.HeartbeatRequest(node_id=one.node_id), metadata=two.stubs.auth)
    assert fault(refused.value) == "node.not_you"


async def test_revoked_and_replaced_tokens_are_refused(pool: Pool) -> None:
    first = await pool.sender("ann")
    second = await pool.sender("ann")
    admin = pool.admin
    with pytest.raises(grpc.RpcError) as refused:
        await first.submit.ListTasks(pb.TaskListQuery(), metadata=first.auth)
    assert fault(refused.value) == "call.no_token"
    await second.submit.ListTasks(pb.TaskListQuery(), metadata=second.auth)
    for _ in range(2):
        await admin.admin.RevokeToken(pb.TokenRequest(name="ann"), metadata=admin.auth)
    with pytest.raises(grpc.RpcError) as refused:
        await second.submit.ListTasks(pb.TaskListQuery(), metadata=second.auth)
    assert fault(refused.value) == "call.no_token"
    tokens = await admin.admin.ListTokens(pb.TokenListQuery(), metadata=admin.auth)
    assert [(one.name, one.revoked) for one in tokens.tokens] == [("ann", True)]


@pytest.mark.parametrize("name", ["admin", "Admin", "", "../x", "a b", "x" * 65])
async def test_names_of_tokens(pool: Pool, name: str) -> None:
    admin = pool.admin
    with pytest.raises(grpc.RpcError) as refused:
        await admin.admin.AddToken(pb.TokenRequest(name=name), metadata=admin.auth)
    assert fault(refused.value) == "token.name"


async def test_garbage_harms_nobody(pool: Pool) -> None:
    """Broken messages, unknown calls and doubled tokens are refused; the master goes on."""
    stubs = pool.admin
    for path in ("/hivemind.v1.SubmitService/GetTask", "/hivemind.v1.TaskService/SubmitTaskResult"):
        call: Any = stubs.channel.unary_unary(path)
        with pytest.raises(grpc.RpcError):
            await call(b"\xff\xff\xff\xff", metadata=stubs.auth)
    nothing: Any = stubs.channel.unary_unary("/hivemind.v1.NodeService/Nothing")
    with pytest.raises(grpc.RpcError) as unknown:
        await nothing(b"", metadata=stubs.auth)
    assert fault(unknown.value) == "call.unknown"
    with pytest.raises(grpc.RpcError) as anonymous:
        await nothing(b"")
    assert fault(anonymous.value) == "call.no_token"
    with pytest.raises(grpc.RpcError) as doubled:
        await stubs.submit.ListTasks(pb.TaskListQuery(), metadata=(*stubs.auth, *stubs.auth))
    assert fault(doubled.value) == "call.no_token"
    await stubs.submit.ListTasks(pb.TaskListQuery(), metadata=stubs.auth)
