"""What happened to whom, in order: the text that a bug is told with. Nothing that a task carries stands in it: it ends in worker.log."""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from typing import Any

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.commands import Command
from hivemind_desktop.worker.events import Event, Moment, Offer
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import RunView

KEPT = 200
_OURS = frozenset(
    {
        "offer_id",
        "task_id",
        "stage",
        "pool_id",
        "node_id",
        "code",
        "reason",
        "state",
        "about",
        "where",
        "version",
    }
)
"""Texts that no sender writes."""


def named(what: Event | Command) -> str:
    """An event or command by its kind, whose it is, codes and amounts: never a name, text, file or environment of a task."""
    return f"{type(what).__name__}({_told(what)})"


def _told(what: Any) -> str:
    told = ((field.name, _shown(field.name, getattr(what, field.name))) for field in fields(what))
    return ", ".join(f"{name}={text}" for name, text in told if text)


def _shown(name: str, value: object) -> str:
    """Empty: left out."""
    match value:
        case AttemptKey():
            return str(value)
        case str():
            return repr(str(value)) if name in _OURS else ""
        case bool() | int() | float() | None | Resources() | Allowed():
            return repr(value)
        case Offer() | Finished() | RunView():
            return f"({_told(value)})"
        case tuple():
            return f"{len(value)} of them"
        case _:
            return ""


class Story:
    """The last events and the commands they led to; bounded."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)

    def told(self, now: Moment, event: Event, commands: list[Command]) -> None:
        self._lines.append(f"{now.at:.3f} >> {named(event)}"[:500])
        self._lines.extend(f"{now.at:.3f} << {named(command)}"[:500] for command in commands)

    def lines(self, about: str = "") -> list[str]:
        """The lines that hold the text `about`, all when it is empty."""
        return [line for line in self._lines if about in line]


class UnexpectedEvent(Exception):
    """A bug: this event may not come in this state. Carries the story."""

    def __init__(self, what: str, story: list[str]) -> None:
        super().__init__("\n".join([what, *story[-40:]]))


class BrokenInvariant(Exception):
    """A bug: the state contradicts itself."""
