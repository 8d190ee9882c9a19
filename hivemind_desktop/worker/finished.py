"""How an attempt ended: what goes into the outbox and from there to the master."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import (
    NO_FILES,
    NO_RESOURCES,
    NO_USAGE,
    NOTHING,
    Manifest,
    Resources,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Finished:
    """`message` is a wording code for one line that says what happened, empty when the reason says it all.

    Times are Unix seconds. A reason of `states.TRIED_AGAIN` gives the attempt back, every other one is its result.
    """

    attempt: AttemptKey
    reason: Reason
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    result: Manifest = NO_FILES
    log_bytes: int = 0
    usage: Usage = NO_USAGE
    started: float = 0.0
    ended: float = 0.0
    image_digest: str = ""
    granted: Resources = NO_RESOURCES
