"""The embedded master: a child process of its own, started again with back-off, that ends when its standard input closes."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.errors import KnownError

log = logging.getLogger(__name__)

START_LIMIT_S = 30.0
END_LIMIT_S = 3.0
FIRST_DELAY_S = 0.5
MAX_DELAY_S = 30.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the master said when it listened."""

    address: str
    join_link: str


def master_program() -> list[str]:
    """The `hivemind-master` that belongs to this program: its sibling in a bundle or environment, else this Python's module."""
    name = "hivemind-master.exe" if os.name == "nt" else "hivemind-master"
    sibling = Path(sys.executable).parent / name
    if getattr(sys, "frozen", False) or sibling.exists():
        return [str(sibling)]
    return [sys.executable, "-m", "hivemind_desktop.master"]


class EmbeddedMaster:
    """A Loop. `address()` waits for the master; `changed` is called, on the loop's thread, whenever it listens anew.

    `config`: the worker's settings file, which is the master's too.
    """

    def __init__(
        self,
        state_folder: Path,
        config: Path,
        changed: Callable[[], None] = lambda: None,
        program: Callable[[], list[str]] = master_program,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._state_folder = state_folder
        self._config = config
        self._changed = changed
        self._program = program
        self._environ = os.environ if environ is None else environ
        self._condition = threading.Condition()
        self._stopped = False
        self._here: Embedded | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._trouble = ""

    def address(self, timeout_s: float) -> Embedded:
        """Where it listens. Raises KnownError `master.not_started` when it does not within `timeout_s` seconds or was stopped."""
        with self._condition:
            self._condition.wait_for(lambda: self._here is not None or self._stopped, timeout_s)
            if self._here is None:
                raise KnownError("master.not_started", detail=self._trouble or "it is still starting")
            return self._here

    def run(self) -> None:
        delay = FIRST_DELAY_S
        while not self._stopped:
            listened = self._once()
            delay = FIRST_DELAY_S if listened else min(delay * 2, MAX_DELAY_S)
            with self._condition:
                self._condition.wait_for(lambda: self._stopped, delay)

    def stop(self) -> None:
        with self._condition:
            self._stopped = True
            child = self._child
            self._condition.notify_all()
        if child is not None and child.stdin is not None:
            try:
                child.stdin.close()
            except BrokenPipeError:
                log.info("the embedded master had ended already")

    def _once(self) -> bool:
        """One life of the child; whether it ever listened."""
        environ = {name: value for name, value in self._environ.items() if name != "MASTER_NODE_URL"}
        environ["HIVEMIND_HOME"] = str(self._state_folder)
        try:
            child = subprocess.Popen(
                [*self._program(), "serve", "--embedded", "--config", str(self._config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environ,
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._trouble = str(error)
            log.error("the embedded master did not start: %s", error)
            return False
        with self._condition:
            self._child = child
            stopped = self._stopped
        if stopped:
            self._end(child)
            return False
        # its own session keeps Ctrl+C from it; a limit on its start is kept by ending it
        starting = threading.Timer(START_LIMIT_S, child.kill)
        starting.start()
        assert child.stdout is not None
        line = child.stdout.readline()
        starting.cancel()
        if line:
            self._listens(line)
        said = self._drain(child)
        self._end(child)
        with self._condition:
            self._here, self._child = None, None
        if not self._stopped:
            self._trouble = said.splitlines()[-1] if said else f"it ended with {child.returncode}"
            log.error("the embedded master ended with %s: %s", child.returncode, said or "it said nothing")
        return bool(line)

    def _listens(self, line: bytes) -> None:
        told = json.loads(line)
        with self._condition:
            self._here = Embedded(told["address"], told["join_link"])
            self._condition.notify_all()
        log.info("the embedded master listens on %s", told["address"])
        self._changed()

    def _drain(self, child: subprocess.Popen[bytes]) -> str:
        """Read what it says until it ends; its last lines."""
        assert child.stderr is not None
        kept: list[str] = []
        for raw in child.stderr:
            kept = [*kept[-19:], raw.decode("utf-8", "backslashreplace").rstrip()]
        return "\n".join(kept)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    log.debug("the embedded master closed first")
        try:
            child.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            log.warning("the embedded master did not end in %g s and was killed", END_LIMIT_S)
            child.kill()
            child.wait()
