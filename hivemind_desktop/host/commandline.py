"""The command line of both programs: a wrong word is answered with one line that says what was meant, exit code 2."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

WRONG_USAGE = 2
PATHS = ("PATH", "DIR", "FILE")
"""Metavars of arguments that stay the bytes they are."""


class Parser(argparse.ArgumentParser):
    """argparse with one line of error instead of the whole usage; no abbreviations, so that a script keeps its meaning."""

    def __init__(self, **named: object) -> None:
        named.setdefault("allow_abbrev", False)
        super().__init__(**named)  # type: ignore[arg-type]

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Every argument but a path is text: bytes that the system's encoding could not read are taken as UTF-8, or refused."""
        found, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if action.metavar not in PATHS:
                value = getattr(found, action.dest, None)
                if isinstance(value, str):
                    setattr(found, action.dest, self._text(value))
                elif isinstance(value, list):
                    setattr(found, action.dest, [self._text(one) for one in value])
        return found, rest

    def _text(self, value: str) -> str:
        try:
            return os.fsencode(value).decode() if _is_torn(value) else value
        except UnicodeError:
            self.error(f"{value!r} is not text in UTF-8")

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {self._plainer(message)} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(WRONG_USAGE)

    def _plainer(self, message: str) -> str:
        wrong = re.match(
            r"argument \S+: invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)", message
        )
        if wrong:
            known = [word.strip(" '") for word in wrong["known"].split(",")]
            return f"there is no command {wrong['word']!r}{_meant(wrong['word'], known)}"
        strange = re.match(r"unrecognized arguments: (?P<word>\S+)", message)
        if strange and strange["word"].startswith("-"):
            word = strange["word"].partition("=")[0]
            return f"there is no flag {word!r}{_meant(word, _flags(self))}"
        return message


def _is_torn(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def _meant(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f", did you mean {near[0]!r}?" if near else ""


def _flags(parser: argparse.ArgumentParser) -> set[str]:
    """Every long flag of the parser and of its commands: an unknown one is only told by the outermost."""
    found: set[str] = set()
    for action in parser._actions:
        found.update(flag for flag in action.option_strings if flag.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found |= _flags(command)
    return found
