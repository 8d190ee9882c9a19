"""The chunks of a client stream. grpc iterates in a thread of its own and only prints what an iterator raises: here it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import CHUNK_BYTES
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import records


@dataclass(frozen=True, slots=True)
class Piece:
    """A blob to send: where it lies, its whole size, and the byte to begin with."""

    sha256: bytes
    path: Path
    size: int
    offset: int = 0

    def is_sound(self) -> bool:
        """Whether the file still has the content it was named by; reads it whole."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest() == self.sha256


def unreadable(fault: Exception) -> KnownError:
    """What it means that a file of the outbox could not be sent: `outbox.broken` when it is not what was put there, else
    `outbox.unreadable`, which may pass. Anything but the world's fault is raised."""
    if isinstance(fault, KnownError):
        return fault
    if isinstance(fault, FileNotFoundError):
        return KnownError("outbox.broken", name=Path(str(fault.filename)).name)
    if isinstance(fault, OSError):
        return KnownError("outbox.unreadable", path=str(fault.filename or ""), detail=str(fault.strerror))
    raise fault


class Feeder:
    """Iterates the chunks of `pieces` one after another. `sent`: bytes handed to grpc so far. `enough()` ends it early, between two chunks."""

    def __init__(self, attempt: AttemptKey, pieces: tuple[Piece, ...], enough: Callable[[], bool]) -> None:
        self._attempt = attempt
        self._pieces = pieces
        self._enough = enough
        self.sent = 0
        self.cut = False
        self.fault: Exception | None = None

    def __iter__(self) -> Iterator[wire.BlobChunk]:
        attempt: wire.Attempt | None = records.attempt_to_wire(self._attempt)
        try:
            for piece in self._pieces:
                for chunk in self._chunks(piece):
                    if self._enough():
                        self.cut = True
                        return
                    if attempt is not None:
                        chunk.attempt.CopyFrom(attempt)
                        attempt = None
                    yield chunk
                    self.sent += len(chunk.data)
        except Exception as fault:
            self.fault = fault
            raise

    def _chunks(self, piece: Piece) -> Iterator[wire.BlobChunk]:
        """At least one chunk, also of an empty file."""
        at = piece.offset
        with piece.path.open("rb", buffering=0) as file:
            file.seek(at)
            while True:
                data = file.read(min(CHUNK_BYTES, piece.size - at))
                if not data and at < piece.size:
                    raise KnownError("outbox.broken", name=piece.path.name)
                yield wire.BlobChunk(sha256=piece.sha256, size=piece.size, offset=at, data=data)
                at += len(data)
                if at >= piece.size:
                    return
