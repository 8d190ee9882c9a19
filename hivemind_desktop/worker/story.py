"""What happened to whom, in order: the text that a bug is told with."""

from __future__ import annotations

from collections import deque

from hivemind_desktop.worker.commands import Command
from hivemind_desktop.worker.events import Event, Moment

KEPT = 200


class Story:
    """The last events and the commands they led to; bounded."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)

    def told(self, now: Moment, event: Event, commands: list[Command]) -> None:
        self._lines.append(f"{now.at:.3f} >> {event!r}"[:500])
        self._lines.extend(f"{now.at:.3f} << {command!r}"[:500] for command in commands)

    def lines(self, about: str = "") -> list[str]:
        """The lines that hold the text `about`, all when it is empty."""
        return [line for line in self._lines if about in line]


class UnexpectedEvent(Exception):
    """A bug: this event may not come in this state. Carries the story."""

    def __init__(self, what: str, story: list[str]) -> None:
        super().__init__("\n".join([what, *story[-40:]]))


class BrokenInvariant(Exception):
    """A bug: the state contradicts itself."""
