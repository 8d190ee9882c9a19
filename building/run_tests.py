"""All tests from a bare machine: prepare, check, a display of our own, then pytest, whose summary is the last thing printed."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

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
    with display() as screen:
        line(f"[tests] pytest {' '.join(arguments)}".rstrip())
        code = subprocess.run(
            [str(VENV_PYTHON), "-m", "pytest", *chosen, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            env={**environment, **screen, "HIVEMIND_FAILED_CHECKS": ", ".join(failed)},
        ).returncode
    return code or (1 if failed else 0)
