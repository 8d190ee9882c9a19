"""What nodes say of their attempts, as the board takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import NO_USAGE, NOTHING, Resources, Usage


@dataclass(frozen=True, slots=True)
class Told:
    """What a node says of an attempt it has."""

    stage: Stage | None = None
    progress: float | None = None
    progress_text: str = ""
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What a node says of the end of an attempt."""

    reason: Reason
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    usage: Usage = NO_USAGE
    started_ms: int = 0
    ended_ms: int = 0
    image_digest: str = ""
    granted: Resources | None = None
    result_hash: bytes = b""
