"""The same through two programs, as scripts outside this repository type it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import docker

from tests.e2e.conftest import containers_of
from tests.e2e.installation import Installation, keys, package, until

WRITES = """
import os, sys
print("hello", os.environ["TASK_ID"], os.environ["HIVEMIND_ATTEMPT"])
print("::progress 0.5 half")
print("a line on stderr", file=sys.stderr)
open("output/結果.txt", "w").write("42")
os.makedirs("output/empty", exist_ok=True)
open("beside.txt", "w").write("x")
"""
WAITS = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"


def test_a_task_from_submit_to_result(pool: Installation, tmp_path: Path) -> None:
    told = pool.json("submit", str(package(tmp_path / "p", WRITES)), "--wait")
    assert next(iter(told)) == "task_id"
    assert (told["state"], told["reason"], told["exit_code"], told["attempt"]) == (
        "succeeded",
        "ok",
        0,
        "1.1",
    )
    task_id = told["task_id"]
    log = pool.master("logs", task_id)
    assert f"hello {task_id} 1.1" in log
    assert "a line on stderr" in log
    target = tmp_path / "result"
    pool.master("result", task_id, "-o", str(target))
    assert (target / "output" / "結果.txt").read_text() == "42"
    assert (target / "output" / "empty").is_dir()
    assert (target / "beside.txt").read_text() == "x"
    tasks, nodes, task = pool.json("tasks"), pool.json("nodes"), pool.json("task", task_id)
    assert [entry["task_id"] for entry in tasks] == [task_id]
    assert nodes[0]["phase"] == "ready"
    assert task["reward"] >= 1
    assert "id" not in keys(tasks) | keys(nodes) | keys(task)
    history = json.loads(pool.worker("history", "--json"))
    assert [(row["task_id"], row["state"], row["reason"]) for row in history] == [(task_id, "stored", "ok")]
    assert pool.status()["earned"] == task["reward"]


def test_the_last_results_are_there_after_a_restart(pool: Installation, tmp_path: Path) -> None:
    task_id = pool.json("submit", str(package(tmp_path / "p", "print(1)")), "--wait")["task_id"]
    pool.worker("quit")
    pool.work()
    (result,) = pool.status()["results"]
    assert (result["task_id"], result["delivered"], result["reason"]) == (task_id, "stored", "ok")


def test_a_task_that_fails_ends_submit_with_3(pool: Installation, tmp_path: Path) -> None:
    done = pool.run(
        "hivemind-master", "submit", str(package(tmp_path / "p", "raise SystemExit(7)")), "--wait", "--json"
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["state"], told["reason"], told["exit_code"]) == (3, "failed", "exit", 7)


def test_cancel_stops_the_container_within_a_second(
    pool: Installation, tmp_path: Path, docker_client: docker.DockerClient
) -> None:
    task_id = pool.submit(package(tmp_path / "p", WAITS))
    until(lambda: "begun" in pool.master("logs", task_id) or None, "the task has begun")
    assert len(containers_of(pool, docker_client)) == 1
    pool.master("cancel", task_id)
    asked = time.monotonic()
    until(lambda: not containers_of(pool, docker_client) or None, "the container is gone", 5.0)
    assert pool.task(task_id)["state"] == "cancelled", f"{time.monotonic() - asked:.1f} s"
    pool.wait_for_phase("ready")


def test_logs_follow_a_running_task(pool: Installation, tmp_path: Path) -> None:
    script = "import time\nfor n in range(3):\n  print('tick', n, flush=True)\n  time.sleep(0.3)\n"
    task_id = pool.submit(package(tmp_path / "p", script))
    assert [line for line in pool.master("logs", task_id, "-f").splitlines() if "tick" in line] == [
        "tick 0",
        "tick 1",
        "tick 2",
    ]


def test_a_result_finished_while_the_master_is_down_arrives_when_it_is_back(
    home: Installation, tmp_path: Path
) -> None:
    master = home.serve()
    address = json.loads((home.home / "master.json").read_text())["address"]
    home.join()
    home.work()
    script = "import time\nprint('begun', flush=True)\ntime.sleep(2)\nopen('output/r', 'w').write('late')\n"
    task_id = home.submit(package(tmp_path / "p", script))
    until(lambda: "begun" in home.master("logs", task_id) or None, "the task has begun")
    master.end(signal.SIGKILL)
    until(lambda: home.status()["outbox"] == 1 or None, "the result lies in the outbox")
    home.serve(address)
    told = home.wait_for_state(task_id, "succeeded")
    assert [attempt["attempt"] for attempt in told["attempts"]] == ["1.1"]
    home.master("result", task_id, "-o", str(tmp_path / "result"))
    assert (tmp_path / "result" / "output" / "r").read_text() == "late"
    until(lambda: home.status()["outbox"] == 0 or None, "the outbox is empty")


def test_a_worker_killed_in_a_run_gives_it_back_and_runs_it_again(pool: Installation, tmp_path: Path) -> None:
    marker = "import os, time\nprint('begun', os.environ['HIVEMIND_ATTEMPT'], flush=True)\n"
    script = (
        marker
        + "if os.environ['HIVEMIND_ATTEMPT'] == '1.1': time.sleep(600)\nopen('output/r', 'w').write('2')\n"
    )
    task_id = pool.submit(package(tmp_path / "p", script))
    until(lambda: "begun 1.1" in pool.master("logs", task_id) or None, "the task has begun")
    pool.programs[-1].end(signal.SIGKILL)
    pool.start("hivemind-desktop", "--headless")
    told = pool.wait_for_state(task_id, "succeeded")
    assert [(a["attempt"], a["state"], a["reason"]) for a in told["attempts"]] == [
        ("1.1", "released", "worker_lost"),
        ("1.2", "stored", "ok"),
    ]


def test_quit_in_a_run_gives_it_back_at_once(pool: Installation, tmp_path: Path) -> None:
    task_id = pool.submit(package(tmp_path / "p", WAITS))
    until(lambda: "begun" in pool.master("logs", task_id) or None, "the task has begun")
    begun = time.monotonic()
    pool.worker("quit")
    assert pool.programs[-1].child.wait(10) == 0
    assert time.monotonic() - begun < 10
    told = pool.task(task_id)
    assert (told["state"], told["attempts"][0]["state"], told["attempts"][0]["reason"]) == (
        "queued",
        "released",
        "preempted",
    )
    pool.master("cancel", task_id)


def test_pause_freezes_and_resume_goes_on(
    pool: Installation, tmp_path: Path, docker_client: docker.DockerClient
) -> None:
    task_id = pool.submit(package(tmp_path / "p", WAITS))
    until(lambda: "begun" in pool.master("logs", task_id) or None, "the task has begun")
    pool.worker("pause", "60")
    (container,) = containers_of(pool, docker_client)

    def state() -> str:
        return str(docker_client.api.inspect_container(container)["State"]["Status"])

    until(lambda: state() == "paused" or None, "the container is frozen")
    assert pool.status()["phase"] == "paused"
    pool.worker("resume")
    until(lambda: state() == "running" or None, "the container goes on")
    pool.master("cancel", task_id)
    pool.wait_for_phase("ready")


def test_stop_holds_over_a_restart(pool: Installation) -> None:
    pool.worker("stop")
    pool.worker("quit")
    pool.start("hivemind-desktop", "--headless")
    pool.wait_for_phase("stopped")
    pool.worker("start")
    pool.wait_for_phase("ready")


def test_the_files_with_secrets_are_the_owners_alone(pool: Installation) -> None:
    for name in ("master.json", "credentials.json"):
        assert os.stat(pool.home / name).st_mode & 0o077 == 0
    token = json.loads((pool.home / "master.json").read_text())["admin_token"]
    for log in pool.home.glob("*.log"):
        assert token not in log.read_text()


def test_a_result_is_written_as_the_persons_own_files_are(pool: Installation, tmp_path: Path) -> None:
    task_id = pool.json("submit", str(package(tmp_path / "p", WRITES)), "--wait")["task_id"]
    pool.master("result", task_id, "-o", str(tmp_path / "r"))
    before = os.umask(0o022)
    os.umask(before)
    assert (tmp_path / "r" / "beside.txt").stat().st_mode & 0o777 == 0o666 & ~before


def test_a_limit_that_ended_a_task_is_named_with_what_raises_it(pool: Installation, tmp_path: Path) -> None:
    hungry = package(tmp_path / "m", "b = bytearray(400 * 1024**2)\n")
    done = pool.run("hivemind-master", "submit", str(hungry), "--memory", "64m", "--wait")
    assert done.returncode == 3
    assert "64 MB" in done.stderr
    assert "--memory" in done.stderr
    slow = package(tmp_path / "s", WAITS)
    done = pool.run("hivemind-master", "submit", str(slow), "--timeout", "1", "--wait")
    assert done.returncode == 3
    assert "--timeout" in done.stderr
