"""Puts fields into a sentence: sizes, times and counts as people read them, and text of others made harmless."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.wording.language import Language

_LONGEST = 400
"""Characters of one field."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def clean(text: str) -> str:
    """Text of others as one harmless line."""
    return harmless_line(text, _LONGEST).strip()


class Sentence(Formatter):
    """Format specs of a sentence: `{size:size}` bytes, `{at:clock}` Unix seconds, `{left:duration}` seconds, `{detail:brief}` another
    code, `{pool:pool}` a name that may be empty, `{tasks:task is|tasks are}` a number with the English words that fit it
    (in Chinese the number alone: translations keep the placeholder as it is)."""

    def __init__(self, language: Language, now: float, brief: Callable[[str], str], no_pool: str) -> None:
        self._language = language
        self._now = now
        self._brief = brief
        self._no_pool = no_pool

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            if self._language is Language.CHINESE:
                return str(value)
            one, many = format_spec.split("|")
            return f"{value} {one if int(value) == 1 else many}"
        match format_spec:
            case "size":
                return show_size(float(value))
            case "clock":
                return show_clock(float(value), self._now, self._language)
            case "duration":
                return show_duration(float(value), self._language)
            case "brief":
                return self._brief(str(value))
            case "pool":
                return clean(str(value)) or self._no_pool
        return clean(f"{value:g}" if isinstance(value, float) else str(value))

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]


def fields_of(sentence: str) -> dict[str, str]:
    """Field name -> format spec of everything in braces."""
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(sentence) if name}


def show_size(value: float) -> str:
    """Bytes: 8 GB, 1.5 GB, 512 MB (steps of 1024, as engines and tasks count)."""
    unit, amount = "B", float(value)
    for bigger in ("KB", "MB", "GB", "TB"):
        if amount < 1024:
            break
        unit, amount = bigger, amount / 1024
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}" if amount < 10 else f"{amount:.0f} {unit}"


def show_clock(at: float, now: float, language: Language) -> str:
    """Local clock time, with the date when it is another day than `now` (both Unix seconds)."""
    there, here = time.localtime(at), time.localtime(now)
    clock = f"{there.tm_hour:02}:{there.tm_min:02}"
    if there[:3] == here[:3]:
        return clock
    if language is Language.CHINESE:
        return f"{there.tm_mon}/{there.tm_mday} {clock}"
    return f"{_MONTHS[there.tm_mon - 1]} {there.tm_mday} {clock}"


def show_duration(seconds: float, language: Language) -> str:
    """In two units at most: 25 s, 3 min 5 s, 2 h 5 min, 7 d."""
    units = ("天", "小時", "分鐘", "秒") if language is Language.CHINESE else ("d", "h", "min", "s")
    left = max(round(seconds), 0)
    amounts = (left // 86400, left // 3600 % 24, left // 60 % 60, left % 60)
    first = next((i for i, amount in enumerate(amounts) if amount), 3)
    parts = [f"{amounts[i]} {units[i]}" for i in range(first, min(first + 2, 4)) if amounts[i] or i == first]
    return " ".join(parts)
