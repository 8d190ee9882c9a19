"""All tests from a bare machine: prepare, check, a display of our own, then pytest, whose summary is the last thing printed."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from building import check, prepare
from building.places import LOGS, ROOT, VENV_PYTHON
from building.say import BuildError, line

SCREEN = "1600x1200x24"


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """A virtual screen of our own; yields the environment that leads to it. On other systems than Linux the person's own."""
    if not sys.platform.startswith("linux"):
        yield {}
        return
    reader, writer = os.pipe()
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writer,),
        )
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise BuildError(
                f"Xvfb did not start: {(LOGS / 'xvfb.log').read_text('utf-8', 'replace').strip()}"
            )
        yield {"DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def base_folder() -> Iterator[Path]:
    """A folder of this run alone for what tests write; nothing of it stays, also when tests were killed and left mounts in it.

    pytest's own place keeps the folders of earlier runs and ends with an error when one of them cannot be removed.
    """
    folder = Path(tempfile.mkdtemp(prefix="hivemind-tests-"))
    try:
        yield folder / "tests"
    finally:
        for mounted in reversed(_mounts_below(folder)):
            line(f"[tests] unmounting {mounted}, left by a test")
            subprocess.run(["umount", mounted], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _mounts_below(folder: Path) -> list[str]:
    """In the order of their mounting."""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:  # not Linux
        return []
    return [entry.split()[1] for entry in lines if entry.split()[1].startswith(f"{folder}/")]


def _commit() -> str:
    """The commit that is tested: it chooses which third of the slow tests runs."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "none"


def run(arguments: list[str]) -> int:
    """Returns 0 only when every check and every test passed and none was skipped or expected to fail."""
    prepare.for_tests()
    failed = check.failed()
    everything = "--all" in arguments
    arguments = [text for text in arguments if text != "--all"]
    chosen = [] if everything else ["--slow-third-of", _commit()]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "DISPLAY")
    }
    with display() as screen, base_folder() as folder:
        line(f"[tests] pytest {' '.join(arguments)}".rstrip())
        code = subprocess.run(
            [str(VENV_PYTHON), "-m", "pytest", f"--basetemp={folder}", *chosen, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            env={**environment, **screen, "HIVEMIND_FAILED_CHECKS": ", ".join(failed)},
        ).returncode
    return code or (1 if failed else 0)
