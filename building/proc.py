"""Runs other programs with their output in a log file, so that nothing of it reaches stdout; a failure is one line."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from building.places import LOGS, ROOT
from building.say import BuildError, Step

_running: set["subprocess.Popen[bytes]"] = set()
_lock = threading.Lock()
_ending = False


_DULL = (
    "WARNING:",
    "W:",
    "Attempting uninstall",
    "Found existing",
    "Uninstalling",
    "Successfully uninstalled",
)
"""How lines begin that tell a person nothing: complaints of pip and apt about their own settings, pip's small steps."""


def last_line(log: Path) -> str:
    """The last line of a log that is worth showing (not those of `_DULL`)."""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4096))
        lines = re.split(r"[\r\n]+", file.read().decode("utf-8", "replace"))
    useful = [text.strip() for text in lines if text.strip() and not text.strip().startswith(_DULL)]
    return useful[-1] if useful else ""


def _start(
    command: Sequence[str | Path], out: IO[bytes], env: Mapping[str, str] | None, cwd: Path
) -> "subprocess.Popen[bytes]":
    with _lock:
        if _ending:
            raise BuildError("ended with the rest")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=None if env is None else {**os.environ, **env},
            cwd=cwd,
            # A group of its own, so that end_all reaches what the program has started too.
            start_new_session=True,
        )
        _running.add(process)
    return process


def attempt(
    command: Sequence[str | Path],
    step: Step,
    log_name: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> tuple[int, Path]:
    """Run a program to its end, showing its newest line as progress. Returns its exit code and its log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    with log.open("wb") as out:
        process = _start(command, out, env, cwd)
        try:
            while True:
                try:
                    return process.wait(timeout=0.5), log
                except subprocess.TimeoutExpired:
                    step.note(last_line(log))
        finally:
            with _lock:
                _running.discard(process)


def run(
    command: Sequence[str | Path],
    step: Step,
    log_name: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> None:
    """As `attempt`, but an exit code other than 0 raises BuildError with the program's last line and its log."""
    code, log = attempt(command, step, log_name, env, cwd)
    if code != 0:
        raise BuildError(f"{Path(command[0]).name} failed (exit {code}): {last_line(log)} - all of it: {log}")


def _signal(process: "subprocess.Popen[bytes]", hard: bool) -> None:
    if sys.platform == "win32":
        process.kill() if hard else process.terminate()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)


def end_all() -> None:
    """Ask every program that still runs to end and wait for it, and start no more: nothing is left behind by Ctrl+C."""
    global _ending
    with _lock:
        _ending = True
        processes = list(_running)
    for process in processes:
        _signal(process, hard=False)
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            _signal(process, hard=True)
