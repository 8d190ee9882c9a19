"""The scale of a chart: from 0 to a round top, with three labels, the unit on the top one."""

from __future__ import annotations

from hivemind_desktop.qt import words

_STEPS = (1, 2, 5)
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... that is not below `value`."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next((step * power for step in _STEPS if step * power >= value), 10 * power)


def bytes_top(value: float) -> float:
    """A round top for bytes: 1-2-5 steps within a unit of 1024."""
    unit = 1.0
    while value / unit >= 1000:
        unit *= 1024
    return round_up(max(1.0, value / unit)) * unit


def bytes_labels(top: float, suffix: str = "") -> tuple[str, str, str]:
    """Texts of top, middle and 0: ("8 MB/s", "4", "0")."""
    unit, amount = 0, float(top)
    while amount >= 1024 and unit < len(_UNITS) - 1:
        unit, amount = unit + 1, amount / 1024
    return f"{words.number(amount)} {_UNITS[unit]}{suffix}", words.number(amount / 2), "0"


def percent_labels() -> tuple[str, str, str]:
    return "100%", "50", "0"
