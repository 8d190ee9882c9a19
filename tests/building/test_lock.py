"""The lock: one build.py at a time; the waiting one says for whom; a killed holder holds nothing."""

import signal
import subprocess
import sys
from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from building.lock import held
with held(sys.argv[2], Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(repository: Path, path: Path, purpose: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), purpose],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_of(stream: object) -> str:
    return stream.readline()  # type: ignore[attr-defined, no-any-return]


def test_the_second_waits_says_for_whom_and_goes_on(repository: Path, tmp_path: Path) -> None:
    with start(repository, tmp_path / "lock", "demo") as first:
        assert line_of(first.stdout) == "held\n"
        with start(repository, tmp_path / "lock", "test") as second:
            assert f"build.py demo (process {first.pid}) is preparing this machine" in line_of(second.stderr)
            first.communicate("")
            assert line_of(second.stdout) == "held\n"
            second.communicate("")
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_killed_holder_holds_nothing(repository: Path, tmp_path: Path) -> None:
    with start(repository, tmp_path / "lock", "demo") as first:
        assert line_of(first.stdout) == "held\n"
        first.send_signal(signal.SIGKILL)
        first.communicate()
    with start(repository, tmp_path / "lock", "test") as second:
        assert line_of(second.stdout) == "held\n"
        _, said = second.communicate("")
    assert said == ""
