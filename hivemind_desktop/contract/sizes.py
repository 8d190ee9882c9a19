"""Amounts as people write them: sizes, durations, CPU counts. Units are the engine's: k, m, g, t are steps of 1024."""

from __future__ import annotations

import re
from fractions import Fraction

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.text import harmless_line

MAX_BYTES = 2**63 - 1
"""What a signed 64-bit number holds: SQLite's and the engine's."""
MAX_SECONDS = 366 * 24 * 3600
MAX_CPUS = 4096.0
MIN_CPUS = 0.01
"""Cores: the least quota the engine takes (1 ms of 100 ms)."""

_STEPS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_SIZE = re.compile(r"([0-9]{1,19}(?:\.[0-9]{1,9})?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)
_PART = r"(?:([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*%s)?\s*"
_DURATION = re.compile("".join(_PART % unit for unit in "dhms"), re.IGNORECASE | re.ASCII)
_BARE_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_UNIT_SECONDS = (24 * 3600, 3600, 60, 1)
_CPUS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", re.ASCII)


def parse_size(text: str) -> int:
    """Bytes of `512m`, `2g`, `1.5GiB`, `1000000`, rounded down. Raises Refused `value.size`."""
    match = _SIZE.fullmatch(text.strip())
    if match:
        size = int(Fraction(match[1]) * _STEPS[match[2].lower()])
        if size <= MAX_BYTES:
            return size
    raise Refused("value.size", value=harmless_line(text, 60))


def format_size(size: int) -> str:
    """Bytes for people: `512 B`, `1.5 GiB`; at most one digit behind the point."""
    unit = "B"
    amount = float(size)
    for bigger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1023.95:
            break
        amount, unit = amount / 1024, bigger
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


def parse_duration(text: str) -> int:
    """Whole seconds of `90`, `90s`, `30m`, `1h30m`, `1.5h`, `2d`. Raises Refused `value.duration`."""
    text = text.strip()
    match = _DURATION.fullmatch(f"{text}s" if _BARE_SECONDS.fullmatch(text) else text)
    if match and any(match.groups()):
        seconds = sum(
            (Fraction(part) * unit for part, unit in zip(match.groups(), _UNIT_SECONDS, strict=True) if part),
            start=Fraction(0),
        )
        if seconds.denominator == 1 and seconds <= MAX_SECONDS:
            return int(seconds)
    raise Refused("value.duration", value=harmless_line(text, 60))


def format_duration(seconds: int) -> str:
    """What `parse_duration` reads again: `1h30m`, `45s`, `0s`."""
    told = ""
    for unit, length in zip("dhms", _UNIT_SECONDS, strict=True):
        count, seconds = divmod(seconds, length)
        told += f"{count}{unit}" if count else ""
    return told or "0s"


def parse_cpus(text: str) -> float:
    """Cores of `2`, `0.5`: MIN_CPUS to MAX_CPUS, three digits behind the point. Raises Refused `value.cpus`."""
    if _CPUS.fullmatch(text.strip()) and MIN_CPUS <= float(text) <= MAX_CPUS:
        return float(text)
    raise Refused("value.cpus", value=harmless_line(text, 60))
