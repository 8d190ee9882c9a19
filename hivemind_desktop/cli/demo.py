"""`hivemind-desktop demo`: embedded master, this worker, one real task, one process tree, its result shown."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hivemind_desktop.cli.logtext import LogText
from hivemind_desktop.cli.output import DONE, INTERRUPTED, REFUSED, TASK_FAILED, print_json, tell
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording import say
from hivemind_desktop.worker.events import QuitAsked
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.queries import AskLog, LogPart
from hivemind_desktop.worker.snapshot import Phase, Snapshot

READY_LIMIT_S = 60.0
FAULTY_LIMIT_S = 15.0
"""A fault that stays that long is told and ends a demo without a window."""
LOOK_S = 0.2
END_S = 5.0
"""For a demo that is ended early to let go of its children."""


@dataclass(slots=True)
class Outcome:
    """What the demo came to."""

    task: dict[str, Any] = field(default_factory=dict)
    logs: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    error: KnownError | None = None

    @property
    def exit_code(self) -> int:
        if self.error is not None or not self.task:
            return REFUSED
        return DONE if self.task.get("state") == "succeeded" else TASK_FAILED


class Demo:
    """A Loop: submits the task as a sender would, follows its log through the port, fetches the result.

    `show` gets each piece of text of the log; `say_why` words a snapshot's why line. `ended` is set when there is an outcome.
    """

    def __init__(
        self,
        port: Port,
        folder: Path,
        master: list[str],
        task: Path,
        show: Callable[[str], None],
        say_why: Callable[[Snapshot], str],
        quit_after: bool,
    ) -> None:
        self._port = port
        self._folder = folder
        self._master = master
        self._task = task
        self._show = show
        self._say_why = say_why
        self._quit_after = quit_after
        self._stopped = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._task_id = ""
        self.outcome = Outcome()
        self.ended = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        child = self._child
        if child is not None:
            child.terminate()

    def run(self) -> None:
        try:
            self._wait_until_ready()
            if not self._stopped.is_set():
                self._run_task()
        except KnownError as error:
            self.outcome.error = error
        finally:
            self.ended.set()
            if self._quit_after:
                self._port.post(QuitAsked())

    # ------------------------------------------------------------------ its steps

    def _wait_until_ready(self) -> None:
        """Raises KnownError `demo.not_ready` when the worker cannot take a task."""
        told, waited, faulty = "", 0.0, 0.0
        while not self._stopped.is_set():
            snapshot = self._port.snapshot()
            if snapshot.phase in (Phase.READY, Phase.BUSY) and snapshot.why.code != "ready.checking_engine":
                return
            why = self._say_why(snapshot)
            if why != told:
                tell(why)
                told = why
            self._port.since(snapshot.number, LOOK_S)
            self._stopped.wait(LOOK_S)
            waited += LOOK_S
            faulty = faulty + LOOK_S if snapshot.phase is Phase.FAULTY else 0.0
            if self._quit_after and (faulty >= FAULTY_LIMIT_S or waited >= READY_LIMIT_S):
                raise KnownError("demo.not_ready", why=why)

    def _run_task(self) -> None:
        tell(f"Submitting {self._task.name}")
        child = self._start("submit", str(self._task), "--wait")
        reader = threading.Thread(target=self._read_id, args=(child,), name="demo-submit")
        reader.start()
        log = _Follower(self._port, self._show)
        while reader.is_alive():
            reader.join(LOOK_S)
            attempt = self._newest()
            if attempt is not None:
                log.follow(attempt)
        log.finish()
        self.outcome.logs = log.text
        if self._stopped.is_set():
            return
        if not self._task_id or child.returncode not in (DONE, TASK_FAILED):
            raise KnownError("demo.no_answer", exit_code=str(child.returncode))
        child = self._start("task", self._task_id, "--json")
        told = child.communicate()[0]
        if self._stopped.is_set():
            return
        if child.returncode != DONE:
            raise KnownError("demo.no_answer", exit_code=str(child.returncode))
        self.outcome.task = json.loads(told)
        if self.outcome.task.get("state") in ("succeeded", "failed"):
            self._fetch_result(self._task_id)

    def _read_id(self, child: subprocess.Popen[str]) -> None:
        """The id is what `submit` says first; wait for its end."""
        assert child.stdout is not None
        self._task_id = child.stdout.readline().strip()
        child.stdout.read()
        child.wait()

    def cancel_unfinished(self) -> None:
        """Take back the task of a demo that ends early, or the next one would run it first. After the front-end, before the worker ends."""
        if self.ended.is_set():
            return
        self.stop()
        self.ended.wait(END_S)
        if self._task_id and not self.outcome.task:
            self._start("cancel", self._task_id).communicate()

    def _newest(self) -> AttemptKey | None:
        """The attempt of the demo's task at work here, or the one that has just ended."""
        snapshot = self._port.snapshot()
        there = [run.attempt for run in snapshot.runs] + [result.attempt for result in snapshot.results]
        return next((one for one in there if one.task_id == self._task_id), None)

    def _fetch_result(self, task_id: str) -> None:
        target = self._folder / "results" / task_id
        target.parent.mkdir(mode=0o700, exist_ok=True)
        child = self._start("result", task_id, "-o", str(target))
        child.communicate()
        if child.returncode == 0:
            self.outcome.outputs = [
                {"path": path.relative_to(target).as_posix(), "size": path.stat().st_size, "file": str(path)}
                for path in sorted(target.rglob("*"))
                if path.is_file()
            ]

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        environ = {name: value for name, value in os.environ.items() if name != "MASTER_NODE_URL"}
        environ["HIVEMIND_HOME"] = str(self._folder)
        # a session of its own: a Ctrl+C is for the demo, which then ends its children
        child = subprocess.Popen(
            [*self._master, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environ,
            start_new_session=os.name == "posix",
        )
        self._child = child
        return child


class _Follower:
    """Reads an attempt's log through the port as it grows; follows one attempt at a time."""

    def __init__(self, port: Port, show: Callable[[str], None]) -> None:
        self._port = port
        self._show = show
        self._attempt: AttemptKey | None = None
        self._offset = 0
        self._reader = LogText()
        self.text = ""

    def follow(self, attempt: AttemptKey) -> None:
        """Show what is new of this attempt's log."""
        if attempt != self._attempt:
            self._attempt, self._offset, self._reader, self.text = attempt, 0, LogText(), ""
        while True:
            try:
                part = self._port.ask(AskLog(attempt, self._offset))
            except KnownError as error:
                if error.code != "log.gone":
                    raise
                return  # not begun yet, or just on its way from the outbox to what is kept
            assert isinstance(part, LogPart)
            if not part.data:
                return
            self._offset = part.offset + len(part.data)
            piece = self._reader.feed(part.data)
            self.text += piece
            if piece:
                self._show(piece)

    def finish(self) -> None:
        if self._attempt is not None:
            self.follow(self._attempt)


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("demo", help="run one real task on this computer and show its result")
    parser.add_argument("--headless", action="store_true", help="no window")
    parser.add_argument("--exit", action="store_true", dest="exit_after", help="end when the result is shown")
    parser.add_argument(
        "--json", action="store_true", help="one JSON document on stdout: task, logs, outputs"
    )
    parser.add_argument("--task", metavar="PATH", help="a package of your own instead")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose
    from hivemind_desktop.qt.display import has_display

    windowed = not arguments.headless and has_display()
    if not windowed and not arguments.headless:
        tell("There is no display here, so no window: the demo ends when the result is shown.")
    quit_after = arguments.exit_after or not windowed
    task = Path(arguments.task) if arguments.task else compose.resources() / "demo" / "strange-attractor"
    if not task.exists():
        raise KnownError("package.not_found", path=str(task))
    where = compose.demo_place(compose.place(strict=True))
    as_json = arguments.json
    with compose.running(where, fresh=True) as worker:
        demo = Demo(
            worker.port,
            where.folders.root,
            compose.master_program(),
            task.absolute(),
            tell_piece if as_json else show_piece,
            worker.say_why,
            quit_after,
        )
        worker.spawn("demo", demo)
        code = worker.front_end(windowed, opened=True).main()
        demo.cancel_unfinished()
    show_outcome(demo.outcome, as_json)
    if demo.outcome.error:
        raise demo.outcome.error
    if not demo.outcome.task:
        tell(say("demo.ended_early", {}))
        return INTERRUPTED
    return demo.outcome.exit_code or code


def show_piece(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def tell_piece(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def show_outcome(outcome: Outcome, as_json: bool) -> None:
    """The one document, or lines for people."""
    if as_json:
        if outcome.task:
            print_json({"task": outcome.task, "logs": outcome.logs, "outputs": outcome.outputs})
        return
    if not outcome.task:
        return
    attempts = outcome.task.get("attempts") or [{}]
    reward = attempts[-1].get("reward", 0)
    print(
        f"{outcome.task.get('state')}: {outcome.task.get('name')} ({outcome.task['task_id']}), {reward} CPT"
    )
    for output in outcome.outputs:
        print(f"  {output['path']}  {output['size']} bytes  {output['file']}")
