"""In which line of a TOML text a key stands, and whether the text is made to hurt its parser. Linear in the text.

tomllib tells neither: it gives no positions, and a key of 60,000 dotted parts costs it 19 s and gigabytes (measured, 3.11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r'(?P<plain>[^"\'#\n]+)|(?P<line>\n)|(?P<comment>#[^\n]*)'
    r'|"""(?:[^"\\]|\\.|"(?!""))*+(?:"""(?:""|"|))?'
    r"|'''(?:[^']|'(?!''))*+(?:'''(?:''|'|))?"
    r'|(?P<quoted>"(?:[^"\\\n]|\\[^\n])*+"?|\'[^\'\n]*\'?)',
    re.DOTALL,
)
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]++\s*+\.?\s*+)++)=")


def bare_lines(text: str) -> list[str]:
    """The lines without comments and without what stands in quotes (an empty pair of quotes is left)."""
    lines = [""]
    for token in _TOKEN.finditer(text):
        if token["line"]:
            lines.append("")
        elif token["plain"]:
            lines[-1] += token["plain"]
        elif not token["comment"]:
            lines[-1] += '""'
            lines += [""] * token[0].count("\n")
    return lines


def most_dots(lines: list[str]) -> int:
    """The most dots in a bare line: a bound for the parts of its longest key."""
    return max(line.count(".") for line in lines)


def key_lines(lines: list[str]) -> dict[tuple[str, ...], int]:
    """Keys and tables, each with the line (from 1) where it is first set; quoted keys are not found."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        if header := _TABLE.fullmatch(line):
            table = _parts(header[1])
            found.setdefault(table, number)
        elif set_here := _KEY.match(line):
            found.setdefault((*table, *_parts(set_here[1])), number)
    return found


def line_of(found: Mapping[tuple[str, ...], int], key: tuple[str, ...]) -> int:
    """The line where `key` is set, else that of the nearest table above it, else 1."""
    for length in range(len(key), 0, -1):
        if key[:length] in found:
            return found[key[:length]]
    return 1


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in dotted.split("."))
