"""What a crash leaves is found by label and folder and removed; what is not ours, or runs now, is spared."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path

import docker
import pytest

from hivemind_desktop.containers import disk, loop
from hivemind_desktop.containers.docker_containers import user_of
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker.events import EngineAnswered, RunFrozen
from tests.containers.desk import ROOT, Desk

CRASH = """
import os, sys
from pathlib import Path
from tests.containers.desk import Desk
desk = Desk(Path(sys.argv[1]), sys.argv[2])
attempt = desk.start({"main.py": "import time; print('up'); time.sleep(600)"})
desk.printed(attempt, b"up")
print("running", flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_killed_workers_run_is_found_and_removed(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient
) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(folder), installation],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "running\n", done.stderr
    mine: dict[str, str | list[str] | bool] = {"label": f"hivemind.installation={installation}"}
    assert len(docker_client.containers.list(all=True, filters=mine)) == 1
    if disk.possible():
        assert str(folder) in Path("/proc/self/mounts").read_text()

    desk = Desk(folder, installation)
    stranger = docker_client.containers.create(
        base_image, ["sleep", "60"], labels={"hivemind.installation": "another", "hivemind.run": "x"}
    )
    try:
        (killed,) = docker_client.containers.list(filters=mine)
        (killed_folder,) = (folder / "runs").iterdir()
        desk.containers.clean_leftovers(young_s=600.0)
        assert [found.id for found in docker_client.containers.list(filters=mine)] == [killed.id]
        attempt = desk.start({"main.py": "import time; print('up'); time.sleep(600)"})
        desk.printed(attempt, b"up")
        desk.containers.probe()
        answered = desk.events.wait(lambda event: isinstance(event, EngineAnswered))
        assert isinstance(answered, EngineAnswered)
        assert answered.version.startswith(tuple("123456789"))
        (own,) = docker_client.containers.list(all=True, filters=mine)
        assert own.id != killed.id
        assert not killed_folder.exists()
        desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
        desk.end(attempt)
        stranger.reload()
        desk.close()
        assert docker_client.containers.list(all=True, filters=mine) == []
    finally:
        stranger.remove(force=True)


def test_without_an_engine_the_fault_is_told(tmp_path: Path) -> None:
    from hivemind_desktop.worker.events import EngineFailed

    desk = Desk(tmp_path / "worker", docker_host=f"unix://{tmp_path}/no.sock")
    desk.containers.probe()
    failed = desk.events.wait(lambda event: isinstance(event, EngineFailed))
    assert isinstance(failed, EngineFailed)
    assert (failed.code, dict(failed.fields)) == ("engine.absent", {"address": f"{tmp_path}/no.sock"})
    finished = desk.run({"main.py": ""})
    assert (finished.reason, finished.message) == (Reason.ENGINE_LOST, "engine.absent")
    assert desk.outbox.get(finished.attempt) == finished
    desk.close()


def test_the_idle_check_does_not_load_the_docker_module(tmp_path: Path, base_image: str) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.containers.desk import Desk\n"
        "from hivemind_desktop.worker.events import EngineAnswered\n"
        "desk = Desk(Path(sys.argv[1]))\ndesk.containers.probe()\n"
        "desk.events.wait(lambda event: isinstance(event, EngineAnswered))\n"
        "print(sorted({'docker', 'requests', 'urllib3'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "worker")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "[]\n", done.stderr


def test_wishes_for_a_run_that_is_not_here(desk: Desk) -> None:
    nobody = AttemptKey("NOBODY", 1, 1)
    desk.containers.stop(nobody, Reason.CANCELLED, 0.0)
    desk.containers.set_cpus(nobody, 1.0)
    desk.containers.freeze(nobody)
    assert desk.events.all == [RunFrozen(nobody, False)]


@pytest.mark.slow
def test_runs_one_after_another_leave_no_thread_and_no_descriptor(desk: Desk) -> None:
    import threading

    desk.run({"main.py": "print(1)"})
    descriptors, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(8):
        desk.run({"main.py": "print(1)"})
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 2


def wait_until_no_device_has(image: Path) -> None:
    """The ended container's mount namespace holds the disk a moment longer: mounted twice by two devices it would be spoiled."""
    deadline = time.monotonic() + 20
    while str(image) in subprocess.run(["losetup", "-O", "BACK-FILE"], capture_output=True, text=True).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_until_detached(image: Path) -> None:
    """The ended container's own view of the disk may outlive it for a moment; two mounts of one image spoil it."""
    deadline = time.monotonic() + 30
    while any(
        path.read_text().strip() == str(image) for path in Path("/sys/block").glob("loop*/loop/backing_file")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)


HELD = """
import json, os, sys
from pathlib import Path
from tests.containers.desk import Desk
folder = Path(sys.argv[1])
if sys.argv[3]:
    folder.mkdir(parents=True)
    (folder / "workspace.json").write_text(sys.argv[3])
desk = Desk(folder, sys.argv[2])
desk.outbox.times = 10**9
desk.start({"main.py": "import os; print('said'); os.makedirs('output/leer'); open('output/x', 'w').write('kept'); open('new', 'w').write('n')"})
while not desk.held: pass
print("held", flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("mode", list(Mode))
def test_a_result_that_never_reached_the_outbox_is_recovered(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient, mode: Mode
) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    whose = "own" if user_of(0).lone else user_of(0).uid
    known = json.dumps({f"{docker_client.info()['ID']} {disk.possible()} {whose}": mode})
    command = [sys.executable, "-c", HELD, str(folder), installation, known]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "held\n", done.stderr
    (run_folder,) = (folder / "runs").iterdir()
    if mode is Mode.DISK:
        loop.unmount(run_folder / "disk")  # as after a restart of the computer
        wait_until_detached(run_folder / disk.IMAGE)
        wait_until_no_device_has(run_folder / "disk.img")

    desk = Desk(folder, installation)
    attempt = AttemptKey("TASK1", 1, 1)
    desk.containers.clean_leftovers()
    assert run_folder.exists()
    assert desk.containers.recover_results() == (attempt,)
    finished = desk.outbox.get(attempt)
    assert finished is not None
    assert (finished.reason, finished.exit_code) == (Reason.OK, 0)
    assert {entry.path for entry in finished.result.entries} == {"output/leer", "output/x", "new"}
    assert desk.result(attempt, "output/x") == b"kept"
    assert desk.text(attempt) == b"said\n"
    assert desk.containers.recover_results() == ()
    assert desk.containers.clean_leftovers() == []
    desk.close()
    mine: dict[str, str | list[str] | bool] = {"label": f"hivemind.installation={installation}"}
    assert docker_client.containers.list(all=True, filters=mine) == []
    assert docker_client.volumes.list(filters=mine) == []


HARD = """
import os, signal, sys, threading, time
from pathlib import Path
from hivemind_desktop.containers import outcome
from tests.containers.desk import Desk

def die(*_):
    print("collecting", flush=True)
    os.kill(os.getpid(), 9)

outcome.gather = die
desk = Desk(Path(sys.argv[1]), sys.argv[2])
if sys.argv[3] == "run":
    desk.start({"main.py": "open('x', 'w').write('kept'); print('said')"})
    time.sleep(60)
else:
    desk.containers.recover_results()
"""


def test_a_result_that_kills_its_collectors_is_given_back(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient
) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    for life in ("run", "recovery"):
        command = [sys.executable, "-c", HARD, str(folder), installation, life]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (-9, "collecting\n"), done.stderr

    desk = Desk(folder, installation)
    attempt = AttemptKey("TASK1", 1, 1)
    assert desk.containers.recover_results() == (attempt,)
    finished = desk.outbox.get(attempt)
    assert finished is not None
    assert (finished.reason, finished.message) == (Reason.WORKER_LOST, "run.collecting_died")
    assert finished.result.entries == ()
    assert desk.text(attempt) == b"said\n"
    assert desk.containers.recover_results() == ()
    assert desk.containers.clean_leftovers() == []
    desk.close()


def test_a_recovery_that_is_put_off_does_not_count(tmp_path: Path, base_image: str) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    command = [sys.executable, "-c", HELD, str(folder), installation, ""]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "held\n", done.stderr
    attempt = AttemptKey("TASK1", 1, 1)
    for _ in range(3):
        desk = Desk(folder, installation)
        desk.outbox.times = 1
        assert desk.containers.recover_results() == ()
        desk.outbox.close()
    desk = Desk(folder, installation)
    assert desk.containers.recover_results() == (attempt,)
    finished = desk.outbox.get(attempt)
    assert finished is not None
    assert finished.reason is Reason.OK
    assert desk.containers.clean_leftovers() == []
    desk.close()
