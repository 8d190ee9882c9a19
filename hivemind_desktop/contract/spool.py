"""The log of an attempt as bytes: records of (stream, time, text). Offsets of the contract mean these bytes.

One record: stream (1 byte), time (8 bytes, Unix nanoseconds, big-endian), length (4 bytes), then that many bytes of text as the task wrote them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

_HEAD = struct.Struct(">BQI")
MAX_TEXT = 64 * 1024
"""Bytes of text in one record; longer output is cut into several records."""


class Stream(IntEnum):
    NOTICE = 0
    """Said by the worker, not by the task: what was cut, which entry was chosen."""
    STDOUT = 1
    STDERR = 2


@dataclass(frozen=True, slots=True)
class LogRecord:
    stream: Stream
    time_ns: int
    """Unix nanoseconds as the engine told them."""
    text: bytes


class BrokenSpool(ValueError):
    """The bytes are not a spool."""


def encode(record: LogRecord) -> bytes:
    """The bytes of one record; raises ValueError when its text is longer than MAX_TEXT."""
    if len(record.text) > MAX_TEXT:
        raise ValueError(f"a log record holds at most {MAX_TEXT} bytes")
    return _HEAD.pack(record.stream, record.time_ns, len(record.text)) + record.text


class SpoolReader:
    """Feeds on spool bytes cut anywhere, gives whole records."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def pending(self) -> int:
        """Bytes of a record that is not complete yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[LogRecord]:
        """Every record that is complete now. Raises BrokenSpool."""
        records: list[LogRecord] = []
        buffer = self._rest + data
        at = 0
        while at + _HEAD.size <= len(buffer):
            stream, time_ns, length = _HEAD.unpack_from(buffer, at)
            if stream not in (0, 1, 2) or length > MAX_TEXT:
                raise BrokenSpool(f"no record begins here (stream {stream}, length {length})")
            end = at + _HEAD.size + length
            if end > len(buffer):
                break
            records.append(LogRecord(Stream(stream), time_ns, buffer[at + _HEAD.size : end]))
            at = end
        self._rest = buffer[at:]
        return records
