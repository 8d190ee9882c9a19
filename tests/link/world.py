"""What the tests of the link share: a worker's link in plain threads, its events, an outbox on disk, and a clock."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Capacity, Reading
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Manifest, Resources
from hivemind_desktop.link.facts import NodeFacts
from hivemind_desktop.link.link import GrpcLink
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.events import BugFound, Event, Moment
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME, Loop
from hivemind_desktop.worker.snapshot import LinkView, Phase, RunView, Snapshot, Why
from tests.link.fake_master import NODE_ID, POOL_ID, TOKEN

E = TypeVar("E", bound=Event)
PATIENCE_S = 20.0
"""How long a test waits for what must come."""


class Events:
    """What was posted, in order; `expect` waits for the next event of a kind."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[Event] = []
        self._read = 0

    def post(self, event: Event) -> None:
        with self._changed:
            self.all.append(event)
            self._changed.notify_all()

    def expect(self, kind: type[E], within_s: float = PATIENCE_S) -> E:
        """The next event of `kind`, skipping others; AssertionError when none comes, or a bug was found."""
        deadline = time.monotonic() + within_s
        with self._changed:
            while True:
                while self._read < len(self.all):
                    event = self.all[self._read]
                    self._read += 1
                    if isinstance(event, kind):
                        return event
                    assert not isinstance(event, BugFound), event.text
                left = deadline - time.monotonic()
                assert left > 0, f"no {kind.__name__} within {within_s} s, but {self.all}"
                self._changed.wait(left)

    def of(self, kind: type[E]) -> list[E]:
        with self._changed:
            return [event for event in self.all if isinstance(event, kind)]


def wait_until(true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Look until `true()`; AssertionError after `within_s`."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        pause.wait(0.005)


class Thread:
    """A loop in a plain thread, as LoopThread hosts it."""

    def __init__(self, role: str, loop: Loop, post: Callable[[Event], None]) -> None:
        self.role = role
        self._loop = loop
        self._post = post
        self.thread = threading.Thread(target=self._run, name=role)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._loop.run()
        except BaseException:
            self._post(BugFound(self.role, traceback.format_exc()))

    def stop_and_wait(self, timeout_s: float) -> bool:
        self._loop.stop()
        self.thread.join(timeout_s)
        return not self.thread.is_alive()


class DiskOutbox:
    """The smallest outbox: folders and a dictionary."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: dict[AttemptKey, Finished] = {}

    def folder(self, attempt: AttemptKey) -> Path:
        path = self._root / f"{attempt.task_id}-{attempt.number}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def put(self, finished: Finished) -> None:
        self._entries[finished.attempt] = finished

    def get(self, attempt: AttemptKey) -> Finished | None:
        return self._entries.get(attempt)

    def remove(self, attempt: AttemptKey) -> None:
        self._entries.pop(attempt, None)
        shutil.rmtree(self.folder(attempt))

    def pending(self) -> tuple[AttemptKey, ...]:
        return tuple(self._entries)


@dataclass
class Worker:
    """A link under test. `skip_s` moves its clock forward."""

    address: str
    root: Path
    token: str = TOKEN
    random: Callable[[], float] = lambda: 0.1
    report_s: float = 30.0
    deadline_s: float = 5.0
    own: bool = False
    node_id: str = NODE_ID
    installation: str = "installation"
    events: Events = field(default_factory=Events)
    threads: list[Thread] = field(default_factory=list)
    spoiled: list[tuple[AttemptKey, str]] = field(default_factory=list)
    skip_s: float = 0.0

    def __post_init__(self) -> None:
        self.outbox = DiskOutbox(self.root / "outbox")
        self._number = 0
        self.link = GrpcLink(
            lambda: Credential(self.address, self.node_id, self.token, POOL_ID, own=self.own),
            lambda: NodeFacts("0.1.0", ("logs",), "host", self.installation, Capacity(2, 1 << 30, 1 << 40)),
            self.outbox,
            self.events.post,
            self.spawn,
            lambda: Moment(time.monotonic() + self.skip_s, time.time()),
            self.random,
            lambda attempt, name: self.spoiled.append((attempt, name)),
            self.report_s,
            self.deadline_s,
        )

    def spawn(self, role: str, loop: Loop) -> Thread:
        thread = Thread(role, loop, self.events.post)
        self.threads.append(thread)
        return thread

    def see(self, *runs: RunView, reading: Reading | None = None) -> None:
        self._number += 1
        why = Why("ready.waiting")
        self.link.see(
            Snapshot(
                number=self._number,
                phase=Phase.BUSY if runs else Phase.READY,
                why=why,
                rules=(why,),
                link=LinkView(),
                engine_version="",
                runs=runs,
                results=(),
                outbox=0,
                allowed=Allowed(),
                reading=reading,
                earned=0,
            )
        )

    def finish(
        self,
        attempt: AttemptKey,
        files: dict[str, bytes] | None = None,
        log: bytes = b"",
        reason: Reason = Reason.OK,
    ) -> Finished:
        """Put a finished attempt with these files into the outbox."""
        folder = self.outbox.folder(attempt)
        entries = []
        for path, data in (files or {}).items():
            place = folder / FILES_NAME / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            entries.append(FileEntry(path, len(data), hashlib.sha256(data).hexdigest()))
        if log:
            (folder / LOG_NAME).write_bytes(log)
        finished = Finished(attempt, reason, exit_code=0, result=Manifest(tuple(entries)), log_bytes=len(log))
        self.outbox.put(finished)
        return finished

    def write_log(self, attempt: AttemptKey, data: bytes) -> int:
        """Append to the spool and say so; its length."""
        path = self.outbox.folder(attempt) / LOG_NAME
        with path.open("ab") as spool:
            spool.write(data)
            length = spool.tell()
        self.link.log_grew(attempt, length)
        return length

    def end(self) -> None:
        assert self.link.close_and_wait(10)
        for thread in self.threads:
            assert thread.stop_and_wait(10), thread.role
        bugs = self.events.of(BugFound)
        assert not bugs, bugs[0].text


def view(attempt: AttemptKey, stage: Stage = Stage.RUNNING, progress: float | None = None) -> RunView:
    return RunView(attempt, "a task", "somebody", stage, Resources(), 60, 0.0, progress=progress)


def chunks_of(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
