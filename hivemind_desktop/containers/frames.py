"""The engine's multiplexed stream: 8 bytes (stream, 0, 0, 0, length) and that many bytes, cut anywhere. Memory stays flat at any frame length."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
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


class Lines:
    """Keeps the two streams from cutting into each other's lines: a line goes on when it is whole, too long, or `flush` is called.

    Neighbouring lines of one stream come as one piece, so that many short ones do not make a record each.
    """

    def __init__(self, longest: int = 8192) -> None:
        self._longest = longest
        self._held = {stream: bytearray() for stream in _STREAMS.values()}

    @property
    def holds(self) -> bool:
        """A line that is not whole yet waits here."""
        return any(self._held.values())

    def feed(self, pieces: Iterable[tuple[Stream, bytes]]) -> Iterator[tuple[Stream, bytes]]:
        """What can go on of these pieces, in their order."""
        last, ready = Stream.STDOUT, bytearray()
        for stream, piece in pieces:
            whole = self._whole(stream, piece)
            if whole and stream is not last and ready:
                yield last, bytes(ready)
                ready.clear()
            if whole:
                last = stream
                ready += whole
        if ready:
            yield last, bytes(ready)

    def flush(self) -> Iterator[tuple[Stream, bytes]]:
        """The parts of lines that waited: the task has said nothing more for a while, or never will."""
        for stream, held in self._held.items():
            if held:
                yield stream, bytes(held)
                held.clear()

    def _whole(self, stream: Stream, piece: bytes) -> bytes:
        held = self._held[stream]
        end = piece.rfind(b"\n") + 1
        if end == 0 and len(held) + len(piece) < self._longest:
            held += piece
            return b""
        cut = end or len(piece)
        whole = bytes(held) + piece[:cut]
        held[:] = piece[cut:]
        return whole


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
