"""What the world gets wrong, met by the real programs: one clear line, a state and a reason, nothing lost, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest

from hivemind_desktop.host.folders import control_socket
from tests.e2e.installation import BIN, Installation, Program, package, until
from tests.e2e.shared import (
    STRANGER,
    as_stranger,
    assert_nothing_is_left,
    installation,
    refusal,
    shared_pool,
)

WAITS = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def pool(
    tmp_path_factory: pytest.TempPathFactory, base_image: str, docker_client: docker.DockerClient
) -> Iterator[Installation]:
    with shared_pool(tmp_path_factory.mktemp("a pool"), docker_client) as place:
        yield place


@pytest.fixture
def alone(tmp_path: Path, base_image: str, docker_client: docker.DockerClient) -> Iterator[Installation]:
    """An installation of this test's own."""
    place = installation(tmp_path)
    yield place
    place.close()
    assert_nothing_is_left(place, docker_client)


def waiting(pool: Installation, *arguments: str) -> Program:
    """`submit ... --wait` that goes on; its last line on stdout is the task's id."""
    return pool.start("hivemind-master", "submit", *arguments, "--wait")


def id_of(program: Program) -> str:
    return until(lambda: program.out.strip() or None, f"the task's id: {program.err}")


# ---------------------------------------------------------------------- tasks


def test_an_image_that_is_nowhere_is_told_at_once(pool: Installation, tmp_path: Path) -> None:
    program = waiting(pool, str(package(tmp_path / "p", "print(1)")), "--image", "nosuch/image:1")
    task_id = id_of(program)
    until(lambda: "refused by" in program.err or None, "the refusal is told")
    assert "nosuch/image:1" in program.err
    told = pool.task(task_id)
    assert (told["state"], told["attempts"][0]["state"], told["attempts"][0]["reason"]) == (
        "queued",
        "released",
        "cannot_run_here",
    )
    assert told["refusals"][0]["fields"]["image"] == "nosuch/image:1"
    assert program.end(signal.SIGINT) == 130
    assert f"it goes on; see it with: hivemind-master task {task_id}" in program.err
    assert "Traceback" not in program.err
    pool.master("cancel", task_id)


def test_requirements_are_refused_until_they_can_be_installed(pool: Installation, tmp_path: Path) -> None:
    folder = package(tmp_path / "p", "print(1)")
    (folder / "requirements.txt").write_text("requests\n")
    program = waiting(pool, str(folder))
    task_id = id_of(program)
    until(lambda: "requirements.txt" in program.err or None, "the refusal is told")
    assert pool.task(task_id)["attempts"][0]["reason"] == "cannot_run_here"
    pool.master("cancel", task_id)
    assert program.child.wait(10) == 3
    assert f"{task_id}: cancelled" in program.err.splitlines()[-1]


def test_more_than_the_owner_allows_is_refused_by_name(pool: Installation, tmp_path: Path) -> None:
    program = waiting(pool, str(package(tmp_path / "p", "print(1)")), "--memory", "900g")
    until(lambda: "900 GB of memory" in program.err or None, f"the refusal is told: {program.err}")
    assert pool.task(id_of(program))["attempts"] == []
    pool.master("cancel", id_of(program))
    assert program.child.wait(10) == 3


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_package_without_an_entry(pool: Installation, tmp_path: Path, kind: str) -> None:
    folder = package(tmp_path / "p", "nothing to run", name="讀我.txt")
    path = folder if kind == "folder" else Path(shutil.make_archive(str(tmp_path / "p"), "zip", folder))
    refusal(pool.run("hivemind-master", "submit", str(path), "--wait"), 1, "main.py", "run_task.sh")


def test_a_path_that_is_not_there_or_no_package(pool: Installation, tmp_path: Path) -> None:
    refusal(pool.run("hivemind-master", "submit", str(tmp_path / "沒有")), 1, "沒有 does not exist")
    (tmp_path / "empty").mkdir()
    refusal(pool.run("hivemind-master", "submit", str(tmp_path / "empty")), 1, "holds no file")
    os.mkfifo(tmp_path / "fifo")
    refusal(pool.run("hivemind-master", "submit", str(tmp_path / "fifo")), 1, "fifo")
    refusal(pool.run("hivemind-master", "submit", str(tmp_path / "empty"), "--image", "A B"), 1)
    assert pool.json("submit", str(package(tmp_path / "p", "print(1)")), "--wait")["state"] == "succeeded"


def test_a_task_that_writes_nothing(pool: Installation, tmp_path: Path) -> None:
    told = pool.json("submit", str(package(tmp_path / "p", "")), "--wait")
    assert (told["state"], told["reason"], told["exit_code"]) == ("succeeded", "ok", 0)
    target = tmp_path / "result"
    assert "left no files" in pool.master("result", told["task_id"], "-o", str(target))
    assert [path for path in target.rglob("*") if path.is_file()] == []
    assert pool.master("logs", told["task_id"]) == "[hivemind] runs main.py\n"


def test_a_task_that_exits_3_keeps_its_log_and_output(pool: Installation, tmp_path: Path) -> None:
    script = "open('output/so_far', 'w').write('1')\nprint('因為')\nraise SystemExit(3)\n"
    done = pool.run("hivemind-master", "submit", str(package(tmp_path / "p", script)), "--wait")
    task_id = done.stdout.strip()
    assert done.returncode == 3
    assert done.stderr.strip().splitlines()[-1] == f"{task_id}: failed (exit), exit code 3"
    assert pool.master("logs", task_id).endswith("\n因為\n")
    pool.master("result", task_id, "-o", str(tmp_path / "r"))
    assert (tmp_path / "r" / "output" / "so_far").read_text() == "1"
    told = pool.task(task_id)
    assert (told["state"], told["reason"], told["exit_code"]) == ("failed", "exit", 3)
    assert told["reward"] >= 1


def test_a_package_of_the_earlier_form(pool: Installation, tmp_path: Path) -> None:
    """`run_task.sh` before any script; files beside the script come back, Chinese names and spaces too."""
    folder = package(tmp_path / "任務 一", "raise SystemExit('the wrong entry')")
    (folder / "run_task.sh").write_text('#!/bin/bash\nset -e\npython3 "計 算.py" > 結果.txt\n', "utf-8")
    (folder / "計 算.py").write_text(
        "import os\nprint(open('資料/輸入.csv', encoding='utf-8').read().strip())\n"
        "assert os.getcwd() == '/app/task' and os.environ['TASK_ID']\n"
        "open('圖.bin', 'wb').write(bytes(10))\n",
        "utf-8",
    )
    (folder / "資料").mkdir()
    (folder / "資料" / "輸入.csv").write_text("一,二", "utf-8")
    archive = shutil.make_archive(str(tmp_path / "舊 包"), "zip", folder)
    told = pool.json("submit", archive, "--wait")
    assert (told["state"], told["name"]) == ("succeeded", "舊 包.zip")
    pool.master("result", told["task_id"], "-o", str(tmp_path / "結 果"))
    there = {str(p.relative_to(tmp_path / "結 果")) for p in (tmp_path / "結 果").rglob("*") if p.is_file()}
    assert there == {"結果.txt", "圖.bin"}
    assert (tmp_path / "結 果" / "結果.txt").read_text("utf-8").strip() == "一,二"


@pytest.mark.parametrize(
    ("script", "second"),
    [("run.py", "script.py"), ("main.py", "app.py"), ("index.py", "another.py"), ("一.py", "二.py")],
)
def test_the_entry_of_a_package_of_scripts(
    pool: Installation, tmp_path: Path, script: str, second: str
) -> None:
    folder = package(tmp_path / "p", "print('this one')", name=script)
    package(folder, "print('not this one')", name=second)
    told = pool.json("submit", str(folder), "--wait")
    assert told["state"] == "succeeded"
    assert "this one\n" in pool.master("logs", told["task_id"])
    assert "not this one" not in pool.master("logs", told["task_id"])


def test_unknown_ids(pool: Installation, tmp_path: Path) -> None:
    for unknown in ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "X", "任務", "../x", "a b"):
        for words in (("task",), ("logs",), ("cancel",), ("result", "-o", str(tmp_path / "r"))):
            done = pool.run("hivemind-master", words[0], unknown, *words[1:])
            refusal(done, 1, "There is no task")
    assert not (tmp_path / "r").exists()
    refusal(pool.run("hivemind-master", "node", "block", "nobody"), 1, "nobody")
    refusal(pool.run("hivemind-master", "token", "revoke", "nobody"), 1, "nobody")
    refusal(pool.run("hivemind-desktop", "logs", "X"), 1, "hivemind-desktop history")


def test_an_attempt_or_a_result_that_is_not_there(pool: Installation, tmp_path: Path) -> None:
    task_id = pool.submit(package(tmp_path / "p", WAITS))
    refusal(pool.run("hivemind-master", "logs", task_id, "--attempt", "x"), 2, "EPOCH.N")
    refusal(pool.run("hivemind-master", "result", task_id, "-o", str(tmp_path / "r")), 1, "has no result")
    until(lambda: pool.task(task_id)["attempt"], "it is claimed")
    refusal(pool.run("hivemind-master", "logs", task_id, "--attempt", "9"), 1, "no attempt 9")
    pool.master("cancel", task_id)


def test_a_result_that_something_is_in_the_way_of(pool: Installation, tmp_path: Path) -> None:
    script = "open('output/a', 'w').write('new')\n"
    task_id = pool.json("submit", str(package(tmp_path / "p", script)), "--wait")["task_id"]
    target = tmp_path / "r"
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir()
    (target / "output").symlink_to(outside)
    refusal(pool.run("hivemind-master", "result", task_id, "-o", str(target)), 1, "in the way", "-o")
    refusal(pool.run("hivemind-master", "result", task_id, "-o", "/dev/null/x"), 1, "cannot be written")
    assert (list(outside.iterdir()), list(target.iterdir())) == ([], [target / "output"])


# ---------------------------------------------------------------------- Ctrl+C


def test_ctrl_c_ends_a_follower_and_leaves_the_task(pool: Installation, tmp_path: Path) -> None:
    task_id = pool.submit(package(tmp_path / "p", WAITS))
    follower = pool.start("hivemind-master", "logs", task_id, "-f")
    until(lambda: "begun" in follower.out or None, f"the log is followed: {follower.err}")
    assert follower.end(signal.SIGINT) == 130
    assert follower.err == "hivemind-master: interrupted\n"
    assert pool.task(task_id)["state"] == "running"
    pool.master("cancel", task_id)


def test_a_reader_that_goes_away_is_no_traceback(pool: Installation, tmp_path: Path) -> None:
    script = "for n in range(200000): print('a line that is long enough to fill every pipe', n)\n"
    task_id = pool.json("submit", str(package(tmp_path / "p", script)), "--wait")["task_id"]
    done = subprocess.run(
        ["bash", "-c", f"'{BIN}/hivemind-master' logs {task_id} | head -2"],
        env=pool.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stdout.endswith("\na line that is long enough to fill every pipe 0\n")
    assert done.stderr == ""


@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_ends_worker_and_master(alone: Installation, tmp_path: Path, times: int) -> None:
    master = alone.serve()
    alone.join()
    worker = alone.work()
    task_id = alone.submit(package(tmp_path / "p", WAITS))
    until(lambda: "begun" in alone.master("logs", task_id) or None, "it runs")
    # -2: the third came when everything had ended but Python itself
    for program, code in ((worker, (0, 130, -signal.SIGINT)), (master, (0,))):
        if program is master:
            attempt = alone.task(task_id)["attempts"][0]
            assert (attempt["state"], attempt["reason"]) == ("released", "preempted")
        for _ in range(times if program is worker else 1):
            program.child.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert program.child.wait(10) in code
        assert "Traceback" not in program.err
        assert len(program.err.strip().splitlines()) <= 1


def test_ctrl_c_ends_the_demo_and_its_task(alone: Installation) -> None:
    demo = alone.start("hivemind-desktop", "demo", "--headless", "--exit")
    until(lambda: "step" in demo.out or None, f"the demo's task runs: {demo.err}")
    os.killpg(demo.child.pid, signal.SIGINT)
    assert demo.child.wait(10) == 130
    assert "Traceback" not in demo.err
    assert demo.err.splitlines()[-1] == "The demo was ended before its task had ended."
    done = alone.run("hivemind-desktop", "demo", "--headless", "--exit", "--json")
    assert json.loads(done.stdout)["task"]["state"] == "succeeded", "the task of before is not in the way"


# ---------------------------------------------------------------------- the master


@contextmanager
def listener(answer: bytes | None) -> Iterator[str]:
    """HOST:PORT of a program that is no master: it says `answer` to whoever connects (None: nothing) and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                held.append(caller)
                if answer is not None:
                    caller.sendall(answer)
                    caller.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield "{}:{}".format(*server.getsockname())
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for caller in held:
            caller.close()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", id="http"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh"),
        pytest.param(b"", id="hangs up"),
        pytest.param(None, id="silent", marks=pytest.mark.slow),
    ],
)
def test_what_is_not_a_master(pool: Installation, tmp_path: Path, answer: bytes | None) -> None:
    link = pool.master("invite").strip().splitlines()[-1]
    real = json.loads((pool.home / "master.json").read_text())["address"]
    other = installation(tmp_path)
    with listener(answer) as address:
        pool.environ["MASTER_NODE_URL"] = address
        try:
            refusal(pool.run("hivemind-master", "tasks"), 1, address, "not a HiveMind master")
        finally:
            del pool.environ["MASTER_NODE_URL"]
        refusal(other.run("hivemind-desktop", "join", link.replace(real, address)), 1, address)
    assert not (other.home / "credentials.json").exists()
    assert not (other.home / "config.toml").exists()


def test_a_master_that_is_not_there(pool: Installation, tmp_path: Path) -> None:
    link = pool.master("invite").strip().splitlines()[-1]
    real = json.loads((pool.home / "master.json").read_text())["address"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = "{}:{}".format(*taken.getsockname())
    pool.environ["MASTER_NODE_URL"] = free
    try:
        refusal(pool.run("hivemind-master", "tasks"), 1, free, "hivemind-master serve")
    finally:
        del pool.environ["MASTER_NODE_URL"]
    other = installation(tmp_path)
    refusal(other.run("hivemind-desktop", "join", link.replace(real, free)), 1, free)
    refusal(other.run("hivemind-desktop", "--headless", "--master-url", real), 2, "join LINK", real)


def test_a_wrong_admin_token(alone: Installation) -> None:
    alone.serve()
    path = alone.home / "master.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "admin_token": "x" * 43}))
    refusal(alone.run("hivemind-master", "tasks"), 1, told["address"], "does not accept this token")
    path.write_text("{torn")
    refusal(alone.run("hivemind-master", "tasks"), 1, str(path), "start the master again")
    path.write_text(json.dumps(told))
    assert alone.json("tasks") == []


def test_a_used_or_changed_join_link(pool: Installation, tmp_path: Path) -> None:
    link = pool.master("invite").strip().splitlines()[-1]
    other = installation(tmp_path)
    refusal(other.run("hivemind-desktop", "join", link[: len(link) // 2]), 2, "not a whole join link")
    refusal(
        other.run("hivemind-desktop", "join", link.replace("t=", "t=A")), 1, "not valid", "ask for a new one"
    )
    other.worker("join", link)
    third = installation(tmp_path / "3")
    refusal(third.run("hivemind-desktop", "join", link), 1, "ask for a new one")


def test_a_worker_whose_token_is_wrong(alone: Installation) -> None:
    """It says so, takes nothing, and works again as soon as it has joined again."""
    alone.serve()
    alone.join()
    path = alone.home / "credentials.json"
    good = path.read_text()
    token = _tokens(json.loads(good))[0]
    path.write_text(good.replace(token, "x" * len(token)))
    worker = alone.start("hivemind-desktop", "--headless")
    told = alone.wait_for_phase("faulty")
    assert told["why"]["code"] == "faulty.refused"
    assert "refuses this computer" in told["why"]["text"]
    assert worker.end() == 0
    path.write_text("{torn")
    refusal(alone.run("hivemind-desktop", "--headless"), 1, str(path), "join again")
    path.write_text(good)
    alone.work()


def _tokens(document: Any) -> list[str]:
    if isinstance(document, dict):
        found = [value for name, value in document.items() if "token" in name and isinstance(value, str)]
        return found + [token for value in document.values() for token in _tokens(value)]
    return [token for value in document for token in _tokens(value)] if isinstance(document, list) else []


def test_a_port_that_is_taken(pool: Installation, tmp_path: Path) -> None:
    address = json.loads((pool.home / "master.json").read_text())["address"]
    other = installation(tmp_path)
    refusal(other.run("hivemind-master", "serve", "--listen", address), 1, address, "--listen")
    assert not (other.home / "master.json").exists()
    assert pool.json("tasks") is not None


def test_a_second_master_and_a_second_worker(pool: Installation) -> None:
    before = (pool.home / "master.json").read_bytes()
    done = pool.run("hivemind-master", "serve", "--listen", "127.0.0.1:0")
    refusal(done, 1, str(pool.home / "master"), "end it first")
    assert (pool.home / "master.json").read_bytes() == before
    pid = str(pool.programs[1].child.pid)
    refusal(pool.run("hivemind-desktop", "--headless"), 1, str(pool.home), pid, "hivemind-desktop quit")
    assert pool.status()["phase"] in ("ready", "busy")


# ---------------------------------------------------------------------- other accounts


def stranger(*command: str) -> subprocess.CompletedProcess[str]:
    """`command` as another account, with none of root's rights."""
    wanted = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", "--inh-caps=-all"]
    return subprocess.run([*wanted, *command], capture_output=True, text=True, check=False, timeout=20)


def test_another_account_gets_nothing(pool: Installation) -> None:
    """Even where every folder above may be entered."""
    for folder in (pool.home, *pool.home.parents):
        if folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    secret = [path for path in pool.home.rglob("*") if path.is_file() and path.suffix in (".json", ".sqlite")]
    assert len(secret) >= 3
    for path in secret:
        done = stranger("cat", str(path))
        assert (done.returncode, done.stdout) == (1, ""), path
    where = control_socket(pool.home, pool.environ)
    assert where.exists()
    connect = f"import socket; socket.socket(socket.AF_UNIX).connect({str(where)!r})"
    done = stranger("/usr/bin/python3", "-c", connect)
    assert "PermissionError" in done.stderr


# ---------------------------------------------------------------------- the engine


@pytest.mark.parametrize("kind", ["absent", "stopped", "silent", "nonsense"])
def test_an_engine_that_does_not_work(tmp_path: Path, kind: str) -> None:
    """The worker says what is wrong, takes no task, and `quit` ends it at once."""
    place = installation(tmp_path)
    short = Path(tempfile.mkdtemp(prefix="hm-"))
    server = socket.socket(socket.AF_UNIX)
    try:
        path = short / "docker.sock"
        if kind != "absent":
            server.bind(str(path))
        if kind == "silent":
            server.listen(8)
        place.environ["DOCKER_HOST"] = "nonsense" if kind == "nonsense" else f"unix://{path}"
        if kind == "nonsense":
            done = place.run("hivemind-desktop", "--headless", wait_s=8)
            refusal(done, 2, "nonsense", "DOCKER_HOST", "unix://")
            return
        place.start("hivemind-desktop", "--headless")
        told = place.wait_for_phase("faulty")
        assert told["why"]["code"] == f"faulty.engine_{kind}"
        begun = time.monotonic()
        place.worker("quit")
        assert place.programs[0].child.wait(10) == 0
        assert time.monotonic() - begun < 3
    finally:
        server.close()
        place.close()
        shutil.rmtree(short)


def test_an_engine_that_this_account_may_not_use(docker_client: docker.DockerClient) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hm-"))
    os.chown(folder, STRANGER, STRANGER)
    environ = {**os.environ, "HIVEMIND_HOME": str(folder / "home")}
    program = subprocess.Popen(
        as_stranger(str(BIN / "hivemind-desktop"), "--headless"), env=environ, start_new_session=True
    )
    try:

        def told() -> dict[str, Any] | None:
            done = subprocess.run(
                as_stranger(str(BIN / "hivemind-desktop"), "status", "--json"),
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            status: dict[str, Any] = json.loads(done.stdout)
            return status if status["phase"] == "faulty" else None

        assert until(told, "it needs attention")["why"]["code"] == "faulty.engine_no_permission"
    finally:
        program.terminate()
        assert program.wait(10) == 0
        shutil.rmtree(folder)


# ---------------------------------------------------------------------- the disk


def fill(path: Path) -> None:
    """Write until the disk takes no more byte."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass
    assert os.statvfs(path).f_bavail == 0


def test_a_full_disk_at_the_outbox_loses_nothing(
    alone: Installation, tmp_path: Path, docker_client: docker.DockerClient
) -> None:
    """The result waits beside its container, the worker says so, and it arrives once there is room."""
    alone.serve()
    link = alone.master("invite").strip().splitlines()[-1]
    worker = installation(tmp_path / "worker")
    worker.home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", str(worker.home)], check=True)
    filler = worker.home / "filler"
    script = (
        "import os, time\nopen('output/r', 'wb').write(os.urandom(3 << 20))\nprint('written', flush=True)\n"
        "while not os.path.exists('output/go'): time.sleep(0.1)\n"
    )
    try:
        worker.worker("join", link)
        worker.work()
        task_id = alone.submit(package(tmp_path / "p", script))
        until(lambda: "written" in alone.master("logs", task_id) or None, "the output is written")
        (task_folder,) = (worker.home / "worker" / "runs").glob("**/output")
        fill(filler)
        (task_folder / "go").touch()
        until(lambda: worker.status()["warnings"] or None, "the full disk is said")
        (warning,) = [one for one in worker.status()["warnings"] if one["code"] == "disk.full"]
        assert "free some space" in warning["text"]
        assert alone.task(task_id)["state"] == "running"
        filler.unlink()
        told = alone.wait_for_state(task_id, "succeeded", wait_s=60)
        assert [attempt["attempt"] for attempt in told["attempts"]] == ["1.1"]
        alone.master("result", task_id, "-o", str(tmp_path / "r"))
        assert (tmp_path / "r" / "output" / "r").stat().st_size == 3 << 20
        until(lambda: not worker.status()["warnings"] or None, "the warning is gone")
    finally:
        worker.close()
        filler.unlink(missing_ok=True)
        try:
            assert_nothing_is_left(worker, docker_client)
        finally:
            subprocess.run(["umount", str(worker.home)], check=True)
