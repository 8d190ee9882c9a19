"""`config list|get|set|reset`: every setting, its value and where it comes from. Works on a file with mistakes, to mend them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hivemind_desktop.cli.output import DONE, WRONG_USAGE, print_json, tell
from hivemind_desktop.cli.table import table
from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings.file import unknown
from hivemind_desktop.settings.load import Flags, Loaded, OriginKind, flags_of, load, parse_value
from hivemind_desktop.settings.save import save
from hivemind_desktop.settings.table import BY_KEY, TABLE
from hivemind_desktop.wording import say

if TYPE_CHECKING:
    from hivemind_desktop.settings.setting import Row

    Subparsers = argparse._SubParsersAction[Any]


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("config", help="show and change settings")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|get|set|reset")
    listed = actions.add_parser("list", help="every setting, its value and where it comes from")
    got = actions.add_parser("get", help="the value of one setting")
    got.add_argument("key", metavar="KEY")
    changed = actions.add_parser("set", help="write a setting into config.toml")
    changed.add_argument("key", metavar="KEY")
    changed.add_argument("value", metavar="VALUE")
    reset = actions.add_parser("reset", help="take settings out of config.toml: their defaults hold again")
    which = reset.add_mutually_exclusive_group(required=True)
    which.add_argument("keys", metavar="KEY", nargs="*", default=[])
    which.add_argument("--all", action="store_true", help="every setting")
    for action in (listed, got, changed, reset):
        action.add_argument("--json", action="store_true", help="one JSON document on stdout")
        action.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """The command as `__main__` calls it."""
    from hivemind_desktop import compose

    flags = flags_of(arguments)
    place = compose.place(flags, arguments.config_file, strict=False)
    code = act(arguments, place.config, flags)
    if arguments.action in ("set", "reset") and compose.worker_runs(place):
        tell("The worker that is running here takes it when it is started again.")
    return code


def act(
    arguments: argparse.Namespace,
    config: Path,
    flags: Flags | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Carry out one action on the file `config`. Exit code; raises KnownError for what the person or the disk got wrong."""
    environ = os.environ if environ is None else environ

    def read() -> Loaded:
        named = getattr(arguments, "config_file", None) is not None
        return load(config, environ=environ, flags=flags, strict=False, required=named)

    match arguments.action:
        case "list":
            return _list(read(), arguments.json)
        case "get":
            return _get(read(), _row(arguments.key, "config get"), arguments.json)
        case "set":
            row = _row(arguments.key, "config set")
            save(config, {row.key: parse_value(row, arguments.value, "config set")})
            return _told(read(), [row], arguments.json)
    rows = list(TABLE) if arguments.all else [_row(key, "config reset") for key in arguments.keys]
    save(config, {row.key: None for row in rows})
    return _told(read(), rows, arguments.json)


def _row(key: str, where: str) -> Row:
    if key not in BY_KEY:
        problem = unknown(key, where, tuple(BY_KEY))
        raise KnownError(problem.code, usage=True, **problem.fields)
    return BY_KEY[key]


def _list(loaded: Loaded, as_json: bool) -> int:
    if as_json:
        print_json([_entry(loaded, row) for row in TABLE])
    else:
        rows = [(row.key, _shown(loaded, row), _origin(loaded, row), row.label) for row in TABLE]
        print(table(("KEY", "VALUE", "FROM", "MEANING"), rows))
    for problem in loaded.problems:
        tell(say(problem.code, problem.fields))
    return WRONG_USAGE if loaded.problems else DONE


def _get(loaded: Loaded, row: Row, as_json: bool) -> int:
    for problem in loaded.problems:
        if problem.key in ("", row.key):
            raise KnownError(problem.code, usage=True, **problem.fields)
    if as_json:
        print_json(_entry(loaded, row))
    else:
        print(row.kind.show(loaded.values[row]))
    return DONE


def _told(loaded: Loaded, rows: list[Row], as_json: bool) -> int:
    """What holds now; a variable that is set above the file is said, or the person would wonder."""
    if as_json:
        print_json([_entry(loaded, row) for row in rows])
    else:
        for row in rows if len(rows) < len(TABLE) else []:
            print(f"{row.key} = {_shown(loaded, row)}")
    for row in rows:
        origin = loaded.origins[row.key]
        if origin.kind in (OriginKind.ENVIRONMENT, OriginKind.COMMAND_LINE):
            tell(say("settings.overruled", {"key": row.key, "place": origin.place}))
    return DONE


def _entry(loaded: Loaded, row: Row) -> dict[str, object]:
    origin = loaded.origins[row.key]
    return {
        "key": row.key,
        "value": row.kind.write(loaded.values[row]),
        "default": row.kind.write(row.default),
        "origin": str(origin.kind),
        "place": origin.place,
        "unit": row.unit,
        "environment": row.env,
        "flag": row.flag or row.switch,
        "help": row.help,
    }


def _shown(loaded: Loaded, row: Row) -> str:
    text = row.kind.show(loaded.values[row])
    return f"{text} {row.unit}".strip() if text else '""'


def _origin(loaded: Loaded, row: Row) -> str:
    """The file by its name alone: the row has to fit on a line, and there is only one."""
    origin = loaded.origins[row.key]
    if origin.kind is OriginKind.FILE:
        return Path(origin.place).name
    return origin.place or str(origin.kind)
