"""Programs that say a line on standard output when they are so far, and go on until their standard input ends."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from building.places import ROOT, VENV_PYTHON
from building.say import BuildError

END_LIMIT_S = 15.0
WORKER_LIBRARIES = (
    "PySide6.QtCore",
    "grpc",
    "google.protobuf.internal.builder",
    "google.protobuf.runtime_version",
    "psutil",
    "sqlite3",
)
"""What the idle worker is made with (design, section 5); of protobuf, what every generated file imports."""


@dataclass(frozen=True, slots=True)
class Program:
    pid: int
    said: str
    """Its first line."""


@contextmanager
def running(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Running and so far. Raises BuildError when it ends without a word; kills one that does not end with its input."""
    process = subprocess.Popen(
        list(command), env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout:
        try:
            said = process.stdout.readline().strip()
            if not said:
                raise BuildError(f"{' '.join(command)} ended without a word")
            yield Program(process.pid, said)
        finally:
            process.stdin.close()
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def bare_python(libraries: Sequence[str]) -> Iterator[Program]:
    """A Python that has imported these and waits."""
    program = f"import sys, {', '.join(libraries)}\nprint('ready', flush=True)\nsys.stdin.read()"
    with running([str(VENV_PYTHON), "-c", program]) as found:
        yield found


def command_of(name: str, *arguments: str) -> list[str]:
    """The command of a program of this folder."""
    return [str(VENV_PYTHON), "-m", f"building.bench.{name}", *arguments]
