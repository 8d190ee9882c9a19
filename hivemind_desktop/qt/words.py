"""What the window says in numbers: one way each to write a share, a rate, a time."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from hivemind_desktop.wording import current_language, say, say_why, show_clock, show_duration, show_size
from hivemind_desktop.worker.snapshot import Phase, Snapshot

translate = QCoreApplication.translate

UNKNOWN = "–"
"""Not measured; never 0."""
TEN = 10


def phase_word(phase: Phase) -> str:
    return say(f"phase.{phase}")


def why_line(snapshot: Snapshot, now: float) -> str:
    """`now`: Unix seconds."""
    return say_why(snapshot.why, now=now)


def tasks(count: int) -> str:
    return translate("words", "%n task(s)", None, count)


def aside(snapshot: Snapshot, now: float) -> str:
    """Beside the phase's word: how long the pause still is, else how many tasks are here; may be empty. `now`: Unix seconds."""
    if snapshot.phase is Phase.PAUSED and snapshot.why.until is not None:
        left = max(60.0, round((snapshot.why.until - now) / 60) * 60.0)
        return translate("words", "{time} left").format(time=duration(left))
    return tasks(len(snapshot.runs)) if snapshot.runs else ""


def headline(snapshot: Snapshot, now: float) -> str:
    """The phase's word and its aside in one line."""
    word, more = phase_word(snapshot.phase), aside(snapshot, now)
    return translate("words", "{phase}, {more}").format(phase=word, more=more) if more else word


def size(amount: float | None) -> str:
    """Bytes."""
    return UNKNOWN if amount is None else show_size(amount)


def rate(bytes_per_s: float | None) -> str:
    return UNKNOWN if bytes_per_s is None else f"{show_size(bytes_per_s)}/s"


def percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share:.0f}%"


def number(value: float) -> str:
    """At most one digit behind the point, thousands apart: 3.8, 12, 1,026."""
    return f"{value:,.1f}".removesuffix(".0") if abs(value) < TEN else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """In two units at most; from ten minutes on without seconds, so that it stands still."""
    whole = seconds - seconds % 60 if seconds >= TEN * 60 else seconds
    return show_duration(whole, current_language())


def clock(at: float, now: float) -> str:
    """Local time of `at`, with the date unless it is the day of `now` (both Unix seconds)."""
    return show_clock(at, now, current_language())
