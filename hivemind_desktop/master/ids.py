"""Ids and secrets: ULIDs that never go backwards, and random tokens of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80


class UlidMaker:
    """26 characters: 48 bits of Unix milliseconds, 80 random bits. Within one millisecond, or when the wall clock steps back, the last one plus 1."""

    def __init__(
        self, wall_ms: Callable[[], int], random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        self._wall_ms = wall_ms
        self._random_bits = random_bits
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            fresh = (self._wall_ms() & ((1 << 48) - 1)) << _RANDOM_BITS
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                self._last += 1
            else:
                self._last = fresh | self._random_bits(_RANDOM_BITS)
            value = self._last
        return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored of a token: plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
