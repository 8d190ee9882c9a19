"""What the owner set is what the master goes by: a real `serve` with a settings file, and what it says of a wrong one."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hivemind_desktop.master.access import read_access
from hivemind_desktop.master.cli.serve import rules_of
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.settings import defaults
from tests.master.harness import Pool
from tests.master.test_program import PROGRAM, Shell


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


def write(home: Path, text: str, name: str = "config.toml") -> Path:
    path = home / name
    path.write_text(text, encoding="utf-8")
    return path


@asynccontextmanager
async def serving(home: Path, *words: str, **environ: str) -> AsyncIterator[Pool]:
    """A real master on any port, as the harness' pool."""
    command = [*PROGRAM, "serve", "--listen", "127.0.0.1:0", *words]
    child = await asyncio.create_subprocess_exec(*command, env=Shell(home, **environ).environ, stderr=-1)
    assert child.stderr is not None
    said = await asyncio.wait_for(child.stderr.readline(), 30)
    try:
        assert b"listening" in said, said
        access = read_access(home)
        assert access is not None
        pool = Pool(home, admin_token=access.admin_token, address=access.address)
        yield pool
        await pool.stop()
    finally:
        child.terminate()
        assert await asyncio.wait_for(child.wait(), 10) == 0


def test_the_defaults_are_the_designs() -> None:
    assert rules_of(defaults()) == Rules()


def test_each_setting_is_a_rule() -> None:
    chosen = {
        "master.heartbeat_s": 2.0,
        "master.lease_s": 90.0,
        "master.offline_s": 20.0,
        "master.refused_s": 7.0,
    }
    assert rules_of(defaults().replaced(chosen)) == Rules(
        heartbeat_s=2.0, lease_s=90.0, offline_s=20.0, refused_by_all_s=7.0
    )


@pytest.mark.parametrize("short", ["master.lease_s", "master.offline_s"])
def test_a_worker_beats_often_enough_for_what_depends_on_it(short: str) -> None:
    assert rules_of(defaults().replaced({short: 6.0})).heartbeat_s == pytest.approx(2.0)


async def test_workers_are_told_what_the_file_says(home: Path) -> None:
    write(home, "[master]\nheartbeat_s = 4\nlease_s = 45\n")
    async with serving(home) as pool:
        told = await (await pool.node(watch=False)).register()
        assert (told.heartbeat_s, told.lease_s) == (4.0, 45.0)


async def test_a_file_of_another_name(home: Path) -> None:
    write(home, "[master]\nlease_s = 45\n")
    path = write(home, "[master]\nlease_s = 50\n", "other.toml")
    async with serving(home, "--config", str(path)) as pool:
        assert (await (await pool.node(watch=False)).register()).lease_s == 50.0


async def test_a_task_that_nobody_takes_fails_when_the_file_says(home: Path) -> None:
    write(home, "[master]\nrefused_s = 1\n")
    async with serving(home) as pool:
        node = await pool.node()
        task_id = await pool.submit()
        await node.refuse(await node.offer(), "refused.network", lasting=True)
        for _ in range(200):
            task = await pool.info(task_id)
            if task.state != "queued":
                break
            await asyncio.sleep(0.1)
        assert (task.state, task.reason) == ("failed", "cannot_run_here")


async def test_an_attempt_of_a_silent_node_expires_when_the_file_says(home: Path) -> None:
    write(home, "[master]\nlease_s = 1\n")
    async with serving(home) as pool:
        silent = await pool.node()
        await pool.submit()
        first = await silent.claim()
        other = await pool.node()
        second = await asyncio.wait_for(other.claim(), 20)
        assert (first.attempt.n, second.attempt.n) == (1, 2)


async def test_the_level_of_the_log_is_the_owners(home: Path) -> None:
    async with serving(home, LOG_LEVEL="ERROR"):
        pass
    assert "listening on" not in (home / "master.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "environ", "where"),
    [
        ("[master]\nlease_s = 0\n", {}, "config.toml:2"),
        ("[master]\n\noffline_s = 'soon'\n", {}, "config.toml:3"),
        ("[master]\nlease = 5\n", {}, "lease_s may be meant"),
        ("[master\n", {}, "config.toml:1"),
        ("", {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ],
)
def test_a_wrong_value_is_one_line(home: Path, text: str, environ: dict[str, str], where: str) -> None:
    write(home, text)
    done = Shell(home, **environ).call("serve", "--listen", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1, done.stderr
    assert where in done.stderr.decode()
    assert not (home / "master.json").exists()


def test_a_named_file_must_be_there(home: Path) -> None:
    done = Shell(home).call("serve", "--config", str(home / "nowhere.toml"))
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1, done.stderr


def test_the_embedded_one_goes_by_the_default_instead(home: Path) -> None:
    """The window starts with a wrong value at its default and says so; its master must not stay away."""
    write(home, "[master]\nlease_s = 0\n")
    child = subprocess.Popen(
        [*PROGRAM, "serve", "--embedded"],
        env=Shell(home).environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert b"join_link" in child.stdout.readline()
        _, said = child.communicate(timeout=20)
    assert (child.returncode, said) == (0, b"")
    log = (home / "master.log").read_text("utf-8")
    assert "config.toml:2" in log
    assert "lease_s" in log
