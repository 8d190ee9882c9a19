"""Reads every setting: command line over environment over file over default. One wrong value never costs the others."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from hivemind_desktop.contract.links import is_link
from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings.file import FileEntry, Problem, read_file
from hivemind_desktop.settings.kinds import Value, WrongValue
from hivemind_desktop.settings.setting import Row, Values
from hivemind_desktop.settings.table import TABLE


class OriginKind(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Origin:
    """`place`: file:line, the variable, or the flag."""

    kind: OriginKind = OriginKind.DEFAULT
    place: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`origins` has an entry for every setting. A setting with a problem is at its default."""

    values: Values
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line said: key -> (text, the flag)."""

    given: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def defaults() -> Values:
    """Every setting at its default."""
    return Values({row.key: row.default for row in TABLE})


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str] | None = None,
    flags: Flags | None = None,
    strict: bool,
    required: bool = False,
) -> Loaded:
    """Read the file at `path` (it may be missing unless `required`), `environ` (None: os.environ) and `flags`.

    `strict` (commands, headless): the first problem is raised as KnownError with `usage`. Otherwise (window) every problem is
    listed and the setting it is about stands at its default.
    """
    environ = os.environ if environ is None else environ
    flags = flags or Flags()
    entries, problems = read_file(path, required) if path else ({}, [])
    values: dict[str, Value] = {}
    origins: dict[str, Origin] = {}
    for row in TABLE:
        value, origin, problem = _choose(row, entries, environ, flags)
        values[row.key], origins[row.key] = value, origin
        if problem:
            problems.append(problem)
    if strict and problems:
        raise KnownError(problems[0].code, usage=True, **problems[0].fields)
    return Loaded(Values(values), origins, tuple(problems))


def _choose(
    row: Row, entries: Mapping[str, FileEntry], environ: Mapping[str, str], flags: Flags
) -> tuple[Value, Origin, Problem | None]:
    """The value from the highest place that names it."""
    got: object
    if row.key in flags.given:
        got, flag = flags.given[row.key]
        origin, is_text = Origin(OriginKind.COMMAND_LINE, flag), True
    elif row.env and environ.get(row.env, "").strip():
        got, origin, is_text = environ[row.env], Origin(OriginKind.ENVIRONMENT, row.env), True
    elif row.key in entries:
        entry = entries[row.key]
        got, origin, is_text = entry.value, Origin(OriginKind.FILE, entry.place), entry.is_text
    else:
        return row.default, Origin(), None
    try:
        value: Value = row.kind.parse(str(got)) if is_text else row.kind.read(got)
        return value, origin, None
    except WrongValue as wrong:
        fields = {"where": origin.place, "key": row.key, "got": shorten(got), **wrong.fields}
        return row.default, Origin(), Problem(wrong.code, fields, row.key)


def shorten(got: object) -> str:
    """A wrong value as a message shows it: not long, and nothing of what a link keeps secret."""
    text = got if isinstance(got, str) else repr(got)
    if is_link(text) and "?" in text:
        text = text.partition("?")[0] + "?..."
    return text if len(text) <= 60 else text[:57] + "..."


def parse_value(row: Row, text: str, where: str) -> Value:
    """What `config set` was given. Raises KnownError with `usage`, naming `where`."""
    try:
        value: Value = row.kind.parse(text)
        return value
    except WrongValue as wrong:
        raise KnownError(
            wrong.code, usage=True, where=where, key=row.key, got=shorten(text), **wrong.fields
        ) from None


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Every flag of the table, and `--config FILE`. Values stay text: `load` judges them, so that all places speak alike."""
    parser.add_argument(
        "--config", metavar="FILE", dest="config_file", help="read settings from FILE instead of config.toml"
    )
    for row in TABLE:
        if row.flag:
            parser.add_argument(
                row.flag, metavar=row.metavar, dest=_dest(row.flag), help=row.help.replace("%", "%%")
            )
        if row.switch:
            parser.add_argument(
                row.switch, action="store_true", dest=_dest(row.switch), help=row.help.replace("%", "%%")
            )


def flags_of(arguments: argparse.Namespace) -> Flags:
    """What of the table's flags was given."""
    given: dict[str, tuple[str, str]] = {}
    for row in TABLE:
        if row.switch and getattr(arguments, _dest(row.switch), False):
            given[row.key] = (row.switch_value, row.switch)
        if row.flag and (text := getattr(arguments, _dest(row.flag), None)) is not None:
            given[row.key] = (text, row.flag)
    return Flags(given)


def _dest(flag: str) -> str:
    return "setting_" + flag.strip("-").replace("-", "_")
