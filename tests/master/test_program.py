"""`hivemind-master` as a person types it: real processes, one line for what went wrong, exit codes, one JSON document."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from hivemind_desktop.contract.spool import LogRecord, Stream, encode
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.access import Access, read_access, write_access
from hivemind_desktop.master.cli.arguments import run
from hivemind_desktop.master.cli.shown import brief_moment, moment
from hivemind_desktop.master.serve import ServeOrder, serve
from hivemind_desktop.wire import hivemind_pb2 as pb
from tests.master.harness import Pool, fault, put_blobs
from tests.wire.foreign import NOBODY, thief_on

PROGRAM = [sys.executable, "-m", "hivemind_desktop.master"]


class Shell:
    """Runs commands against the pool whose master.json lies in `state`."""

    def __init__(self, state: Path, **environ: str) -> None:
        self.state = state
        self.environ = {**os.environ, "HIVEMIND_HOME": str(state), "LANG": "C", "LC_ALL": "C", **environ}

    async def __call__(self, *words: str, code: int = 0) -> tuple[str, str]:
        """(stdout, stderr) of a command that ends with `code`."""
        done = await asyncio.to_thread(self.call, *words)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (words, done.returncode, out, err)
        assert "Traceback" not in err
        return out, err

    def call(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*PROGRAM, *words], env=self.environ, capture_output=True, timeout=60)

    async def json(self, *words: str, code: int = 0) -> Any:
        out, _ = await self(*words, "--json", code=code)
        return json.loads(out)

    async def said_no(self, *words: str, code: int = 1) -> str:
        """The one line on stderr of a command that fails; nothing is on stdout."""
        out, err = await self(*words, code=code)
        assert out == ""
        assert err.count("\n") == 1, err
        return err


@pytest.fixture
def shell(pool: Pool, tmp_path: Path) -> Shell:
    assert pool.master is not None
    row = pool.master.core.pool
    write_access(tmp_path / "state", Access(pool.address, pool.admin_token, row.pool_id, row.name))
    return Shell(tmp_path / "state")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "a package 中文"
    folder.mkdir()
    (folder / "main.py").write_text("print('hello')\n", encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Something that is no master: takes connections, answers in HTTP."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    yield int(listening.getsockname()[1])
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


async def test_submit_wait_logs_result(pool: Pool, shell: Shell, package: Path, tmp_path: Path) -> None:
    node = await pool.node()
    waiting = asyncio.create_task(shell("submit", str(package), "--wait", "--env", "A=b", "--json"))
    claim = await node.claim()
    assert dict(claim.spec.environment) == {"A": "b"}
    assert claim.spec.name == package.name
    await node.heartbeat(claim.attempt, stage="running")
    spool = b"".join(
        encode(LogRecord(stream, 1_790_000_000_000_000_000, text))
        for stream, text in (
            (Stream.NOTICE, b"entry: main.py"),
            (Stream.STDOUT, "grün 中文\n".encode()),
            (Stream.STDERR, b"\x1b[31mred\n"),
            (Stream.STDERR, b"[hivemind] the reward is 1000 CPT\n"),
        )
    )
    await node.log(claim.attempt, 0, spool)
    files = {"output/zahl.txt": b"42", "output/deep/bild.png": b"png", "beside.txt": b"42"}
    await put_blobs(node.stubs, files.values(), claim.attempt)
    await node.result(claim.attempt, files=files, log_bytes=len(spool), exit_code=0)
    out, err = await waiting
    told = json.loads(out)
    assert next(iter(told)) == "task_id"
    assert (told["state"], told["reason"], told["exit_code"], told["attempt"]) == (
        "succeeded",
        "ok",
        0,
        "1.1",
    )
    assert "queued" in err
    assert err.rstrip().endswith("succeeded")
    task_id = told["task_id"]

    out, _ = await shell("logs", task_id)
    assert out == "[hivemind] entry: main.py\ngrün 中文\n\x1b[31mred\n\\[hivemind] the reward is 1000 CPT\n"
    document = await shell.json("logs", task_id, "--attempt", "1")
    assert [one["stream"] for one in document["records"]] == ["notice", "stdout", "stderr", "stderr"]
    target = tmp_path / "results"
    told = await shell.json("result", task_id, "-o", str(target))
    assert (told["task_id"], told["reason"]) == (task_id, "ok")
    assert {
        str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()
    } == files
    out, _ = await shell("result", task_id, "-o", str(target))
    assert "3 files" in out
    out, _ = await shell("result", task_id, "-o", str(tmp_path / "a\x1b[2J"))
    assert f"{tmp_path}/a\\x1b[2J/output/zahl.txt\n" in out
    assert "\x1b" not in out
    assert [path.name for path in target.glob(".hivemind*")] == []


async def test_a_terminal_gets_control_sequences_harmless(pool: Pool, shell: Shell) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    line = LogRecord(Stream.STDOUT, 1, b"\x1b]0;owned\x07\x1b[2J after\n")
    await node.log(claim.attempt, 0, encode(line))
    screen, terminal = pty.openpty()
    command = await asyncio.create_subprocess_exec(
        *PROGRAM, "logs", task_id, env=shell.environ, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    assert await asyncio.wait_for(command.wait(), 20) == 0
    shown = os.read(screen, 10_000)
    os.close(screen)
    assert b"\x1b" not in shown
    assert rb"\x1b[2J after" in shown


async def test_a_failed_task_exits_3_and_says_why(pool: Pool, shell: Shell, package: Path) -> None:
    node = await pool.node()
    waiting = asyncio.create_task(shell("submit", str(package), "--wait", code=3))
    claim = await node.claim()
    await node.result(claim.attempt, Reason.EXIT, exit_code=7)
    out, err = await waiting
    assert out == claim.attempt.task_id + "\n"
    assert err.rstrip().endswith("failed (exit), exit code 7")


async def test_variables_from_a_file_stay_off_the_command_line(
    pool: Pool, shell: Shell, package: Path, tmp_path: Path
) -> None:
    node = await pool.node(free_slots=2)
    variables = tmp_path / "variables"
    text = '\ufeff# a comment\n\nTOKEN=s3cret=with=equals\r\nQUOTED="as it stands"  \nWINS=file\nEMPTY=\n'
    variables.write_bytes(text.encode())
    expected = {"TOKEN": "s3cret=with=equals", "QUOTED": '"as it stands"  ', "WINS": "typed", "EMPTY": ""}
    words = ("submit", str(package), "--env", "WINS=typed", "--env-file")
    await shell(*words, str(variables))
    assert dict((await node.claim()).spec.environment) == expected
    piped = await asyncio.create_subprocess_exec(
        *PROGRAM, *words, "-", env=shell.environ, stdin=-1, stdout=-1, stderr=-1
    )
    _, err = await piped.communicate(text.encode())
    assert (piped.returncode, err) == (0, b"")
    assert dict((await node.claim()).spec.environment) == expected


@pytest.mark.parametrize(
    "data",
    [b"no equals s3cret\n", b"OK=1\nLD_PRELOAD=x\n", b"1A=x\n", b"A=\xff\n", b"A=" + b"x" * 2**21, b"A=\0\n"],
)
async def test_a_wrong_file_of_variables_is_one_line(
    shell: Shell, package: Path, tmp_path: Path, data: bytes
) -> None:
    variables = tmp_path / "variables"
    variables.write_bytes(data)
    line = await shell.said_no("submit", str(package), "--env-file", str(variables), code=2)
    assert "s3cret" not in line
    assert len(line) < 500
    await shell.said_no("submit", str(package), "--env-file", str(tmp_path / "none"), code=2)


async def test_what_a_master_writes_is_its_users_alone(tmp_path: Path, package: Path) -> None:
    """Below a data folder that everybody may read, under a umask that hides nothing."""
    state = Shell(tmp_path / "state")
    data = tmp_path / "data"
    for folder in (state.state, data):
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    old = os.umask(0)
    try:
        master = await serving(state, "--listen", f"127.0.0.1:{free_port()}", "--data", str(data))
    finally:
        os.umask(old)
    access = read_access(state.state)
    assert access is not None
    pool = Pool(data, address=access.address, admin_token=access.admin_token)
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await node.log(claim.attempt, 0, b"log")
    await put_blobs(node.stubs, [b"result"], claim.attempt)
    part = pb.BlobChunk(sha256=bytes(32), size=10, data=b"part", attempt=claim.attempt)

    async def parts() -> AsyncIterator[pb.BlobChunk]:
        yield part

    await node.stubs.transfer.PutBlobs(parts(), metadata=node.stubs.auth)
    written = [path for root in (data, state.state) for path in root.rglob("*")]
    names = {path.name for path in written}
    assert {"master.sqlite", "lock", "master.json", "master.log", "1.1.spool", "0" * 64, task_id} <= names
    for path in written:
        mode = path.stat().st_mode & 0o777
        assert mode & 0o077 == 0, (path, oct(mode))
    await pool.stop()
    master.terminate()
    assert await master.wait() == 0


async def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    if os.geteuid() == 0:
        os.chown(other, NOBODY, NOBODY)
    else:
        mine = os.geteuid()
        monkeypatch.setattr("hivemind_desktop.master.serve.os.geteuid", lambda: mine + 1)
    for order in (ServeOrder(tmp_path / "state", other), ServeOrder(other, tmp_path / "data")):
        with pytest.raises(KnownError) as known:
            serve(order)
        assert (known.value.code, known.value.fields["path"]) == ("master.folder_of_another", str(other))
    assert list(other.iterdir()) == []


async def test_wait_says_a_refusal_at_once(pool: Pool, shell: Shell, package: Path) -> None:
    node = await pool.node()
    command = await asyncio.create_subprocess_exec(
        *PROGRAM, "submit", str(package), "--wait", env=shell.environ, stdout=-1, stderr=-1
    )
    assert command.stderr is not None
    offer = await node.offer()
    assert b"queued" in await command.stderr.readline()
    await node.refuse(offer, "refused.network", lasting=True)
    line = await asyncio.wait_for(command.stderr.readline(), 10)
    assert b"refused by pc" in line
    admin = pool.admin
    await admin.task.CancelTask(pb.TaskCancelRequest(task_id=offer.task_id), metadata=admin.auth)
    assert await asyncio.wait_for(command.wait(), 10) == 3


async def test_wait_outlives_a_restart_of_the_master(pool: Pool, shell: Shell, package: Path) -> None:
    assert pool.master is not None
    command = await asyncio.create_subprocess_exec(
        *PROGRAM, "submit", str(package), "--wait", env=shell.environ, stdout=-1, stderr=-1
    )
    assert command.stdout is not None
    assert command.stderr is not None
    task_id = (await command.stdout.readline()).decode().strip()
    await command.stderr.readline()
    address = pool.address
    await pool.stop()
    await pool.start(address)
    node = await pool.node()
    claim = await node.claim()
    assert claim.attempt.task_id == task_id
    await node.result(claim.attempt)
    _, err = await asyncio.wait_for(command.communicate(), 20)
    assert command.returncode == 0, err


async def test_lists_and_one_task(pool: Pool, shell: Shell, package: Path) -> None:
    assert await shell.json("tasks") == []
    task_id = (await shell("submit", str(package), "--name", "名字", "--priority", "3"))[0].strip()
    told = await shell.json("task", task_id)
    assert (told["name"], told["state"], told["priority"], told["attempt"]) == ("名字", "queued", 3, None)
    assert [one["task_id"] for one in await shell.json("tasks")] == [task_id]
    out, _ = await shell("tasks")
    assert task_id in out
    out, _ = await shell("task", task_id)
    assert "queued" in out
    assert no_key_called_id(told)
    cancelled = await shell.json("cancel", task_id)
    assert cancelled == {"task_id": task_id, "state": "cancelled"}
    out, _ = await shell("cancel", task_id)
    assert "cancelled" in out


def no_key_called_id(document: Any) -> bool:
    if isinstance(document, dict):
        return "id" not in document and all(no_key_called_id(one) for one in document.values())
    return all(no_key_called_id(one) for one in document) if isinstance(document, list) else True


async def test_nodes_and_what_is_done_to_them(pool: Pool, shell: Shell) -> None:
    node = await pool.node()
    told = await shell.json("nodes")
    assert (told[0]["node_id"], told[0]["connected"]) == (node.node_id, True)
    assert no_key_called_id(told)
    short = node.node_id[:8]
    assert (await shell.json("node", "rename", short, "工作站"))["name"] == "工作站"
    assert (await shell.json("node", "label", "工作站", "gpu"))["labels"] == ["gpu"]
    assert (await shell.json("node", "unlabel", short, "gpu"))["labels"] == []
    assert (await shell.json("node", "drain", short))["draining"]
    assert not (await shell.json("node", "undrain", short))["draining"]
    out, _ = await shell("node", "block", short)
    assert "blocked" in out
    out, _ = await shell("nodes")
    assert "工作站" in out
    await shell("node", "remove", short)
    assert await shell.json("nodes") == []
    await shell.said_no("node", "block", short)


async def test_invites_and_tokens(pool: Pool, shell: Shell) -> None:
    out, _ = await shell("invite", "--ttl", "30m", "--uses", "2")
    link = out.splitlines()[-1]
    assert link.startswith(f"hivemind://join?a={pool.address}&t=")
    assert set(await shell.json("invite")) == {"join_link", "expires_at"}
    for wrong in ("soon", "0", "-1h"):
        await shell.said_no("invite", f"--ttl={wrong}", code=2)
    out, _ = await shell("token", "add", "ann")
    assert out.splitlines()[-1].startswith("hivemind://submit?")
    assert [one["name"] for one in await shell.json("token", "list")] == ["ann"]
    await shell("token", "revoke", "ann")
    assert (await shell.json("token", "list"))[0]["revoked"]
    await shell.said_no("token", "revoke", "bob")
    await shell.said_no("token", "add", "../x")


async def test_what_is_wrong_is_one_line(pool: Pool, shell: Shell, package: Path, tmp_path: Path) -> None:
    refused: tuple[tuple[str, ...], ...] = (
        ("task", "unknown"),
        ("logs", "01M87RF4N3X6091CJ73J6APXGG"),
        ("cancel", "\x1b[31m"),
        ("result", "x", "-o", str(tmp_path / "out")),
        ("submit", str(tmp_path / "nowhere")),
    )
    for words in refused:
        assert "\x1b" not in await shell.said_no(*words)
    task_id = (await shell("submit", str(package)))[0].strip()
    await shell.said_no("result", task_id, "-o", str(tmp_path / "out"))
    await shell.said_no("logs", task_id)
    wrong: tuple[tuple[str, ...], ...] = (
        (),
        ("unknown",),
        ("login", "LINK"),
        ("submit",),
        ("submit", str(package), "--memory", "much"),
        ("submit", str(package), "--cpus", "-1"),
        ("submit", str(package), "--network", "everywhere"),
        ("submit", str(package), "--env", "novalue"),
        ("submit", str(package), "--env", "LD_PRELOAD=x"),
        ("submit", str(package), "--after", "x"),
        ("submit", str(package), "--gpus", "-1"),
        ("logs", task_id, "--attempt", "x"),
        ("serve", "--listen", "0.0.0.0:50051"),
        ("serve", "--listen", "nonsense"),
        ("node", "explode", "x"),
    )
    for words in wrong:
        await shell.said_no(*words, code=2)


async def test_no_master_no_answer_wrong_token(
    pool: Pool, shell: Shell, tmp_path: Path, mute_port: int
) -> None:
    nowhere = Shell(tmp_path / "empty")
    await nowhere.said_no("tasks")
    away = Shell(shell.state, MASTER_NODE_URL=f"127.0.0.1:{free_port()}")
    await away.said_no("tasks")
    other = Shell(shell.state, MASTER_NODE_URL=f"http://127.0.0.1:{mute_port}")
    await other.said_no("tasks")
    await Shell(shell.state, MASTER_NODE_URL="ftp://x").said_no("tasks", code=2)
    await Shell(shell.state, MASTER_NODE_URL="192.0.2.1:50051").said_no("tasks", code=2)
    row = pool.master.core.pool if pool.master else None
    assert row is not None
    write_access(tmp_path / "wrong", Access(pool.address, "x" * 43, row.pool_id, row.name))
    await Shell(tmp_path / "wrong").said_no("tasks")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "master.json").write_text('{"address": "127.0', encoding="utf-8")
    await Shell(tmp_path / "torn").said_no("tasks")


async def test_a_second_master_is_said(tmp_path: Path) -> None:
    first, port = Shell(tmp_path / "one"), free_port()
    serving = await asyncio.create_subprocess_exec(
        *PROGRAM, "serve", "--listen", f"127.0.0.1:{port}", env=first.environ, stderr=-1
    )
    assert serving.stderr is not None
    assert b"listening" in await serving.stderr.readline()
    try:
        before = (tmp_path / "one" / "master.json").read_bytes()
        await first.said_no("serve")
        await first.said_no("serve", "--data", str(tmp_path / "other"), "--listen", f"127.0.0.1:{port}")
        assert (tmp_path / "one" / "master.json").read_bytes() == before
        await Shell(tmp_path / "two").said_no("serve", "--listen", f"127.0.0.1:{port}")
        assert await first.json("tasks") == []
    finally:
        serving.terminate()
        assert await asyncio.wait_for(serving.wait(), 5) == 0


async def serving(state: Shell, *words: str) -> asyncio.subprocess.Process:
    """A master that listens."""
    child = await asyncio.create_subprocess_exec(*PROGRAM, "serve", *words, env=state.environ, stderr=-1)
    assert child.stderr is not None
    assert b"listening" in await child.stderr.readline()
    return child


@pytest.mark.parametrize("killed", [False, True])
async def test_whoever_takes_the_port_of_a_master_that_ended_hears_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], killed: bool
) -> None:
    state = Shell(tmp_path / "state")
    port = free_port()
    master = await serving(state, "--listen", f"127.0.0.1:{port}")
    await state("tasks")
    old = read_access(state.state)
    assert old is not None
    if killed:
        master.kill()
        await master.wait()
    else:
        master.terminate()
        assert await master.wait() == 0
        assert read_access(state.state) is None
        # what a copy of the file still says
        write_access(state.state, old)
    monkeypatch.setenv("HIVEMIND_HOME", str(state.state))
    with thief_on(port, monkeypatch) as thief:
        for words in (["tasks"], ["nodes"], ["logs", "x", "-f"], ["submit", __file__]):
            assert await asyncio.to_thread(run, words) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 4)
        assert all("is held by the user" in line for line in err.splitlines())
    assert (thief.connections, thief.heard) == (0, b"")
    # the token that might have been heard is worth nothing to the next master
    master = await serving(state, "--listen", f"127.0.0.1:{port}")
    await state("tasks")
    assert "does not accept this token" in await said_with(tmp_path / "copy", old)
    master.terminate()
    assert await master.wait() == 0


async def said_with(state: Path, access: Access) -> str:
    write_access(state, access)
    return await Shell(state).said_no("tasks")


async def test_wait_goes_on_with_the_token_of_the_next_start(tmp_path: Path, package: Path) -> None:
    state = Shell(tmp_path / "state")
    where = ("--listen", f"127.0.0.1:{free_port()}")
    master = await serving(state, *where)
    command = await asyncio.create_subprocess_exec(
        *PROGRAM, "submit", str(package), "--wait", env=state.environ, stdout=-1, stderr=-1
    )
    assert command.stdout is not None
    task_id = (await command.stdout.readline()).decode().strip()
    first = read_access(state.state)
    master.terminate()
    await master.wait()
    master = await serving(state, *where)
    second = read_access(state.state)
    assert first is not None
    assert second is not None
    assert first.admin_token != second.admin_token
    await state("cancel", task_id)
    _, err = await asyncio.wait_for(command.communicate(), 20)
    assert (command.returncode, err.count(b"cancelled")) == (3, 1), err
    master.terminate()
    await master.wait()


async def test_a_torn_master_json_is_written_anew(tmp_path: Path) -> None:
    state = Shell(tmp_path / "state")
    state.state.mkdir()
    (state.state / "master.json").write_text("{", encoding="utf-8")
    master = await serving(state, "--listen", f"127.0.0.1:{free_port()}")
    assert await state.json("tasks") == []
    master.terminate()
    assert await master.wait() == 0


def test_a_command_loads_no_store_and_no_qt(tmp_path: Path) -> None:
    code = (
        "import sys; from hivemind_desktop.master.__main__ import main; sys.argv = ['hivemind-master', 'tasks']\n"
        "assert main() == 1\n"
        "heavy = {'sqlalchemy', 'PySide6', 'psutil', 'docker', 'numpy', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], env=Shell(tmp_path).environ, check=True, timeout=60)


def test_version(tmp_path: Path) -> None:
    done = Shell(tmp_path).call("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"hivemind-master 0.")


FARTHEST = (-(2**63), -(2**62), -1, 1, 2**53, 2**62, 2**63 - 1)
"""Milliseconds that no calendar has, and some that one has."""


@pytest.mark.parametrize("at_ms", [-(2**63), 2**62])
async def test_no_number_a_worker_says_breaks_a_command(pool: Pool, shell: Shell, at_ms: int) -> None:
    most32, most64 = 2**32 - 1, 2**64 - 1
    node = await pool.node()
    gpu = pb.Gpu(
        index=most32, memory_bytes=most64, memory_used_bytes=most64, load_percent=1e308, power_w=1e308
    )
    resources = pb.Resources(cpus=1e308, memory_bytes=most64, disk_bytes=most64, gpus=most32, pids=most32)
    capacity = pb.Capacity(
        cpu_count=most32,
        memory_bytes=most64,
        disk_bytes=most64,
        gpus=[gpu],
        slots=most32,
        total=resources,
        ceiling=resources,
    )
    registration = pb.NodeRegistrationRequest(
        node_id=node.node_id, installation_id=node.installation, capacity=capacity
    )
    await node.stubs.node.RegisterNode(registration, metadata=node.stubs.auth)
    reading = pb.Reading(at_unix_ms=at_ms, cpu_percent=1e308, memory_used_bytes=most64, gpus=[gpu])
    await node.stubs.node.ReportNodeStatus(
        pb.NodeStatusRequest(node_id=node.node_id, reading=reading), metadata=node.stubs.auth
    )
    task_id = await pool.submit()
    offer = await node.offer()
    claim = await node.stubs.task.AssignTask(
        pb.TaskAssignmentRequest(node_id=node.node_id, offer_id=offer.offer_id, granted=resources),
        metadata=node.stubs.auth,
    )
    for progress in (float("nan"), float("inf"), -1.0, 2.0, 1.0):
        held = pb.HeldAttempt(attempt=claim.attempt, stage="running", progress=progress)
        await node.stubs.task.ReportAttempt(pb.AttemptReport(held=held), metadata=node.stubs.auth)
    spool = encode(LogRecord(Stream.STDOUT, 2**64 - 1, b"late"))
    await node.log(claim.attempt, 0, spool)
    usage = pb.Usage(
        cpu_percent=1e308,
        memory_percent=1e308,
        gpu_percent=1e308,
        duration_s=most32,
        memory_peak_bytes=most64,
        cpu_seconds=1e308,
        disk_peak_bytes=most64,
        samples=most32,
    )
    stored = await node.result(
        claim.attempt,
        usage=usage,
        started_unix_ms=at_ms,
        ended_unix_ms=at_ms,
        exit_code=-(2**31),
        granted=resources,
        log_bytes=len(spool),
    )
    assert stored.state == "stored"
    attempt = (await pool.info(task_id)).attempts[0]
    for told in (attempt.started_unix_ms, attempt.ended_unix_ms):
        assert told in (0, pool.clock.wall_ms())
    target = str(shell.state.parent / "out")
    commands = (
        ("tasks",),
        ("task", task_id),
        ("nodes",),
        ("logs", task_id),
        ("result", task_id, "-o", target),
    )
    for words in commands:
        out, _ = await shell(*words, "--json")
        json.loads(out, parse_constant=not_json)
        await shell(*words)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
async def test_a_number_that_is_none_is_refused_whole(pool: Pool, shell: Shell, value: float) -> None:
    node = await pool.node(slots=3)
    resources = pb.Resources(cpus=value)
    for capacity in (
        pb.Capacity(slots=7, total=resources),
        pb.Capacity(slots=7, ceiling=resources),
        pb.Capacity(slots=7, gpus=[pb.Gpu(power_w=value)]),
    ):
        request = pb.NodeRegistrationRequest(node_id=node.node_id, version="9", capacity=capacity)
        with pytest.raises(grpc.RpcError) as refused:
            await node.stubs.node.RegisterNode(request, metadata=node.stubs.auth)
        assert fault(refused.value) == "call.broken_message"
    told = await shell.json("nodes")
    assert (told[0]["version"], told[0]["capacity"]["slots"]) == ("1", 3)


async def test_a_log_is_read_from_no_offset_a_file_cannot_have(pool: Pool) -> None:
    node = await pool.node()
    task_id = await pool.submit()
    claim = await node.claim()
    await node.log(claim.attempt, 0, b"log")
    admin = pool.admin
    query = pb.LogQuery(task_id=task_id, offset=2**64 - 1)
    chunks = [chunk.data async for chunk in admin.submit.ReadLog(query, metadata=admin.auth)]
    assert chunks == [b""]


def not_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_a_time_that_no_calendar_has_is_none() -> None:
    for at_ms in (*FARTHEST, 0):
        moment(at_ms)
        brief_moment(at_ms)
    assert moment(2**62) is None
    assert brief_moment(2**62) == ""
    assert moment(1_790_000_000_000) is not None
