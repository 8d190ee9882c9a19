"""build.py as it is typed: wrong usage is one line and 2, Ctrl+C one line and 130, an old Python one line and 1."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from building import cli


def typed(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "build.py", *arguments], cwd=repository, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "a command is missing"),
        (("demmo",), "no command 'demmo'"),
        (("app",), "app is not built yet"),
        (("installer",), "installer is not built yet"),
        (("deb",), "deb is not built yet"),
        (("chaos",), "chaos is not built yet"),
        (("demo", "--headless"), "write it after --"),
        (("check", "--fast"), "check has no option '--fast'"),
        (("check", "--", "x"), "takes nothing after --"),
        (("image", "--tag"), "expected one argument"),
        (("image", "--tag", "a b"), "is no image tag"),
        (("--docker", "--tag", "a/b"), "is no image tag"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    repository: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = typed(repository, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_help_names_every_command(repository: Path) -> None:
    done = typed(repository, "--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in cli.COMMANDS)


def test_build_py_parses_on_python_3_6(repository: Path) -> None:
    ast.parse((repository / "build.py").read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 8), (3, 10, 12), (3, 14, 0)])
def test_another_python_is_told_in_one_line(repository: Path, version: tuple[int, int, int]) -> None:
    program = (
        f"import sys, runpy; sys.version_info = {version!r}; runpy.run_path('build.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"build.py: needs Python 3.11, 3.12 or 3.13 and this is {version[0]}.{version[1]}: "
        "run it with one of those, e.g. python3.11 build.py"
    ]


SLEEPER = """
import os, sys, threading
sys.path.insert(0, os.getcwd())
from building import cli, proc, prepare
from building.say import Step

def work(purpose="", *rest):
    with Step("step", "sleeping") as step:
        proc.run(["sh", "-c", "sleep 600 & sleep 600"], step, "test-ctrl-c")

prepare.for_checks = lambda purpose: prepare._side_by_side(work, work)
code = cli.main(["env"])
sys.stderr.flush()
os._exit(code)
"""


def descendants(pid: int) -> set[int]:
    """Processes that this one and its threads have started, and what those have started."""
    found: set[int] = set()
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for text in (thread / "children").read_text().split():
            found |= {int(text)} | descendants(int(text))
    return found


def alive(pid: int) -> bool:
    """A process that ended and that init has not yet collected is not alive."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_ctrl_c_is_one_line_and_130_and_leaves_no_program_behind(repository: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER], cwd=repository, stderr=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 20
        while len(descendants(process.pid)) < 6:
            assert time.monotonic() < until
            time.sleep(0.01)
        started = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "build.py: stopped by Ctrl+C; the next run goes on where this one was"
    assert not [pid for pid in started if alive(pid)]


def test_a_clone_that_may_not_be_written_is_one_line(tmp_path: Path, repository: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(repository / "building", clone / "building", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(repository / "build.py", clone / "build.py")
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o011)
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "build.py", "demo"],
        cwd=clone,
        capture_output=True,
        text=True,
        user="nobody" if os.geteuid() == 0 else None,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"build.py: {clone}/.cache: Permission denied: a clone and a disk that you may write are needed\n"
    )
