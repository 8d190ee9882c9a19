"""The spool reaches the master byte for byte, soon, over breaks, and never more of it is in memory than a chunk."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import grpc
import psutil
import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker.events import (
    CancelArrived,
    ClaimGranted,
    DeliveryFailed,
    LinkClosed,
    LinkDown,
    LinkUp,
    ResultDelivered,
)
from hivemind_desktop.worker.ports import LOG_NAME
from tests.link.fake_master import FakeMaster, refuse
from tests.link.world import Worker, view, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)
MIB = 1 << 20


def opened(worker: Worker) -> Worker:
    worker.link.open()
    worker.events.expect(LinkUp)
    return worker


def held(master: FakeMaster, attempt: AttemptKey = ATTEMPT) -> bytes:
    return bytes(master.logs.get(attempt, b""))


def test_lines_arrive_within_200_ms_over_one_stream(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    late = []
    for number in range(20):
        worker.write_log(ATTEMPT, b"line %d\n" % number)
        written = time.monotonic()
        wait_until(lambda number=number: held(master).endswith(b"line %d\n" % number))  # type: ignore[misc]
        late.append(time.monotonic() - written)
    assert sorted(late)[len(late) // 2] < 0.2
    assert master.calls("AppendLog") == 1


def test_many_lines_travel_in_few_messages(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    began = time.monotonic()
    for _ in range(2000):
        worker.write_log(ATTEMPT, b"x" * 20)
    wait_until(lambda: len(held(master)) == 40_000)
    took = time.monotonic() - began
    assert master.calls("LogChunk") <= took / 0.05 + 3


def test_an_attempt_claimed_here_needs_no_question_first(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.link.claim(master.offer(TaskSpec()), Resources())
    attempt = worker.events.expect(ClaimGranted).attempt
    worker.write_log(attempt, b"hello")
    wait_until(lambda: held(master, attempt) == b"hello")
    assert master.calls("StatLog") == 0


def test_goes_on_from_what_the_master_has(master: FakeMaster, worker: Worker) -> None:
    master.logs[ATTEMPT] = bytearray(b"hello ")
    opened(worker)
    worker.write_log(ATTEMPT, b"hello world")
    wait_until(lambda: held(master) == b"hello world")
    assert [chunk.offset for chunk in master.requests["LogChunk"]] == [6]


def test_the_log_goes_on_over_a_killed_master_without_gap_or_double(
    master: FakeMaster, worker: Worker
) -> None:
    opened(worker)
    worker.write_log(ATTEMPT, b"before ")
    wait_until(lambda: held(master) == b"before ")
    master.kill()
    worker.events.expect(LinkDown)
    worker.write_log(ATTEMPT, b"while down ")
    master.start()
    worker.events.expect(LinkUp)
    worker.write_log(ATTEMPT, b"after")
    wait_until(lambda: held(master) == b"before while down after")


def test_a_log_that_the_master_refuses_once_is_sent_again(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    master.before["LogChunk"].append(refuse(grpc.StatusCode.OUT_OF_RANGE, "log.gap"))
    worker.write_log(ATTEMPT, b"hello")
    wait_until(lambda: held(master) == b"hello")
    assert master.calls("AppendLog") == 2
    assert not worker.events.of(LinkDown)


def test_lines_written_before_the_link_is_open_are_sent(master: FakeMaster, worker: Worker) -> None:
    worker.write_log(ATTEMPT, b"early")
    opened(worker)
    wait_until(lambda: held(master) == b"early")


def test_a_stale_log_cancels_the_run(master: FakeMaster, worker: Worker) -> None:
    master.stale.add(ATTEMPT)
    opened(worker)
    worker.write_log(ATTEMPT, b"hello")
    assert worker.events.expect(CancelArrived) == CancelArrived(ATTEMPT, stale=True)


def test_an_attempt_that_turns_stale_over_an_open_stream_is_cancelled(
    master: FakeMaster, worker: Worker
) -> None:
    opened(worker)
    worker.write_log(ATTEMPT, b"hello ")
    wait_until(lambda: held(master) == b"hello ")
    master.stale.add(ATTEMPT)
    worker.write_log(ATTEMPT, b"again")
    assert worker.events.expect(CancelArrived).stale


def test_the_result_waits_for_the_end_of_the_log(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    log = os.urandom(5 * MIB)
    worker.finish(ATTEMPT, log=log)
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert held(master) == log
    assert max(len(chunk.data) for chunk in master.requests["LogChunk"]) <= 64 * 1024


def test_a_log_sent_while_it_ran_costs_no_call_at_the_end(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.see(view(ATTEMPT))
    worker.write_log(ATTEMPT, b"hello")
    wait_until(lambda: held(master) == b"hello")
    worker.finish(ATTEMPT, log=b"hello")
    worker.link.deliver(ATTEMPT)
    worker.see()
    worker.events.expect(ResultDelivered)
    assert (master.calls("SubmitTaskResult"), master.calls("StatLog"), master.calls("AppendLog")) == (1, 1, 1)


def test_a_run_that_is_gone_ends_its_stream(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    ended = threading.Event()

    def listen(context: grpc.ServicerContext) -> None:
        context.add_callback(ended.set)

    master.before["LogChunk"].append(listen)
    worker.see(view(ATTEMPT))
    worker.write_log(ATTEMPT, b"hello")
    wait_until(lambda: held(master) == b"hello")
    assert not ended.is_set()
    worker.see()
    assert ended.wait(5)


def test_a_spool_shorter_than_told_keeps_the_entry(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, log=b"hello world")
    (worker.outbox.folder(ATTEMPT) / LOG_NAME).write_bytes(b"hello")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "outbox.broken"
    assert worker.spoiled == [(ATTEMPT, LOG_NAME)]


def test_close_with_open_streams_is_quick(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    for n in range(1, 4):
        worker.write_log(AttemptKey("0000000000000000000000TSK1", 1, n), b"hello")
    wait_until(lambda: len(master.logs) == 3)
    worker.link.close()
    worker.events.expect(LinkClosed, within_s=2)
    wait_until(lambda: not [t for t in threading.enumerate() if "consume_request" in t.name], 5)


def test_three_logs_at_once(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    data = {AttemptKey(f"0000000000000000000000TSK{n}", 1, 1): os.urandom(MIB) for n in range(3)}
    for attempt, log in data.items():
        for at in range(0, MIB, 10_000):
            worker.write_log(attempt, log[at : at + 10_000])
    for attempt, log in data.items():
        wait_until(lambda attempt=attempt, log=log: held(master, attempt) == log)  # type: ignore[misc]


@pytest.mark.parametrize("cut_every", [3, 7])
def test_cut_again_and_again_nothing_is_lost_or_doubled(
    cut_every: int, master: FakeMaster, make_worker: Callable[..., Worker]
) -> None:
    worker = opened(make_worker(master.address, random=lambda: 0.01))
    log = b""
    for number in range(40):
        if number % cut_every == 0:
            master.before["LogChunk"].append(refuse(grpc.StatusCode.UNAVAILABLE))
        line = b"line %d\n" % number
        log += line
        worker.write_log(ATTEMPT, line)
    worker.finish(ATTEMPT)
    wait_until(lambda: held(master) == log)


def test_memory_stays_flat_under_a_long_log(master: FakeMaster, worker: Worker) -> None:
    master.before["LogChunk"].append(refuse(grpc.StatusCode.UNAVAILABLE))
    opened(worker)
    length = 0
    path = worker.outbox.folder(ATTEMPT) / LOG_NAME
    with path.open("wb") as spool:
        for _ in range(80):
            length += spool.write(os.urandom(MIB))
    process = psutil.Process()
    before = process.memory_info().rss
    over: list[int] = []

    def all_there() -> bool:
        over.append(process.memory_info().rss - before - len(master.logs.get(ATTEMPT, b"")))
        master.requests["LogChunk"].clear()
        return len(master.logs.get(ATTEMPT, b"")) == length

    worker.link.log_grew(ATTEMPT, length)
    wait_until(all_there, 60)
    assert max(over) < 64 * MIB
