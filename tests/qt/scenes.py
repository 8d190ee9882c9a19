"""Hand-made snapshots and a port that is a few lines: what the window is shown in tests and in the screenshots of the docs."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.contract.spool import LogRecord, Stream, encode
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Resources
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.allowed import GIB, Allowed
from hivemind_desktop.worker.change import Change, changed_parts
from hivemind_desktop.worker.front import Answered, OwnerEvent
from hivemind_desktop.worker.queries import (
    Answer,
    AskFile,
    AskFiles,
    AskLog,
    AskTotals,
    FileBytes,
    FileList,
    LogPart,
    Query,
    Totals,
)
from hivemind_desktop.worker.snapshot import LinkView, Phase, ResultView, RunView, Snapshot, Why

NOW = 1_795_500_000.0
"""Unix seconds at which every scene plays."""
MIB = 1024**2
RUNS = tuple(AttemptKey(f"01J{number}", 1, 1) for number in range(3))
DONE = tuple(AttemptKey(f"01H{number}", 1, 1) for number in range(4))
POOL = LinkView("up", "p1", "lab-north", "node-1", "desk", since=NOW - 4000)
ALLOWED = Allowed(
    total=Resources(cpus=4.8, memory_bytes=12 * GIB, disk_bytes=10 * GIB, gpus=1, pids=300),
    ceiling=Resources(cpus=4.0, memory_bytes=4 * GIB, disk_bytes=GIB, gpus=1, pids=100),
)
CORES = 8


def reading(at: float = NOW, gpus: int = 1) -> Reading:
    wave = math.sin(at / 7) + 0.6 * math.sin(at / 2.3) + 0.3 * math.sin(at * 1.7)
    return Reading(
        at=at,
        cpu_percent=66 + 4 * wave,
        memory_used_bytes=round((18.6 + 0.1 * wave) * GIB),
        memory_total_bytes=32 * GIB,
        disk_used_bytes=400 * GIB,
        disk_total_bytes=500 * GIB,
        network_in_bytes_per_s=max(0.0, 1.2 + wave) * MIB,
        network_out_bytes_per_s=max(0.0, 0.2 + 0.1 * wave) * MIB,
        gpus=tuple(
            GpuReading(
                number,
                "GeForce RTX 4070",
                12 * GIB,
                load_percent=72 + 6 * wave,
                memory_used_bytes=round(7.1 * GIB),
                temperature_c=66 + wave,
                power_w=145 + 6 * wave,
                power_limit_w=160,
            )
            for number in range(gpus)
        ),
    )


def run(number: int = 0, **changes: object) -> RunView:
    names = ("render-asteroids-40", "fold-sweep-0117", "人口網格-3")
    senders = ("lab-north", "lab-north", "my pool")
    view = RunView(
        attempt=RUNS[number],
        name=names[number],
        sender=senders[number],
        stage=Stage.RUNNING,
        granted=Resources(
            cpus=4.0, memory_bytes=(2, 4, 2)[number] * GIB, disk_bytes=GIB, gpus=int(number == 0)
        ),
        timeout_s=3600,
        claimed=NOW - 800,
        started=NOW - (12, 3, 26)[number] * 60 - 20,
        progress=(0.62, 0.18, 0.91)[number],
        progress_text="frame 44 of 71",
        cpus=(1.5, 1.4, 1.45)[number],
        memory_bytes=round((1.6, 2.9, 0.9)[number] * GIB),
        disk_bytes=(300, 120, 80)[number] * MIB,
        log_bytes=0,
        cpus_granted=1.6,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def result(number: int = 0, **changes: object) -> ResultView:
    reasons = (Reason.OK, Reason.OK, Reason.OUT_OF_MEMORY, Reason.PREEMPTED)
    view = ResultView(
        attempt=DONE[number],
        name=("julia-set-8k", "render-asteroids-39", "fold-sweep-0116", "speech-align-22")[number],
        sender="lab-north",
        reason=reasons[number],
        exit_code=0 if reasons[number] is Reason.OK else 137,
        ended=NOW - 600 * (number + 1),
        duration_s=(260, 1084, 131, 570)[number],
        delivered=("stored", "stored", "stored", "released")[number],
        reward=(12, 24, 0, 0)[number],
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def snapshot(phase: Phase = Phase.BUSY, why: Why | None = None, **changes: object) -> Snapshot:
    why = why or WHYS[phase]
    view = Snapshot(
        number=1,
        phase=phase,
        why=why,
        rules=(why,),
        link=POOL,
        engine_version="28.3.0",
        runs=tuple(run(number) for number in range(3))
        if phase in (Phase.BUSY, Phase.PAUSED, Phase.DRAINING)
        else (),
        results=tuple(result(number) for number in range(4)),
        outbox=0,
        allowed=ALLOWED,
        reading=reading(),
        earned=12_874,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


WHYS = {
    Phase.STOPPED: Why("stopped.by_owner", since=NOW - 900),
    Phase.FAULTY: Why("faulty.engine_stopped", {"engine": "Docker"}, since=NOW - 900),
    Phase.PAUSED: Why("paused.timed", since=NOW - 1200, until=NOW + 41 * 60),
    Phase.DRAINING: Why("draining.tasks", {"tasks": "3"}),
    Phase.OFFLINE: Why(
        "offline.no_answer", {"pool": "lab-north", "tasks": "2", "results": "1"}, since=NOW - 300
    ),
    Phase.CONNECTING: Why("connecting.retry", {"pool": "lab-north", "tasks": "2"}, until=NOW + 60),
    Phase.BUSY: Why("busy.working", {"tasks": "3"}),
    Phase.READY: Why("ready.no_task", {"pool": "lab-north"}),
}


def log_bytes() -> bytes:
    """A spool with all three streams, a control sequence and a Chinese line."""
    texts = (
        (Stream.NOTICE, "entry: main.py\n"),
        (Stream.STDOUT, "2,048 asteroids, 71 frames\n"),
        *(
            (Stream.STDOUT, f"frame 44: tile {tile}/16 done, {16 + tile % 5}.{tile % 10} s\n")
            for tile in range(1, 9)
        ),
        (Stream.STDERR, "warning: texture 'dust_07' has no mip levels, using full size\n"),
        (Stream.STDOUT, "\x1b[31m不是紅色\x1b[0m：控制字元只顯示，不執行\n"),
        *(
            (Stream.STDOUT, f"frame 45: tile {tile}/16 done, {15 + tile % 6}.{tile % 9} s\n")
            for tile in range(1, 7)
        ),
        (Stream.STDOUT, "frame 45: tile 7/16"),
    )
    return b"".join(
        encode(LogRecord(stream, int((NOW - 300 + 7 * number) * 1e9), text.encode()))
        for number, (stream, text) in enumerate(texts)
    )


class Theatre:
    """A `worker.front.Port` on a stage: the test says what happens next."""

    def __init__(self, first: Snapshot) -> None:
        self._now = first
        self._subscribers: list[Callable[[Change], None]] = []
        self.posted: list[OwnerEvent] = []
        self.asked: list[Query] = []
        self.logs: dict[AttemptKey, bytes] = {}
        self.files: dict[AttemptKey, dict[str, bytes]] = {}
        self.totals = Totals(184, 1026, 4310, 12_874, 402)

    def snapshot(self) -> Snapshot:
        return self._now

    def since(self, number: int, timeout_s: float) -> Change | None:
        raise NotImplementedError

    def post(self, event: OwnerEvent) -> int:
        self.posted.append(event)
        return self._now.number

    def ask(self, query: Query) -> Answer:
        if isinstance(query, AskTotals):
            return self.totals
        if isinstance(query, AskLog):
            data = self.logs.get(query.attempt)
            if data is None:
                raise KnownError("log.gone")
            return LogPart(query.offset, data[query.offset : query.offset + query.limit], len(data))
        if isinstance(query, AskFiles):
            here = self.files.get(query.attempt, {})
            return FileList(tuple(FileEntry(path, len(data)) for path, data in here.items()), tuple(here))
        if isinstance(query, AskFile):
            return FileBytes(self.files[query.attempt][query.path])
        raise NotImplementedError(query)

    def ask_later(self, query: Query, answered: Answered) -> None:
        """On a thread of its own, as in-process."""
        self.asked.append(query)

        def answer() -> None:
            try:
                told = self.ask(query)
            except KnownError as error:
                answered(None, error)
            else:
                answered(told, None)

        thread = threading.Thread(target=answer)
        thread.start()
        thread.join()

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def show(self, **changes: object) -> None:
        """Publish the next snapshot."""
        before = self._now
        self._now = replace(before, number=before.number + 1, **changes)  # type: ignore[arg-type]
        change = Change(self._now, changed_parts(before, self._now))
        for callback in list(self._subscribers):
            callback(change)

    def play(self, seconds: Sequence[float], gpus: int = 1) -> None:
        """Publish a reading for each of these moments (seconds before NOW)."""
        views = self._now.runs
        for ago in sorted(seconds, reverse=True):
            share = 1.0 + 0.05 * math.sin(ago / 3) + 0.03 * math.sin(ago)
            runs = tuple(replace(view, cpus=(view.cpus or 0.0) * share) for view in views)
            self.show(reading=reading(NOW - ago, gpus), runs=runs)
