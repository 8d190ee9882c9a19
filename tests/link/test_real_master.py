"""The link against `hivemind-master serve` as a process of its own: a whole task from join to result, and a kill -9 in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hivemind_desktop.contract.spool import LogRecord, Stream, encode
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.link.enrol import enrol, leave
from hivemind_desktop.worker.events import (
    CancelArrived,
    ClaimGranted,
    DeliveryFailed,
    LinkDown,
    LinkUp,
    OfferArrived,
    ResultDelivered,
)
from tests.link.world import Worker, view, wait_until

MIB = 1 << 20
INSTALLATION = "3f0c7a52-5d0b-4a8e-9f2e-0a5a4dbb1c11"


class RealMaster:
    """The program, its state below `home`."""

    def __init__(self, home: Path) -> None:
        self._environment = {**os.environ, "HIVEMIND_HOME": str(home)}
        self._process: subprocess.Popen[str] | None = None
        self.address = "127.0.0.1:0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command("serve", "--listen", self.address),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        while "listening on" not in (line := self._process.stdout.readline()):
            if not line:
                self.kill()
                raise AssertionError("the master ended before it listened")
        self.address = line.split()[-1]

    def kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def say(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def task(self, task_id: str) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.say("task", task_id, "--json"))
        return told

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "hivemind_desktop.master", *arguments]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealMaster]:
    master = RealMaster(tmp_path / "master-home")
    master.start()
    yield master
    master.kill()


@pytest.fixture
def joined(real: RealMaster, make_worker: Callable[..., Worker]) -> Worker:
    credential = enrol(real.say("invite").splitlines()[-1], INSTALLATION, "a-pc", "0.1.0")
    worker = make_worker(
        credential.address, token=credential.token, node_id=credential.node_id, installation=INSTALLATION
    )
    worker.link.tell_free_slots(1)
    worker.link.open()
    worker.events.expect(LinkUp)
    return worker


def package(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "main.py").write_text("print('hello')\n")
    (folder / "data/big.bin").write_bytes(os.urandom(3 * MIB))
    (folder / "data/empty.txt").touch()
    return folder


def submit(real: RealMaster, path: Path) -> str:
    task_id = json.loads(real.say("submit", str(path), "--json"))["task_id"]
    assert isinstance(task_id, str)
    return task_id


def claim(worker: Worker) -> ClaimGranted:
    worker.link.claim(worker.events.expect(OfferArrived).offer.offer_id, Resources(cpus=1.0))
    granted = worker.events.expect(ClaimGranted)
    worker.link.tell_free_slots(0)
    worker.see(view(granted.attempt))
    return granted


def spooled(*lines: bytes) -> bytes:
    return b"".join(encode(LogRecord(Stream.STDOUT, 1_700_000_000 * 10**9, line)) for line in lines)


def test_a_task_from_offer_to_result(real: RealMaster, joined: Worker, tmp_path: Path) -> None:
    source = package(tmp_path / "package")
    task_id = submit(real, source)
    granted = claim(joined)
    assert granted.attempt.task_id == task_id
    joined.link.fetch(granted.attempt, granted.spec.package, tmp_path / "task", lambda: False)
    for name in ("main.py", "data/big.bin", "data/empty.txt"):
        assert (tmp_path / "task" / name).read_bytes() == (source / name).read_bytes()
    joined.link.tell_stage(view(granted.attempt, progress=0.25))
    wait_until(lambda: real.task(task_id)["progress"] == 0.25)
    log = spooled(b"hello\n", b"world\n")
    joined.write_log(granted.attempt, log)
    output = os.urandom(2 * MIB)
    joined.finish(granted.attempt, {"output/big.bin": output, "output/none.txt": b""}, log)
    joined.link.deliver(granted.attempt)
    delivered = joined.events.expect(ResultDelivered)
    assert (delivered.state, delivered.reward) == ("stored", 1)
    assert real.task(task_id)["state"] == "succeeded"
    assert real.say("logs", task_id) == "hello\nworld\n"
    real.say("result", task_id, "-o", str(tmp_path / "back"))
    assert (tmp_path / "back/output/big.bin").read_bytes() == output
    assert (tmp_path / "back/output/none.txt").read_bytes() == b""


def test_a_master_killed_while_the_task_runs_gets_everything(
    real: RealMaster, joined: Worker, tmp_path: Path
) -> None:
    task_id = submit(real, package(tmp_path / "package"))
    granted = claim(joined)
    joined.write_log(granted.attempt, spooled(b"before\n"))
    wait_until(lambda: real.say("logs", task_id) == "before\n")
    real.kill()
    joined.events.expect(LinkDown)
    log = spooled(b"before\n", b"after\n")
    joined.finish(granted.attempt, {"output/a.bin": os.urandom(MIB)}, log)
    joined.link.deliver(granted.attempt)
    assert joined.events.expect(DeliveryFailed).code == "link.down"
    real.start()
    joined.events.expect(LinkUp)
    joined.link.deliver(granted.attempt)
    assert joined.events.expect(ResultDelivered).state == "stored"
    assert real.say("logs", task_id) == "before\nafter\n"
    assert not joined.events.of(CancelArrived)


def test_a_cancel_arrives_and_the_result_is_stale(real: RealMaster, joined: Worker, tmp_path: Path) -> None:
    task_id = submit(real, package(tmp_path / "package"))
    granted = claim(joined)
    real.say("cancel", task_id)
    assert joined.events.expect(CancelArrived).attempt == granted.attempt
    joined.finish(granted.attempt, {"output/a.bin": os.urandom(MIB)}, spooled(b"x"))
    joined.link.deliver(granted.attempt)
    assert joined.events.expect(ResultDelivered).state == "stale"


def test_after_leave_the_token_is_worth_nothing(real: RealMaster, make_worker: Callable[..., Worker]) -> None:
    credential = enrol(real.say("invite").splitlines()[-1], INSTALLATION, "a-pc", "0.1.0")
    leave(credential)
    worker = make_worker(
        credential.address, token=credential.token, node_id=credential.node_id, installation=INSTALLATION
    )
    worker.link.open()
    down = worker.events.expect(LinkDown)
    assert (down.code, down.refused) == ("link.refused", True)
