"""A desk for one test: the real room with a real engine and a real outbox, threads without Qt, and the events as a list to wait on."""

from __future__ import annotations

import hashlib
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from hivemind_desktop.containers.docker_containers import DockerContainers
from hivemind_desktop.containers.options import Options
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.spool import LogRecord, SpoolReader, Stream
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Manifest, Resources, TaskSpec
from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.clock import now
from hivemind_desktop.store.outbox import Outbox
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import BugFound, Event, RunCleaned, RunEnded, RunFrozen, StageEntered
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME, Loop, Post

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024**2
GRANTED = Resources(cpus=1.0, memory_bytes=256 * MIB, disk_bytes=64 * MIB, pids=64)


class LoopInThread:
    def __init__(self, role: str, loop: Loop, post: Post) -> None:
        self._loop = loop
        self._role = role
        self._post = post
        self.thread = threading.Thread(target=self._run, name=role, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._loop.run()
        except Exception:
            self._post(BugFound(self._role, traceback.format_exc()))

    def stop_and_wait(self, timeout_s: float) -> bool:
        self._loop.stop()
        self.thread.join(timeout_s)
        return not self.thread.is_alive()


class Events:
    """Everything that was posted, with the time it came; `wait` returns the first that fits."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self.at: list[float] = []
        self._changed = threading.Condition()

    def post(self, event: Event) -> None:
        with self._changed:
            self.all.append(event)
            self.at.append(time.monotonic())
            self._changed.notify_all()

    def wait(self, fits: Callable[[Event], bool], timeout_s: float = 60.0) -> Event:
        deadline = time.monotonic() + timeout_s
        seen = 0
        with self._changed:
            while True:
                for event in self.all[seen:]:
                    if fits(event):
                        return event
                seen = len(self.all)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not seen in {timeout_s} s; these came: {self.all}")
                self._changed.wait(left)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.all if isinstance(event, kind)]

    def time_of(self, event: Event) -> float:
        return self.at[next(n for n, other in enumerate(self.all) if other is event)]


class FullOutbox(Outbox):
    """An outbox whose disk is full, or which cannot be written for another reason, for the first `times` results."""

    times = 0
    code = "disk.full"

    def put(self, finished: Finished) -> None:
        if self.times:
            self.times -= 1
            raise KnownError(self.code, path="outbox")
        super().put(finished)


class Desk:
    """`files`: what `fetch` gives, by path."""

    def __init__(
        self,
        folder: Path,
        installation_id: str = "",
        gpus: tuple[int, ...] = (),
        gpu_loads: Callable[[], Mapping[int, float]] = dict,
        **options: object,
    ) -> None:
        self.folder = folder
        self.events = Events()
        self.outbox = FullOutbox(folder)
        self.held: list[KnownError | None] = []
        self.files: dict[AttemptKey, Mapping[str, bytes]] = {}
        self.threads: list[LoopInThread] = []
        self.installation_id = installation_id or f"test-{uuid.uuid4()}"
        self.options = Options(
            seccomp=ROOT / "resources" / "seccomp.json",
            image_sources=ROOT / "resources" / "image",
            **options,  # type: ignore[arg-type]
        )
        self.containers = DockerContainers(
            post=self.events.post,
            spawn=self._spawn,
            clock=now,
            outbox=self.outbox,
            fetch=self._fetch,
            log_grew=lambda attempt, length: None,
            folder=folder,
            options=self.options,
            installation_id=self.installation_id,
            make_run_id=lambda: uuid.uuid4().hex,
            held=lambda attempt, fault: self.held.append(fault),
            gpus=gpus,
            gpu_loads=gpu_loads,
        )
        self._n = 0

    def close(self) -> None:
        """Every thread has ended, no bug came, and nothing is left on disk."""
        for thread in self.threads:
            assert thread.stop_and_wait(30.0), thread.thread.name
        self.containers.close()
        self.outbox.close()
        assert [event.text for event in self.events.of(BugFound) if isinstance(event, BugFound)] == []
        runs = self.folder / "runs"
        assert not runs.exists() or list(runs.iterdir()) == []
        assert str(self.folder) not in Path("/proc/self/mounts").read_text()

    def start(
        self,
        files: Mapping[str, str | bytes],
        granted: Resources = GRANTED,
        timeout_s: int = 60,
        grace_s: float = 5.0,
        **spec: object,
    ) -> AttemptKey:
        self._n += 1
        attempt = AttemptKey(f"TASK{self._n}", 1, 1)
        raw = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.files[attempt] = raw
        entries = tuple(
            FileEntry(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in raw.items()
        )
        task = TaskSpec(name="test", package=Manifest(entries), **spec)  # type: ignore[arg-type]
        self.containers.start(StartRun(attempt, task, "tester", granted, timeout_s, grace_s))
        return attempt

    def run(self, files: Mapping[str, str | bytes], **order: object) -> Finished:
        """Start it and wait until nothing of it is left."""
        attempt = self.start(files, **order)  # type: ignore[arg-type]
        return self.end(attempt)

    def end(self, attempt: AttemptKey, timeout_s: float = 90.0) -> Finished:
        self.events.wait(lambda event: event == RunCleaned(attempt), timeout_s)
        assert len([event for event in self.events.of(RunCleaned) if event == RunCleaned(attempt)]) == 1
        (ended,) = (
            event
            for event in self.events.of(RunEnded)
            if isinstance(event, RunEnded) and event.finished.attempt == attempt
        )
        assert isinstance(ended, RunEnded)
        return ended.finished

    def running(self, attempt: AttemptKey) -> None:
        self.events.wait(lambda event: event == StageEntered(attempt, Stage.RUNNING))

    def frozen(self, attempt: AttemptKey, frozen: bool) -> None:
        self.events.wait(lambda event: event == RunFrozen(attempt, frozen))

    def records(self, attempt: AttemptKey) -> list[LogRecord]:
        reader = SpoolReader()
        found = list(reader.feed((self.outbox.folder(attempt) / LOG_NAME).read_bytes()))
        assert reader.pending == 0
        return found

    def text(self, attempt: AttemptKey, stream: Stream = Stream.STDOUT) -> bytes:
        return b"".join(record.text for record in self.records(attempt) if record.stream is stream)

    def result(self, attempt: AttemptKey, path: str) -> bytes:
        return (self.outbox.folder(attempt) / FILES_NAME / path).read_bytes()

    def printed(self, attempt: AttemptKey, text: bytes, timeout_s: float = 30.0) -> None:
        """Wait until the task has printed it."""
        spool = self.outbox.folder(attempt) / LOG_NAME
        self.events.wait(lambda event: spool.exists() and text in spool.read_bytes(), timeout_s)

    def _spawn(self, role: str, loop: Loop) -> LoopInThread:
        thread = LoopInThread(role, loop, self.events.post)
        self.threads.append(thread)
        return thread

    def _fetch(
        self, attempt: AttemptKey, package: Manifest, folder: Path, is_stopped: Callable[[], bool]
    ) -> None:
        for entry in package.entries:
            path = folder / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[attempt][entry.path])


def kept_reason(finished: Finished) -> tuple[Reason, int | None, str]:
    return finished.reason, finished.exit_code, finished.message
