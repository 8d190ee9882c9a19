"""An outbox entry leaves only when the master said so; uploads resume; one event for each Deliver."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import grpc
import psutil
import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.link import delivery
from hivemind_desktop.worker.events import DeliveryFailed, LinkClosed, LinkDown, LinkUp, ResultDelivered
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME
from tests.link.fake_master import FakeMaster, refuse
from tests.link.world import Worker, wait_until

ATTEMPT = AttemptKey("0000000000000000000000TSK1", 1, 1)
OTHER = AttemptKey("0000000000000000000000TSK2", 1, 1)
MIB = 1 << 20


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def opened(worker: Worker) -> Worker:
    worker.link.open()
    worker.events.expect(LinkUp)
    return worker


def test_a_result_with_files_arrives_and_leaves_the_outbox(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    files = {
        "output/a.txt": b"hello",
        "output/b.txt": b"",
        "beside.bin": noise(3 * MIB),
        "output/twin.txt": b"hello",
    }
    worker.finish(ATTEMPT, files, log=b"spool bytes")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered) == ResultDelivered(ATTEMPT, "stored", 7)
    assert worker.outbox.pending() == ()
    for data in files.values():
        assert (master.disk / hashlib.sha256(data).hexdigest()).read_bytes() == data
    assert bytes(master.logs[ATTEMPT]) == b"spool bytes"
    assert master.put_bytes == 3 * MIB + 5  # equal files once
    told = master.results[ATTEMPT].request
    assert {entry.path for entry in told.result.entries} == set(files)


@pytest.mark.parametrize(("told", "kept"), [(2**64 - 1, 0), (2**53, 0), (2**53 - 1, 2**53 - 1)])
def test_a_reward_that_no_master_pays_counts_as_none(
    told: int, kept: int, master: FakeMaster, worker: Worker
) -> None:
    master.reward = told
    opened(worker)
    worker.finish(ATTEMPT)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered) == ResultDelivered(ATTEMPT, "stored", kept)


def test_a_result_without_files_takes_one_call(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT)
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert {name for name, calls in master.requests.items() if calls} == {
        "RegisterNode",
        "Watch",
        "SubmitTaskResult",
    }


def test_a_small_result_is_sent_without_asking_first(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/a.txt": b"hello"})
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert (master.calls("StatBlobs"), master.calls("PutBlobs"), master.calls("SubmitTaskResult")) == (
        0,
        1,
        1,
    )


@pytest.mark.parametrize(("reason", "state"), [(Reason.PREEMPTED, "released"), (Reason.EXIT, "stored")])
def test_the_master_says_what_became_of_it(
    reason: Reason, state: str, master: FakeMaster, worker: Worker
) -> None:
    opened(worker)
    worker.finish(ATTEMPT, reason=reason)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered).state == state


def test_a_stale_attempt_leaves_the_outbox_too(master: FakeMaster, worker: Worker) -> None:
    master.stale.add(ATTEMPT)
    opened(worker)
    worker.finish(ATTEMPT, {"output/a": b"x"}, log=b"log")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered) == ResultDelivered(ATTEMPT, "stale", 0)
    assert worker.outbox.pending() == ()


def test_an_entry_that_is_gone_is_told_as_stale(worker: Worker) -> None:
    opened(worker)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered).state == "stale"


def test_an_answer_that_was_lost_is_asked_again_and_paid_once(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT)
    master.after["SubmitTaskResult"].append(refuse(grpc.StatusCode.UNAVAILABLE))
    worker.link.deliver(ATTEMPT)
    failed = worker.events.expect(DeliveryFailed)
    assert (failed.attempt, failed.code) == (ATTEMPT, "link.down")
    assert 0 <= failed.retry_s <= 1
    assert worker.outbox.pending() == (ATTEMPT,)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered).reward == 7
    assert master.calls("SubmitTaskResult") == 2
    assert master.results[ATTEMPT].paid == 1


def test_what_the_master_lost_is_sent_again(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/a.txt": b"hello"})
    master.withheld.add(hashlib.sha256(b"hello").digest())
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered).state == "stored"
    assert master.calls("SubmitTaskResult") == 2


def test_a_master_that_never_has_enough_is_given_up(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/a.txt": b"hello"})
    key = hashlib.sha256(b"hello").digest()
    for _ in range(delivery.ROUNDS):
        master.before["SubmitTaskResult"].append(lambda context: master.withheld.add(key))
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "link.never_complete"
    assert worker.outbox.pending() == (ATTEMPT,)


def test_an_upload_that_is_cut_resumes_where_it_was(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    data = noise(8 * MIB)
    worker.finish(ATTEMPT, {"output/big": data})
    master.cut_put_after = 5 * MIB
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "link.down"
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert master.put_bytes == len(data)
    assert (master.disk / hashlib.sha256(data).hexdigest()).read_bytes() == data


def test_a_master_killed_in_the_middle_gets_the_rest(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    data = noise(32 * MIB)
    worker.finish(ATTEMPT, {"output/big": data})
    worker.link.deliver(ATTEMPT)
    wait_until(lambda: master.put_bytes > MIB)
    master.kill()
    worker.events.expect(DeliveryFailed)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "link.down"
    master.start()
    worker.events.expect(LinkUp)
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)
    assert (master.disk / hashlib.sha256(data).hexdigest()).read_bytes() == data
    assert master.put_bytes < len(data) + 4 * MIB  # what was on its way at the kill


def test_a_big_upload_lets_others_pass(
    master: FakeMaster, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TURN_S", 0.0)
    opened(worker)
    worker.finish(ATTEMPT, {"output/big": noise(64 * MIB)})
    worker.finish(OTHER)
    worker.link.deliver(ATTEMPT)
    worker.link.deliver(OTHER)
    first, second = worker.events.expect(ResultDelivered), worker.events.expect(ResultDelivered)
    assert (first.attempt, second.attempt) == (OTHER, ATTEMPT)
    assert master.put_bytes == 64 * MIB


def test_a_spoiled_file_is_set_aside(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/gone": noise(MIB)})
    (worker.outbox.folder(ATTEMPT) / FILES_NAME / "output/gone").unlink()
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "outbox.broken"
    assert [attempt for attempt, _ in worker.spoiled] == [ATTEMPT]


def test_a_file_that_got_shorter_is_set_aside(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/short": noise(MIB)})
    (worker.outbox.folder(ATTEMPT) / FILES_NAME / "output/short").write_bytes(b"")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "outbox.broken"
    assert worker.spoiled


def test_a_file_that_changed_is_set_aside(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/good": noise(MIB), "output/rotten": noise(MIB + 1)})
    (worker.outbox.folder(ATTEMPT) / FILES_NAME / "output/rotten").write_bytes(noise(MIB) + b"!")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "outbox.broken"
    assert worker.spoiled == [(ATTEMPT, "rotten")]


def test_a_file_that_cannot_be_read_now_is_kept(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/file": noise(MIB)})
    path = worker.outbox.folder(ATTEMPT) / FILES_NAME / "output/file"
    path.rename(path.with_name("away"))
    path.mkdir()
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "outbox.unreadable"
    assert not worker.spoiled
    path.rmdir()
    path.with_name("away").rename(path)
    worker.link.deliver(ATTEMPT)
    worker.events.expect(ResultDelivered)


def test_an_upload_refused_as_stale_ends_stale(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/file": noise(MIB)})
    master.before["PutBlobs"].append(refuse(grpc.StatusCode.FAILED_PRECONDITION, "attempt.stale"))
    master.stale.add(ATTEMPT)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(ResultDelivered).state == "stale"


def test_every_deliver_is_answered_without_a_link_and_at_close(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker("127.0.0.1:1")
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "link.closed"
    worker.link.open()
    worker.events.expect(LinkDown)
    worker.link.deliver(ATTEMPT)
    assert worker.events.expect(DeliveryFailed).code == "link.down"


def test_close_in_the_middle_of_an_upload_is_quick_and_keeps_the_entry(
    master: FakeMaster, worker: Worker
) -> None:
    opened(worker)
    worker.finish(ATTEMPT, {"output/big": noise(64 * MIB)})
    worker.finish(OTHER)
    worker.link.deliver(ATTEMPT)
    worker.link.deliver(OTHER)
    wait_until(lambda: master.put_bytes > MIB)
    worker.link.close()
    worker.events.expect(LinkClosed, within_s=2)
    assert {failed.attempt for failed in worker.events.of(DeliveryFailed)} == {ATTEMPT, OTHER}
    assert set(worker.outbox.pending()) == {ATTEMPT, OTHER}


def test_memory_stays_flat_under_a_big_upload(master: FakeMaster, worker: Worker) -> None:
    opened(worker)
    size = 200 * MIB
    block = noise(MIB)
    path = worker.outbox.folder(ATTEMPT) / FILES_NAME / "output/big"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(block)
    with path.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    worker.outbox.put(Finished(ATTEMPT, Reason.OK, result=Manifest((FileEntry("output/big", size, sha256),))))
    process = psutil.Process()
    seen = [process.memory_info().rss]

    def delivered() -> bool:
        seen.append(process.memory_info().rss)
        return bool(worker.events.of(ResultDelivered))

    worker.link.deliver(ATTEMPT)
    wait_until(delivered, 60)
    assert master.put_bytes == size
    assert max(seen) - seen[0] < 48 * MIB  # of both ends, which live in this process
