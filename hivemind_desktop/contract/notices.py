"""A log as one text: what the worker says begins its lines with a mark, and no line of a task does."""

from __future__ import annotations

from hivemind_desktop.contract.spool import LogRecord, Stream
from hivemind_desktop.contract.text import HarmlessStream, harmless

MARK = "[hivemind]"
ESCAPE = "\\"
"""Stands before the mark where a task wrote it at the beginning of a line."""


class Marked:
    """Feeds on the pieces of a log in their order, cut anywhere, of both streams of a task; gives what to show.

    The first letters of a line are held back as long as they may become the mark. Text of a task is otherwise as it came; a notice that
    comes in the middle of its line begins a new one.
    """

    def __init__(self) -> None:
        self._held = ""
        self._fresh = True
        """Nothing of the current line has been given out."""

    def task(self, text: str) -> str:
        """What can be shown now of text that a task wrote."""
        first, *others = (self._held + text).split("\n")
        self._held = ""
        lines = [self._line(first, self._fresh, is_open=not others)]
        lines += [self._line(line, True, is_open=at == len(others)) for at, line in enumerate(others, 1)]
        self._fresh = not lines[-1] and (self._fresh or bool(others))
        return "\n".join(lines)

    def notice(self, text: str) -> str:
        """What the worker says, each of its lines marked."""
        begun = self.end()
        lines = "".join(f"{MARK} {line}\n" for line in text.rstrip().split("\n"))
        told = begun + ("" if self._fresh else "\n") + lines
        self._fresh = True
        return told

    def end(self) -> str:
        """What was held back, once no more comes."""
        held, self._held = self._held, ""
        self._fresh = self._fresh and not held
        return held

    def _line(self, line: str, whole: bool, is_open: bool) -> str:
        """`whole`: it is shown from its beginning; `is_open`: more of it may come."""
        begin = line[: len(MARK)].lower()
        if whole and begin == MARK:
            return ESCAPE + line
        if whole and is_open and MARK.startswith(begin):
            self._held = line
            return ""
        return line


class TerminalText:
    """The same for the records of a spool, as a terminal may show them (contract/text.py): characters cut across records come whole."""

    def __init__(self) -> None:
        self._marked = Marked()
        self._streams = {Stream.STDOUT: HarmlessStream(), Stream.STDERR: HarmlessStream()}

    def take(self, record: LogRecord) -> str:
        if record.stream is Stream.NOTICE:
            return self._marked.notice(harmless(record.text.decode("utf-8", "replace")))
        return self._marked.task(self._streams[record.stream].feed(record.text))

    def end(self) -> str:
        rest = "".join(stream.end() for stream in self._streams.values())
        return self._marked.task(rest) + self._marked.end()
