"""Lines `::progress 0.42 text` in a task's output. Memory is bounded: a line is looked at only up to MAX_LINE bytes."""

from __future__ import annotations

PREFIX = b"::progress"
MAX_LINE = 512


class ProgressLines:
    """Feeds on stdout cut anywhere; keeps the newest progress."""

    def __init__(self) -> None:
        self._line = b""
        self._latest: tuple[float, str] | None = None

    def feed(self, text: bytes) -> None:
        if PREFIX not in text and not self._may_be(self._line):
            start = text.rfind(b"\n") + 1
            self._line = (
                text[start : start + MAX_LINE] if start else (self._line + text[:MAX_LINE])[:MAX_LINE]
            )
            return
        lines = text.split(b"\n")
        lines[0] = (self._line + lines[0][:MAX_LINE])[:MAX_LINE]
        for line in lines[:-1]:
            if line.startswith(PREFIX):
                self._latest = parse(line[:MAX_LINE]) or self._latest
        self._line = lines[-1][:MAX_LINE]

    def take(self) -> tuple[float, str] | None:
        """(fraction 0..1, text) if there is a new one since the last call."""
        latest, self._latest = self._latest, None
        return latest

    @staticmethod
    def _may_be(line: bytes) -> bool:
        return bool(line) and (line.startswith(PREFIX) or PREFIX.startswith(line))


def parse(line: bytes) -> tuple[float, str] | None:
    """One whole line -> (fraction clipped to 0..1, text), or None where it is not a progress line."""
    words = line.decode("utf-8", "replace").split(maxsplit=2)
    if len(words) < 2 or words[0] != "::progress":
        return None
    try:
        fraction = float(words[1])
    except ValueError:
        return None
    if fraction != fraction:
        return None
    return min(1.0, max(0.0, fraction)), words[2].strip()[:200] if len(words) > 2 else ""
