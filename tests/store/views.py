"""Ready-made records for the tests of the store, the port and the socket."""

from __future__ import annotations

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Manifest, Resources, Usage
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import LinkView, Phase, ResultView, RunView, Snapshot, Why


def run_view(
    key: AttemptKey, name: str = "prime sieve", sender: str = "alice", claimed: float = 100.0
) -> RunView:
    return RunView(
        key,
        name,
        sender,
        Stage.RUNNING,
        Resources(cpus=1.5, memory_bytes=2**31),
        3600,
        claimed,
        started=claimed + 1,
    )


def finished(key: AttemptKey, reason: Reason = Reason.OK, ended: float = 160.0) -> Finished:
    return Finished(
        key,
        reason,
        exit_code=0,
        fields={"why": "because"},
        result=Manifest((FileEntry("output/a.png", 7, "ab" * 32), FileEntry("output/d", folder=True))),
        log_bytes=12,
        usage=Usage(cpu_percent=50.5, duration_s=58),
        started=102.0,
        ended=ended,
        image_digest="sha256:x",
        granted=Resources(cpus=1.5),
    )


def snapshot(number: int = 1, phase: Phase = Phase.READY, **fields: object) -> Snapshot:
    why = Why("why.ready", {"pool": "家"}, since=5.0)
    told: dict[str, object] = {
        "number": number,
        "phase": phase,
        "why": why,
        "rules": (why, Why("why.paused", until=7.5)),
        "link": LinkView("up", "pool-1", "Home", "node-1", "desk", own=True, since=3.0),
        "engine_version": "28.1",
        "runs": (run_view(AttemptKey("TASK", 1, 2)),),
        "results": (ResultView(AttemptKey("OLD", 2, 1), "n", "s", Reason.EXIT, 3, 9.0, 4, "stored", 12),),
        "outbox": 1,
        "allowed": Allowed(),
        "reading": Reading(8.0, cpu_percent=12.5, gpus=(GpuReading(0, "RTX", 2**33),), broken=("disk",)),
        "earned": 42,
        "warnings": (Why("warning.sensor", {"sensor": "disk"}),),
    }
    return Snapshot(**{**told, **fields})  # type: ignore[arg-type]
