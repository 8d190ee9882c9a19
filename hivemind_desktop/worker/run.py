"""One attempt at work here, as the state sees it: a small machine of its own with one table of what may come when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker.snapshot import LimitsKept, RunView


class RunPhase(StrEnum):
    LIVE = "live"
    """StartRun was given; its stage says how far it is."""
    STOPPING = "stopping"
    """StopRun was given."""
    CLEANING = "cleaning"
    """RunEnded came; the container and folders are being removed."""


STAGE_ORDER = tuple(Stage)


@dataclass(slots=True)
class Run:
    attempt: AttemptKey
    spec: TaskSpec
    sender: str
    granted: Resources
    timeout_s: int
    claimed: float
    phase: RunPhase = RunPhase.LIVE
    stage: Stage = Stage.RECEIVED
    started: float | None = None
    stop_reason: Reason | None = None
    frozen: bool = False
    freeze_pending: bool = False
    freeze_retry_at: float = 0.0
    progress: float | None = None
    progress_text: str = ""
    cpus: float | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    log_bytes: int = 0
    share: float = 0.0
    kept: LimitsKept | None = None

    @property
    def at_work(self) -> bool:
        """Still holds a slot, memory and processes."""
        return self.phase is not RunPhase.CLEANING

    @property
    def floor(self) -> float:
        """Cores that are reserved for it."""
        return self.spec.asked.cpus

    def view(self) -> RunView:
        return RunView(
            attempt=self.attempt,
            name=self.spec.name or self.attempt.task_id,
            sender=self.sender,
            stage=self.stage,
            granted=self.granted,
            timeout_s=self.timeout_s,
            claimed=self.claimed,
            started=self.started,
            frozen=self.frozen,
            progress=self.progress,
            progress_text=self.progress_text,
            cpus=self.cpus,
            memory_bytes=self.memory_bytes,
            disk_bytes=self.disk_bytes,
            log_bytes=self.log_bytes,
            cpus_granted=self.share,
            kept=self.kept,
        )
