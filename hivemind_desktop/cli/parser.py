"""The command line: a wrong word is answered with one line that says what was meant, exit code 2."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from typing import NoReturn

WRONG_USAGE = 2


class Parser(argparse.ArgumentParser):
    """argparse with one line of error instead of the whole usage; no abbreviations, so that a script keeps its meaning."""

    def __init__(self, **named: object) -> None:
        named.setdefault("allow_abbrev", False)
        super().__init__(**named)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {_plainer(message)} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(WRONG_USAGE)


def _plainer(message: str) -> str:
    wrong = re.match(r"argument \S+: invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)", message)
    if not wrong:
        return message
    known = [word.strip(" '") for word in wrong["known"].split(",")]
    near = difflib.get_close_matches(wrong["word"], known, 1)
    return f"there is no command {wrong['word']!r}" + (f", did you mean {near[0]!r}?" if near else "")
