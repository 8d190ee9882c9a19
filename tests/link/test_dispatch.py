"""Registration, the push stream, and connecting again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.link.told import clock
from hivemind_desktop.settings import table as option
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.events import (
    CancelArrived,
    LinkClosed,
    LinkDown,
    LinkUp,
    OfferArrived,
    OfferWithdrawn,
    WishArrived,
)
from tests.link.fake_master import NODE_ID, POOL_ID, FakeMaster, refuse
from tests.link.world import Worker, view, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)


def test_registers_with_its_facts_and_what_it_holds(master: FakeMaster, worker: Worker) -> None:
    worker.finish(AttemptKey("0000000000000000000000TSK0", 1, 2))
    worker.see(view(ATTEMPT, progress=0.5))
    worker.link.tell_free_slots(2)
    worker.link.open()
    up = worker.events.expect(LinkUp)
    assert (up.pool_id, up.node_id, up.node_name) == (POOL_ID, NODE_ID, "the node")
    told = master.requests["RegisterNode"][0]
    assert (told.version, list(told.features), told.capacity.slots) == ("0.1.0", ["logs"], 3)
    assert [(held.attempt.task_id, held.progress) for held in told.held] == [
        ("0000000000000000000000TSK1", 0.5)
    ]
    assert [(held.task_id, held.n) for held in told.outbox] == [("0000000000000000000000TSK0", 2)]
    assert master.requests["Watch"][0].free_slots == 2


def test_pushes_become_events(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.offer(TaskSpec(name="hello", environment={"A": "1"}))
    offer = worker.events.expect(OfferArrived).offer
    assert (offer.task_id, offer.spec.name, dict(offer.spec.environment)) == (
        "0000000000000000000000TSK1",
        "hello",
        {"A": "1"},
    )
    master.push(wire.Push(withdrawal=wire.Withdrawal(offer_id=offer.offer_id)))
    assert worker.events.expect(OfferWithdrawn).offer_id == offer.offer_id
    master.cancel(ATTEMPT)
    assert worker.events.expect(CancelArrived) == CancelArrived(ATTEMPT, stale=False)
    master.cancel(ATTEMPT, "stale")
    assert worker.events.expect(CancelArrived).stale
    master.push(wire.Push(wish=wire.Wish(drain=True)))
    assert worker.events.expect(WishArrived).drain
    master.push(wire.Push(wish=wire.Wish(drain=True, lifted=True)))
    assert not worker.events.expect(WishArrived).drain


@pytest.mark.parametrize("marked", [True, False])
def test_a_master_alone_cannot_make_itself_the_owners_own(
    marked: bool, master: FakeMaster, make_worker: Callable[..., Worker]
) -> None:
    worker = make_worker(master.address, own=marked)
    worker.link.open()
    assert worker.events.expect(LinkUp).own is marked
    master.push(wire.Push(offer=wire.Offer(offer_id="o", task_id=ATTEMPT.task_id, own=True)))
    assert worker.events.expect(OfferArrived).offer.own is marked


def test_an_offer_that_cannot_be_read_is_refused_for_good(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    spec = wire.TaskSpec(network=wire.NetworkWish(kind="of-a-newer-master"))
    master.push(wire.Push(offer=wire.Offer(offer_id="o", task_id=ATTEMPT.task_id, spec=spec)))
    wait_until(lambda: master.calls("RefuseOffer") == 1)
    refusal = master.requests["RefuseOffer"][0]
    assert (refusal.offer_id, refusal.reason, refusal.lasting) == ("o", "link.unreadable_offer", True)
    assert not worker.events.of(LinkDown)


@pytest.mark.parametrize(
    "lie",
    [
        {"task_id": "../../../../tmp/x"},
        {"task_id": ""},
        {"package_bytes": 2**64 - 1},
        {"spec": wire.TaskSpec(timeout_s=2**32 - 1)},
        {"spec": wire.TaskSpec(environment={"LD_PRELOAD": "x"})},
        {"spec": wire.TaskSpec(asked=wire.Resources(cpus=float("nan")))},
        {"spec": wire.TaskSpec(asked=wire.Resources(memory_bytes=2**64 - 1))},
        {"spec": wire.TaskSpec(command=["/proc/self/fd/8"])},
    ],
    ids=str,
)
def test_an_offer_that_the_contract_does_not_allow_is_refused(
    lie: dict[str, Any], master: FakeMaster, worker: Worker
) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.push(wire.Push(offer=wire.Offer(**{"offer_id": "o", "task_id": ATTEMPT.task_id, **lie})))
    wait_until(lambda: master.calls("RefuseOffer") == 1)
    assert master.requests["RefuseOffer"][0].reason == "link.unreadable_offer"
    assert not worker.events.of(OfferArrived)


def test_an_attempt_that_is_none_ends_the_link_and_not_the_worker(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.push(
        wire.Push(
            cancellation=wire.Cancellation(attempt=wire.Attempt(task_id="../../../../tmp/x", epoch=1, n=1))
        )
    )
    assert worker.events.expect(LinkDown).code == "link.not_a_master"
    worker.link.nudge()
    worker.events.expect(LinkUp)


@pytest.mark.parametrize(
    ("told_s", "kept_s"),
    [(float("nan"), 10.0), (-5.0, 0.2), (0.0, 10.0), (float("inf"), 60.0), (1e-9, 0.2), (7.5, 7.5)],
)
def test_a_clock_of_the_master_stays_within_what_its_owner_may_set(told_s: float, kept_s: float) -> None:
    assert clock(told_s, option.MASTER_HEARTBEAT_S) == kept_s


def test_a_heartbeat_time_below_zero_does_not_make_the_loop_spin(master: FakeMaster, worker: Worker) -> None:
    master.heartbeat_s = master.lease_s = -5.0
    worker.link.open()
    worker.events.expect(LinkUp)
    began = time.monotonic()
    wait_until(lambda: master.calls("Heartbeat") >= 4)
    assert time.monotonic() - began > 0.5


def test_a_stale_attempt_is_told_at_registration(master: FakeMaster, worker: Worker) -> None:
    master.stale.add(ATTEMPT)
    worker.see(view(ATTEMPT))
    worker.link.open()
    assert worker.events.expect(CancelArrived) == CancelArrived(ATTEMPT, stale=True)


def test_close_ends_every_thread_and_says_so(worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.close()
    worker.events.expect(LinkClosed, within_s=2)
    wait_until(lambda: not any(thread.thread.is_alive() for thread in worker.threads), 2)
    assert sorted(thread.role for thread in worker.threads) == [
        "calls",
        "delivery",
        "dispatch",
        "heartbeat",
        "log",
    ]
    worker.link.open()
    worker.events.expect(LinkUp)
    assert not worker.events.of(LinkDown)


def test_open_while_closing_opens_again(worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.close()
    worker.link.open()
    worker.events.expect(LinkClosed)
    worker.events.expect(LinkUp)


def test_close_without_open_answers_all_the_same(worker: Worker) -> None:
    worker.link.close()
    worker.events.expect(LinkClosed)


def test_a_killed_master_is_found_again(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.kill()
    down = worker.events.expect(LinkDown)
    assert down.code == "link.down"
    assert not down.refused
    assert down.retry_s <= 0.5
    worker.events.expect(LinkDown)
    master.start()
    worker.events.expect(LinkUp)
    master.offer(TaskSpec(name="after"))
    assert worker.events.expect(OfferArrived).offer.spec.name == "after"


def test_a_try_is_a_try_whatever_grpc_thinks_of_the_last_one(
    master: FakeMaster, make_worker: Callable[..., Worker]
) -> None:
    worker = make_worker(master.address, random=lambda: 1.0)
    master.kill()
    worker.link.open()
    for _ in range(4):  # 0.5 s, 1 s, 2 s, 4 s to the next one
        worker.events.expect(LinkDown)
        worker.link.nudge()
    worker.events.expect(LinkDown)
    master.start()
    worker.link.nudge()
    worker.events.expect(LinkUp, within_s=0.5)


def test_the_delay_doubles_up_to_a_minute(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker("127.0.0.1:1", random=lambda: 1.0)
    worker.link.open()
    delays = []
    for _ in range(10):
        delays.append(worker.events.expect(LinkDown).retry_s)
        worker.link.nudge()  # also: a nudge tries at once
    assert delays == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_wrong_token_is_a_refusal(master: FakeMaster, make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(master.address, token="wrong")
    worker.link.open()
    down = worker.events.expect(LinkDown)
    assert (down.code, down.refused, down.fields["detail"]) == ("link.refused", True, "call.no_token")


def test_what_the_master_says_is_passed_on(master: FakeMaster, worker: Worker) -> None:
    master.before["RegisterNode"].append(
        refuse(grpc.StatusCode.FAILED_PRECONDITION, "link.too_old", wanted="2.0", code="x", usage="y")
    )
    worker.link.open()
    down = worker.events.expect(LinkDown)
    assert (down.code, down.refused) == ("link.too_old", True)
    assert dict(down.fields) == {"address": master.address, "wanted": "2.0"}
    worker.events.expect(LinkUp)


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_another_program_at_the_port_is_not_a_master(
    greeting: bytes, make_worker: Callable[..., Worker]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(greeting)
                connection.recv(100)

        greeter = threading.Thread(target=greet)
        greeter.start()
        worker = make_worker(f"127.0.0.1:{listener.getsockname()[1]}", random=lambda: 1.0)
        worker.link.open()
        down = worker.events.expect(LinkDown)
        assert (down.code, down.refused) == ("link.not_a_master", True)
        greeter.join(10)
    worker.end()


def test_a_grpc_server_without_our_services_is_not_a_master(make_worker: Callable[..., Worker]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    worker = make_worker(f"127.0.0.1:{port}")
    worker.link.open()
    down = worker.events.expect(LinkDown)
    assert (down.code, down.refused) == ("link.not_a_master", True)
    server.stop(None).wait(5)


def test_an_address_beyond_this_computer_is_refused_until_there_are_certificates(
    make_worker: Callable[..., Worker],
) -> None:
    worker = make_worker("192.0.2.1:50051")
    worker.link.open()
    assert worker.events.expect(LinkDown).code == "link.needs_tls"


def test_slots_that_changed_while_connecting_are_told(master: FakeMaster, worker: Worker) -> None:
    arrived, go = threading.Event(), threading.Event()

    def hold(context: grpc.ServicerContext) -> None:
        arrived.set()
        go.wait(10)

    master.before["Watch"].append(hold)
    worker.link.tell_free_slots(0)
    worker.link.open()
    assert arrived.wait(10)
    worker.link.tell_free_slots(3)
    go.set()
    wait_until(lambda: [told.free_slots for told in master.requests["SetFreeSlots"]] == [3])
    assert master.requests["Watch"][0].free_slots == 0
