"""The spool as text for a terminal: control sequences harmless, what the worker said marked, characters cut across records kept whole."""

from __future__ import annotations

from hivemind_desktop.contract.notices import TerminalText
from hivemind_desktop.contract.spool import SpoolReader


class LogText:
    """Feeds on spool bytes, gives text; `end` gives what was held back."""

    def __init__(self) -> None:
        self._reader = SpoolReader()
        self._text = TerminalText()

    def feed(self, data: bytes) -> str:
        return "".join(map(self._text.take, self._reader.feed(data)))

    def end(self) -> str:
        return self._text.end()
