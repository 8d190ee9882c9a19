"""A node's token goes to this user's master or root's only."""

from __future__ import annotations

import grpc
import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import Master
from hivemind_desktop.wire import hivemind_pb2 as wire
from tests.link.fake_master import FakeMaster
from tests.wire.foreign import thief_on

SECRET = "a-node-token-that-nobody-hears"


def calls(master: Master) -> None:
    """Each way to call, each refused before anything is sent."""
    for call in (
        lambda: master.ask(master.nodes.Heartbeat, wire.HeartbeatRequest(), 2),
        lambda: master.listen(master.nodes.Watch, wire.WatchRequest()),
        lambda: master.ask(master.enrolment.Enrol, wire.EnrolRequest(join_token=SECRET), 2),
        lambda: master.push(master.transfer.PutBlobs, iter([])),
        lambda: master.listen(master.transfer.GetBlobs, wire.BlobsWanted()),
    ):
        with pytest.raises(KnownError) as known:
            call()
        assert known.value.code == "link.foreign_port"


def test_whoever_took_the_port_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with thief_on(0, monkeypatch) as thief:
        master = Master(thief.address, SECRET)
        calls(master)
        master.close()
    assert (thief.connections, thief.heard) == (0, b"")


def test_a_port_taken_after_the_master_left_it_hears_nothing(
    master: FakeMaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection worked, broke, and is tried again."""
    caller = Master(master.address, SECRET)
    with pytest.raises(KnownError) as known:
        caller.ask(caller.enrolment.Leave, wire.LeaveRequest(), 5)
    assert known.value.code != "link.down"
    master.kill()
    with pytest.raises(KnownError) as known:
        caller.ask(caller.nodes.Heartbeat, wire.HeartbeatRequest(), 5)
    assert known.value.code == "link.down"
    with thief_on(int(master.address.rpartition(":")[2]), monkeypatch) as thief:
        calls(caller)
        caller.close()
    assert SECRET.encode() not in thief.heard


def test_the_test_would_hear_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the thief hears without the look; otherwise the tests above could not fail."""
    monkeypatch.setattr("hivemind_desktop.link.channel.check_listener", lambda address: None)
    with thief_on(0, monkeypatch) as thief:
        master = Master(thief.address, SECRET)
        with pytest.raises((KnownError, grpc.RpcError)):
            master.ask(master.nodes.Heartbeat, wire.HeartbeatRequest(), 2)
        master.close()
    assert SECRET.encode() in thief.heard
