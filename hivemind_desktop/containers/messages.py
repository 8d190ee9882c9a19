"""What a run's loop is told: by the agent's thread and by its follower. Internal to this room."""

from __future__ import annotations

from dataclasses import dataclass

from hivemind_desktop.contract.states import Reason


@dataclass(frozen=True, slots=True)
class Stop:
    """`grace_s`: seconds between SIGTERM and SIGKILL; `message`: wording code for why, where the reason does not say it all."""

    reason: Reason
    grace_s: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    frozen: bool


@dataclass(frozen=True, slots=True)
class Cpus:
    cpus: float


@dataclass(frozen=True, slots=True)
class Created:
    """The container is there and its output is listened to."""

    container_id: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exited:
    code: int


@dataclass(frozen=True, slots=True)
class Broke:
    """The follower could not go on: nothing is known of the container until the engine tells its state."""

    error: Exception


@dataclass(frozen=True, slots=True)
class TooMuchLog:
    pass


Message = Stop | Freeze | Cpus | Created | Exited | Broke | TooMuchLog
