"""What a front-end gets, as a protocol: four verbs. In-process it is port.LocalPort, over the local socket control.client.RemotePort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import (
    DrainAsked,
    PauseAsked,
    QuitAsked,
    ResumeAsked,
    ShowAsked,
    StartAsked,
    StopAsked,
)
from hivemind_desktop.worker.queries import Answer, Query
from hivemind_desktop.worker.snapshot import Snapshot

OwnerEvent: TypeAlias = PauseAsked | ResumeAsked | StartAsked | StopAsked | DrainAsked | ShowAsked | QuitAsked

Answered: TypeAlias = Callable[[Answer | None, Exception | None], None]
"""(answer, None) or (None, error); called on a thread of the port's, must not block."""


class Port(Protocol):
    """Every method from any thread. A broken connection is KnownError `control.lost`; in-process none of that happens."""

    def snapshot(self) -> Snapshot:
        """The newest."""

    def since(self, number: int, timeout_s: float) -> Change | None:
        """The newest state once its number is not `number`; None after `timeout_s` seconds. Blocks."""

    def post(self, event: OwnerEvent) -> int:
        """The owner's wish, accepted when it returns; gives the number of a snapshot from before: wait for the effect by `since`. TypeError for any other event."""

    def ask(self, query: Query) -> Answer:
        """Blocks on the disk. Raises KnownError."""

    def ask_later(self, query: Query, answered: Answered) -> None:
        """Returns at once."""

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call it at each change, on a thread of the port's: it must not block. Slow readers lose changes. Returns what ends that."""
