"""The engine's multiplexed stream: 8 bytes (stream, 0, 0, 0, length) and that many bytes, cut anywhere. Memory stays flat at any frame length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime

from hivemind_desktop.contract.spool import Stream

_HEAD = struct.Struct(">BxxxL")
_STREAMS = {1: Stream.STDOUT, 2: Stream.STDERR}


class BrokenStream(ValueError):
    """The bytes are not the engine's stream."""


class Frames:
    """Gives pieces of text as they come; a frame cut by the reader gives several pieces."""

    def __init__(self) -> None:
        self._head = b""
        self._stream = Stream.STDOUT
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[Stream, bytes, bool]]:
        """Yield (stream, piece, whether a frame begins with it). Raises BrokenStream."""
        at = 0
        begins = False
        while at < len(data):
            if not self._left:
                need = _HEAD.size - len(self._head)
                self._head += data[at : at + need]
                at += need
                if len(self._head) < _HEAD.size:
                    return
                number, self._left = _HEAD.unpack(self._head)
                self._head = b""
                if number not in _STREAMS:
                    raise BrokenStream(f"stream {number}")
                self._stream = _STREAMS[number]
                begins = True
                continue
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            yield self._stream, piece, begins
            begins = False


class Gathered:
    """Joins neighbouring pieces of one stream, so that a task printing byte by byte does not make a record a byte."""

    def __init__(self) -> None:
        self._stream = Stream.STDOUT
        self._text = bytearray()

    def add(self, stream: Stream, piece: bytes) -> Iterator[tuple[Stream, bytes]]:
        if stream is not self._stream and self._text:
            yield self._stream, bytes(self._text)
            self._text.clear()
        self._stream = stream
        self._text += piece

    def flush(self) -> Iterator[tuple[Stream, bytes]]:
        if self._text:
            yield self._stream, bytes(self._text)
            self._text.clear()


def split_time(frame: bytes) -> tuple[int, bytes]:
    """`2026-11-24T01:02:03.123456789Z text` -> (Unix nanoseconds, text). Raises BrokenStream."""
    stamp, space, text = frame.partition(b" ")
    if not space:
        raise BrokenStream("no time before a line")
    whole, _, fraction = stamp.decode("ascii", "replace").rstrip("Z").partition(".")
    try:
        seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
        return seconds * 1_000_000_000 + int((fraction + "000000000")[:9]), text
    except ValueError as error:
        raise BrokenStream(f"no time: {stamp[:40]!r}") from error
