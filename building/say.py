"""Progress on stderr, one line each few seconds for whatever takes long; stdout is left to what the command prints."""

import sys
import threading
import time
from types import TracebackType
from typing import Self

EVERY = 3.0
"""Seconds between two progress lines of one step."""

WIDTH = 100
"""Characters of a program's own output that a progress line shows."""

_lock = threading.Lock()


class BuildError(Exception):
    """The world said no: one line that says what the person can do. Exit code 1."""


class UsageError(Exception):
    """Typed wrongly: one line. Exit code 2."""


def line(text: str) -> None:
    """One line on stderr, whole even when two steps write at once."""
    with _lock:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class Step:
    """Something that takes a while: says that it began, what it does every few seconds, and how long it took.

    Used as a context manager; `note` may be called from the thread that works.
    """

    def __init__(self, name: str, what: str) -> None:
        self._name = name
        self._note = what
        self._result = "done"
        self._began = time.monotonic()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def note(self, text: str) -> None:
        """What the step is doing now; shown with the next progress line."""
        if text:
            self._note = text

    def result(self, text: str) -> None:
        """What the last line says instead of "done"."""
        self._result = text

    def _line(self, text: str) -> None:
        clean = "".join(character if character.isprintable() else " " for character in text)
        line(f"[{self._name} {time.monotonic() - self._began:.0f} s] {clean[:WIDTH]}")

    def _tick(self) -> None:
        while not self._over.wait(EVERY):
            self._line(self._note)

    def __enter__(self) -> Self:
        self._line(self._note)
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._ticker.join()
        if kind is None:
            self._line(self._result)
