"""`join -`: the link never stands among the words of a command, and names of others are text."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hivemind_desktop.contract.links import LinkKind, MasterLink, format_link
from tests.link.fake_master import JOIN_TOKEN, POOL_ID, FakeMaster

PROGRAM = (sys.executable, "-m", "hivemind_desktop")


@pytest.fixture
def master(tmp_path: Path) -> Iterator[FakeMaster]:
    (tmp_path / "blobs").mkdir()
    fake = FakeMaster(tmp_path / "blobs", pool_name="lab\x1b[2J\u202e", node_name="pc\r\x9b")
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture
def link(master: FakeMaster) -> str:
    return format_link(MasterLink(LinkKind.JOIN, master.address, JOIN_TOKEN, POOL_ID))


def typed(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("end", ["\n", "", "\r\n", "\nmore\n"])
def test_the_link_comes_by_standard_input(end: str, link: str, master: FakeMaster) -> None:
    done = typed("join", "-", input=link + end)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Joined lab\\x1b[2J\\u202e ({master.address}) as pc\\r\\x9b.\n"
    done = typed("leave")
    assert (done.returncode, done.stderr) == (0, "Left lab\\x1b[2J\\u202e.\n")


@pytest.mark.parametrize("given", ["", "\n", "\x00\udcff", "x" * 100_000])
def test_no_link_is_one_line(given: str) -> None:
    done = typed("join", "-", input=given, errors="surrogateescape")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hivemind-desktop: ")
    assert done.stderr.count("\n") == 1


def test_a_terminal_is_asked_and_shows_no_link(link: str) -> None:
    screen, terminal = pty.openpty()
    child = subprocess.Popen(
        [*PROGRAM, "join", "-"], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = b""
    while b"Join link: " not in shown:
        shown += os.read(screen, 1000)
    os.write(screen, link.encode() + b"\n")
    while b"Joined" not in shown:
        shown += os.read(screen, 1000)
    assert child.wait(60) == 0
    os.close(screen)
    assert JOIN_TOKEN.encode() not in shown
