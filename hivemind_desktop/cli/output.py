"""What commands print: one JSON document on stdout, or lines for people; errors as one line on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording import say

DONE, REFUSED, WRONG_USAGE, TASK_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes (design, section 2)."""


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def tell(text: str) -> None:
    """A line for the person; stdout stays for what was asked for."""
    print(text, file=sys.stderr, flush=True)


def tell_error(program: str, error: KnownError) -> int:
    """Say it in one line; the exit code."""
    tell(f"{program}: {say(error.code, {name: str(value) for name, value in error.fields.items()})}")
    return WRONG_USAGE if error.usage else REFUSED
