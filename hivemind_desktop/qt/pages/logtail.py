"""The end of an attempt's log: which bytes to ask for next, and the lines that came so far. Bounded, pure, no Qt."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.spool import MAX_TEXT, BrokenSpool, LogRecord, SpoolReader, Stream
from hivemind_desktop.contract.text import HarmlessStream
from hivemind_desktop.worker.queries import MAX_LOG_PART, AskLog, LogPart

MAX_LINES = 5000
MAX_LINE = 2000
"""Characters of one shown line."""
PROGRESS = "::progress "
"""Lines that the bar shows already."""
_HEAD = struct.Struct(">BQI")
_EARLIEST_NS, _LATEST_NS = 946_684_800 * 10**9, 7_258_118_400 * 10**9
"""2000 to 2200: no other time stands in a record."""


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: Unix seconds when its first character came."""

    stream: Stream
    at: float
    text: str


def record_start(data: bytes) -> int | None:
    """Where the first whole record begins in bytes cut from the middle of a spool; None when nowhere."""
    for start in range(min(len(data), MAX_TEXT + _HEAD.size)):
        at, seen = start, 0
        while at + _HEAD.size <= len(data) and seen < 3:
            stream, time_ns, length = _HEAD.unpack_from(data, at)
            if stream > max(Stream) or length > MAX_TEXT or not _EARLIEST_NS < time_ns < _LATEST_NS:
                seen = -1
                break
            at, seen = at + _HEAD.size + length, seen + 1
        if seen > 0:
            return start
    return None


class LogTail:
    """Feed it the answers to `ask`; `changed` counts up when `lines` did."""

    def __init__(self, attempt: AttemptKey) -> None:
        self.attempt = attempt
        self.lines: deque[Line] = deque(maxlen=MAX_LINES)
        self.changed = 0
        self.cut = False
        """The beginning is not shown."""
        self._next = 0
        self._length: int | None = None
        self._reader: SpoolReader | None = SpoolReader()
        self._texts = {stream: HarmlessStream() for stream in Stream}
        self._open: dict[Stream, Line] = {}

    def ask(self, length: int | None = None) -> AskLog | None:
        """The next bytes, when there are any. `length`: bytes of the spool as the feed told, None to ask anyway."""
        known = max(self._length or 0, length or 0)
        if length is not None and self._length is not None and known <= self._next:
            return None
        if known - self._next > MAX_LOG_PART:
            self._skip_to(known - MAX_LOG_PART)
        return AskLog(self.attempt, self._next, MAX_LOG_PART)

    @property
    def is_behind(self) -> bool:
        """The spool held more at the last answer than was read."""
        return self._length is not None and self._next < self._length

    def take(self, part: LogPart) -> None:
        """Raises BrokenSpool."""
        self._length = part.length
        if part.offset != self._next:
            return
        data = part.data
        self._next += len(data)
        if self._reader is None:
            start = record_start(data)
            if start is None:
                return
            self._reader, data = SpoolReader(), data[start:]
        for record in self._reader.feed(data):
            self._add(record)
        if data:
            self.changed += 1

    def open_lines(self) -> list[Line]:
        """Lines that no newline has ended yet, as far as they are here."""
        return [line for line in self._open.values() if line.text and not line.text.startswith(PROGRESS)]

    def _skip_to(self, offset: int) -> None:
        self.lines.clear()
        self._open.clear()
        self._texts = {stream: HarmlessStream() for stream in Stream}
        self._next, self._reader, self.cut = offset, None, True

    def _add(self, record: LogRecord) -> None:
        stream, at = record.stream, record.time_ns / 1e9
        before = self._open.pop(stream, Line(stream, at, ""))
        first, *others = self._texts[stream].feed(record.text).split("\n")
        pieces = [Line(stream, before.at, before.text + first), *(Line(stream, at, text) for text in others)]
        for line in pieces[:-1]:
            self._keep(line)
        last = pieces[-1]
        if len(last.text) > MAX_LINE:
            self._keep(last)
        elif last.text:
            self._open[stream] = last

    def _keep(self, line: Line) -> None:
        if line.stream is Stream.STDOUT and line.text.startswith(PROGRESS):
            return
        if len(self.lines) == MAX_LINES:
            self.cut = True
        self.lines.append(Line(line.stream, line.at, line.text[:MAX_LINE]))


__all__ = ["BrokenSpool", "Line", "LogTail", "record_start"]
