"""The real programs on a state folder of their own: what a person types, without a shell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

BIN = Path(sys.executable).parent
WAIT_S = 30.0
T = TypeVar("T")


def until(found: Callable[[], T | None], what: str, wait_s: float = WAIT_S) -> T:
    """The first true answer of `found`; fails after `wait_s` seconds."""
    deadline = time.monotonic() + wait_s
    while True:
        if (answer := found()) is not None and answer is not False:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {wait_s:.0f} s"
        time.sleep(0.05)


class Program:
    """A program that goes on; its output lies in files."""

    def __init__(self, child: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.child, self._out, self._err = child, out, err

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8", "replace")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8", "replace")

    def end(self, number: int = signal.SIGTERM, wait_s: float = 12.0) -> int:
        """Its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        return self.child.wait(wait_s)


class Installation:
    """One state folder and the programs on it."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        self.environ = {**os.environ, "HIVEMIND_HOME": str(home), **environ}
        self.programs: list[Program] = []

    # ------------------------------------------------------------------ typing

    def run(self, name: str, *arguments: str, wait_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / name), *arguments],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=wait_s,
            check=False,
        )

    def master(self, *arguments: str, code: int = 0) -> str:
        """`hivemind-master ARGUMENTS` must end with `code`; its stdout."""
        done = self.run("hivemind-master", *arguments)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def worker(self, *arguments: str, code: int = 0) -> str:
        """`hivemind-desktop ARGUMENTS` must end with `code`; its stdout."""
        done = self.run("hivemind-desktop", *arguments)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a master's command prints with --json."""
        return json.loads(self.master(*arguments, "--json"))

    # ------------------------------------------------------------------ programs that go on

    def start(self, name: str, *arguments: str) -> Program:
        self.home.mkdir(exist_ok=True)
        out, err = (self.home / f"{name}-{len(self.programs)}.{kind}" for kind in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            child = subprocess.Popen(
                [str(BIN / name), *arguments],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        program = Program(child, out, err)
        self.programs.append(program)
        return program

    def serve(self, address: str = "127.0.0.1:0") -> Program:
        """A master that listens."""
        program = self.start("hivemind-master", "serve", "--listen", address)
        until(lambda: "listening on" in program.err or None, f"the master listens: {program.err}")
        return program

    def join(self) -> None:
        self.worker("join", self.master("invite").strip().splitlines()[-1])

    def work(self) -> Program:
        """A headless worker that is ready."""
        program = self.start("hivemind-desktop", "--headless")
        self.wait_for_phase("ready")
        return program

    def close(self) -> None:
        """The worker first: it still tells its master."""
        for program in reversed(self.programs):
            program.end()

    # ------------------------------------------------------------------ looking

    def status(self) -> dict[str, Any]:
        done = self.run("hivemind-desktop", "status", "--json")
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def wait_for_phase(self, phase: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            told = self.status()
            return told if told["phase"] == phase else None

        return until(found, f"phase {phase}")

    def submit(self, package: Path, *arguments: str) -> str:
        """The task's id."""
        return str(self.json("submit", str(package), *arguments)["task_id"])

    def task(self, task_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.json("task", task_id)
        return told

    def wait_for_state(self, task_id: str, *states: str, wait_s: float = WAIT_S) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            told = self.task(task_id)
            return told if told["state"] in states else None

        return until(found, f"task {task_id} is {states}", wait_s)


def package(folder: Path, script: str, name: str = "main.py") -> Path:
    """A package of one script."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(script, encoding="utf-8")
    return folder


def keys(document: Any) -> set[str]:
    """Every key of a JSON document, at any depth."""
    if isinstance(document, dict):
        return set(document).union(*map(keys, document.values()), set())
    if isinstance(document, list):
        return set().union(*map(keys, document), set())
    return set()
