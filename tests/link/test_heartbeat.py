"""Leases are renewed, stale attempts heard of, half-open links found, readings reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import grpc
import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.events import CancelArrived, LinkDown, LinkUp, OfferArrived, ResultDelivered
from tests.link.fake_master import FakeMaster, refuse
from tests.link.proxy import Proxy
from tests.link.world import Worker, view, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)


@pytest.fixture
def proxy(master: FakeMaster) -> Iterator[Proxy]:
    made = Proxy(master.port)
    yield made
    made.close()


def test_names_phase_and_attempts_every_interval(master: FakeMaster, worker: Worker) -> None:
    master.heartbeat_s = 0.05
    worker.see(view(ATTEMPT, Stage.COLLECTING, 0.9))
    worker.link.open()
    wait_until(lambda: master.calls("Heartbeat") >= 3)
    beat = master.requests["Heartbeat"][-1]
    assert beat.phase == "busy"
    assert [(held.attempt.n, held.stage, held.progress) for held in beat.held] == [(1, "collecting", 0.9)]


def test_a_stale_attempt_is_told_once(master: FakeMaster, worker: Worker) -> None:
    master.heartbeat_s = 0.05
    worker.see(view(ATTEMPT))
    worker.link.open()
    worker.events.expect(LinkUp)
    master.stale.add(ATTEMPT)
    assert worker.events.expect(CancelArrived) == CancelArrived(ATTEMPT, stale=True)
    beats = master.calls("Heartbeat")
    wait_until(lambda: master.calls("Heartbeat") >= beats + 3)
    assert len(worker.events.of(CancelArrived)) == 1


def test_a_verdict_on_no_attempt_ends_the_link_and_not_the_worker(master: FakeMaster, worker: Worker) -> None:
    worker.link.open()
    worker.events.expect(LinkUp)
    master.lies.append(
        wire.Verdict(attempt=wire.Attempt(task_id="../../../../tmp/x", epoch=1, n=1), stale=True)
    )
    worker.link.nudge()
    assert worker.events.expect(LinkDown).code == "link.not_a_master"
    worker.link.nudge()
    worker.events.expect(LinkUp)


def test_one_failed_heartbeat_is_no_reason_two_are(master: FakeMaster, worker: Worker) -> None:
    master.heartbeat_s = 0.05
    master.before["Heartbeat"].append(refuse(grpc.StatusCode.UNAVAILABLE))
    worker.link.open()
    worker.events.expect(LinkUp)
    wait_until(lambda: master.calls("Heartbeat") >= 3)
    assert not worker.events.of(LinkDown)
    master.before["Heartbeat"].extend([refuse(grpc.StatusCode.UNAVAILABLE)] * 2)
    assert worker.events.expect(LinkDown).code == "link.down"
    worker.events.expect(LinkUp)


def test_a_half_open_link_is_found_and_left(
    master: FakeMaster, proxy: Proxy, make_worker: Callable[..., Worker]
) -> None:
    master.heartbeat_s = 0.2
    worker = make_worker(proxy.address)
    worker.link.open()
    worker.events.expect(LinkUp)
    proxy.frozen.set()
    assert worker.events.expect(LinkDown, within_s=15).code == "link.down"
    proxy.frozen.clear()
    worker.link.nudge()
    worker.events.expect(LinkUp)
    master.offer(TaskSpec())
    worker.events.expect(OfferArrived)


def test_the_deadline_is_the_owners(
    master: FakeMaster, proxy: Proxy, make_worker: Callable[..., Worker]
) -> None:
    master.heartbeat_s = 0.2
    worker = make_worker(proxy.address, deadline_s=0.3)
    worker.link.open()
    worker.events.expect(LinkUp)
    proxy.frozen.set()
    worker.events.expect(LinkDown, within_s=4)  # two of the default's 5 s would take longer
    proxy.frozen.clear()


def test_an_upload_on_a_slow_line_leaves_the_heartbeat_its_way(
    master: FakeMaster, proxy: Proxy, make_worker: Callable[..., Worker]
) -> None:
    master.heartbeat_s = 0.1
    worker = make_worker(proxy.address, deadline_s=0.5)
    worker.link.open()
    worker.events.expect(LinkUp)
    proxy.bytes_per_s = 2 << 20
    worker.finish(ATTEMPT, {"output/big": os.urandom(8 << 20)})
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert not worker.events.of(LinkDown)
    assert master.calls("Heartbeat") > 10


def test_a_cut_connection_is_heard_of_at_once(
    master: FakeMaster, proxy: Proxy, make_worker: Callable[..., Worker]
) -> None:
    worker = make_worker(proxy.address)
    worker.link.open()
    worker.events.expect(LinkUp)
    proxy.cut()
    worker.events.expect(LinkDown, within_s=2)
    worker.events.expect(LinkUp)


def test_a_reading_is_reported_at_once_and_then_every_interval(
    master: FakeMaster, make_worker: Callable[..., Worker]
) -> None:
    worker = make_worker(master.address, report_s=0.1)
    worker.link.open()
    worker.events.expect(LinkUp)
    assert not master.calls("ReportNodeStatus")
    gpu = GpuReading(0, "GPU", 1 << 30, load_percent=50.0)
    worker.see(view(ATTEMPT), reading=Reading(at=1.5, cpu_percent=12.5, gpus=(gpu,)))
    wait_until(lambda: master.calls("ReportNodeStatus") >= 1, 2)
    report = master.requests["ReportNodeStatus"][0]
    assert (report.reading.at_unix_ms, report.reading.cpu_percent, report.running) == (1500, 12.5, 1)
    assert not report.reading.HasField("disk_used_bytes")
    assert [gpu.load_percent for gpu in report.reading.gpus] == [50.0]
    assert report.why == "ready.waiting"
    wait_until(lambda: master.calls("ReportNodeStatus") >= 3, 5)


def test_a_reading_is_reported_at_once_after_each_registration(master: FakeMaster, worker: Worker) -> None:
    worker.see(reading=Reading(at=1.0))
    worker.link.open()
    worker.events.expect(LinkUp)
    wait_until(lambda: master.calls("ReportNodeStatus") == 1, 2)
    master.kill()
    worker.events.expect(LinkDown)
    master.start()
    wait_until(lambda: master.calls("ReportNodeStatus") == 2)
