"""Rows for people: columns as wide as they need, cut to the terminal where there is one, text of others made harmless."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence

from hivemind_desktop.contract.text import harmless


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned text; on a terminal the last column is cut to what is left."""
    cells = [list(heads), *([harmless(cell).replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(heads))]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    lines = []
    for row in cells:
        line = "  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip()
        while width(line) > columns:
            line = line[:-1]
        lines.append(line)
    return "\n".join(lines)
