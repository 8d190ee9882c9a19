"""What commands print: one JSON document or lines for people on stdout; errors and what goes on as lines on stderr."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

PROGRAM = "hivemind-master"
DONE, SAID_NO, WRONG_USAGE, TASK_FAILED = 0, 1, 2, 3


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False), flush=True)


def tell(text: str) -> None:
    """A line for the person; stdout stays for what was asked for."""
    print(text, file=sys.stderr, flush=True)


def tell_error(error: KnownError) -> int:
    """Say it in one line; the exit code."""
    tell(f"{PROGRAM}: {word(error.code, error.fields)}")
    return WRONG_USAGE if error.usage else SAID_NO


def word(code: str, fields: Mapping[str, Any]) -> str:
    """The sentence of a code in the system's language; in English where Qt or its catalogue is not there (a bare server)."""
    from hivemind_desktop.wording import Language, say, use_language

    try:
        use_language("system")
        return say(code, fields)
    except (ImportError, FileNotFoundError):
        return say(code, fields, Language.ENGLISH)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; on a terminal the last one is cut to what is left. Text of others is made harmless."""
    cells = [list(heads), *([harmless_line(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(heads))]
    columns = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 0
    for row in cells:
        line = "  ".join(cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(row)).rstrip()
        while columns and _width(line) > columns:
            line = line[:-1]
        print(line)


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
