"""Claims, refusals, stages, slots: in order, without blocking, a claim never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import grpc

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Manifest, Resources, TaskSpec
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.events import (
    CancelArrived,
    ClaimGranted,
    ClaimLost,
    LinkClosed,
    LinkDown,
    LinkUp,
)
from hivemind_desktop.worker.finished import Finished
from tests.link.fake_master import FakeMaster, refuse
from tests.link.world import Worker, view, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)
GRANTED = Resources(cpus=1.0, memory_bytes=1 << 28)


def test_a_claim_gives_the_attempt_and_the_package(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    package = Manifest((FileEntry("main.py", 5, master.keep(b"hello")),))
    offer_id = master.offer(TaskSpec(name="hello", package=package))
    worker.link.claim(offer_id, GRANTED)
    granted = worker.events.expect(ClaimGranted)
    assert granted == ClaimGranted(offer_id, ATTEMPT, granted.spec, "somebody", 120.0)
    assert granted.spec.package == package
    assert master.requests["AssignTask"][0].granted.cpus == 1.0


def test_an_attempt_that_is_given_back_is_told_and_held_no_more(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.claim(master.offer(TaskSpec()), GRANTED)
    worker.events.expect(ClaimGranted)
    back = Finished(ATTEMPT, Reason.CANNOT_RUN_HERE, message="refused.changed", granted=GRANTED)
    worker.link.give_back(back)
    wait_until(lambda: master.calls("SubmitTaskResult") == 1)
    told = master.requests["SubmitTaskResult"][0]
    assert (told.attempt.task_id, told.reason, told.message) == (
        ATTEMPT.task_id,
        "cannot_run_here",
        "refused.changed",
    )
    worker.link.nudge()
    wait_until(lambda: master.calls("Heartbeat") == 1)
    assert not master.requests["Heartbeat"][0].held


def test_a_claim_of_what_no_contract_allows_is_lost(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    offer_id = master.offer(TaskSpec())
    master.claims[offer_id] = wire.TaskAssignmentResponse(
        attempt=wire.Attempt(task_id="../../../../tmp/x", epoch=1, n=1)
    )
    worker.link.claim(offer_id, GRANTED)
    assert worker.events.expect(ClaimLost).code == "link.unreadable_offer"
    offer_id = master.offer(TaskSpec(), n=2)
    spec = wire.TaskSpec(environment={"LD_PRELOAD": "x"})
    master.claims[offer_id] = wire.TaskAssignmentResponse(
        attempt=wire.Attempt(task_id=ATTEMPT.task_id, epoch=1, n=2), spec=spec
    )
    worker.link.claim(offer_id, GRANTED)
    assert worker.events.expect(ClaimLost).code == "link.unreadable_offer"
    worker.link.claim(master.offer(TaskSpec(), n=3), GRANTED)
    worker.events.expect(ClaimGranted)


def test_a_granted_attempt_is_held_before_the_snapshot_says_so(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.claim(master.offer(TaskSpec()), GRANTED)
    worker.events.expect(ClaimGranted)
    worker.link.nudge()
    wait_until(lambda: master.calls("Heartbeat") == 1)
    assert [held.attempt.task_id for held in master.requests["Heartbeat"][0].held] == [
        "0000000000000000000000TSK1"
    ]


def test_somebody_was_faster(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.claim("offer-of-another", GRANTED)
    lost = worker.events.expect(ClaimLost)
    assert (lost.offer_id, lost.code) == ("offer-of-another", "offer.gone")


def test_a_claim_whose_answer_was_lost_is_repeated(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.after["AssignTask"].append(refuse(grpc.StatusCode.UNAVAILABLE))
    offer_id = master.offer(TaskSpec())
    worker.link.claim(offer_id, GRANTED)
    assert worker.events.expect(ClaimGranted).attempt == ATTEMPT
    assert [request.offer_id for request in master.requests["AssignTask"]] == [offer_id, offer_id]
    assert not worker.events.of(ClaimLost)


def test_a_claim_goes_on_over_a_killed_master(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    entered, go = threading.Event(), threading.Event()

    def hold(context: grpc.ServicerContext) -> None:
        entered.set()
        go.wait(10)

    master.after["AssignTask"].append(hold)
    worker.link.claim(master.offer(TaskSpec()), GRANTED)
    assert entered.wait(10)
    master.kill()
    go.set()
    worker.events.expect(LinkDown)
    master.start()
    assert worker.events.expect(ClaimGranted).attempt == ATTEMPT
    assert len(worker.events.of(ClaimGranted)) == 1


def test_a_claim_is_given_up_after_the_lease(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker("127.0.0.1:1")
    worker.link.open()
    worker.events.expect(LinkDown)
    worker.link.claim("offer", GRANTED)
    worker.skip_s = 121
    worker.link.nudge()
    assert worker.events.expect(ClaimLost).code == "link.down"


def test_a_claim_without_an_answer_at_close_is_lost(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker("127.0.0.1:1")
    worker.link.open()
    worker.link.claim("a", GRANTED)
    worker.link.claim("b", GRANTED)
    worker.link.close()
    worker.events.expect(LinkClosed)
    assert [lost.offer_id for lost in worker.events.of(ClaimLost)] == ["a", "b"]
    worker.link.claim("c", GRANTED)
    assert worker.events.of(ClaimLost)[-1] == ClaimLost("c", "link.closed")


def test_calls_keep_their_order_and_stages_are_coalesced(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    entered, go = threading.Event(), threading.Event()

    def hold(context: grpc.ServicerContext) -> None:
        entered.set()
        go.wait(10)

    master.before["RefuseOffer"].append(hold)
    worker.link.refuse("first", "slots.none", {"slots": "3"}, lasting=False)
    assert entered.wait(10)
    for progress in (0.1, 0.2, 0.3):
        worker.link.tell_stage(view(ATTEMPT, Stage.RUNNING, progress))
    worker.link.tell_free_slots(2)
    worker.link.tell_free_slots(1)
    go.set()
    wait_until(lambda: master.calls("SetFreeSlots") == 1 and master.calls("ReportAttempt") == 1)
    assert [(r.offer_id, r.reason, dict(r.fields)) for r in master.requests["RefuseOffer"]] == [
        ("first", "slots.none", {"slots": "3"})
    ]
    assert [(r.held.stage, r.held.progress) for r in master.requests["ReportAttempt"]] == [("running", 0.3)]
    assert [r.free_slots for r in master.requests["SetFreeSlots"]] == [1]


def test_a_stage_of_a_stale_attempt_comes_back_as_a_cancel(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.stale.add(ATTEMPT)
    worker.link.tell_stage(view(ATTEMPT))
    assert worker.events.expect(CancelArrived) == CancelArrived(ATTEMPT, stale=True)


def test_a_stage_that_waits_is_dropped_when_the_result_is_on_its_way(
    master: FakeMaster, worker: Worker
) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    worker.link.tell_stage(view(ATTEMPT, Stage.COLLECTING))
    worker.link.deliver(ATTEMPT)
    other = AttemptKey("other", 1, 1)
    worker.link.tell_stage(view(other, Stage.RUNNING))
    wait_until(lambda: master.calls("ReportAttempt") == 1)
    assert [r.held.attempt.task_id for r in master.requests["ReportAttempt"]] == ["other"]
