"""Reads a settings file: TOML, or KEY=value lines with the seed's names. A torn file gives what can still be read, and its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings.table import BY_ENV, BY_KEY

_SEED_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)\s*=\s*(?P<value>.*?)\s*")
_TABLE_LINE = re.compile(r"\s*\[\s*(?P<name>[^\[\]]+?)\s*\]\s*(?:#.*)?")
_KEY_LINE = re.compile(r"\s*(?P<name>[^=#\[]+?)\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where; `key` is empty when it is about no known setting."""

    code: str
    fields: Mapping[str, str | int | float] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """`is_text`: from a KEY=value line, so still text. `place`: path:line."""

    value: object
    place: str
    is_text: bool = False


def read_text(path: Path) -> str | None:
    """The file's text, None when there is none. Raises KnownError `settings.unreadable` or `settings.not_text`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise KnownError("settings.not_text", usage=True, path=str(path)) from error
    except OSError as error:
        raise KnownError(
            "settings.unreadable", usage=True, path=str(path), detail=error.strerror or str(error)
        ) from error


def read_file(path: Path, required: bool) -> tuple[dict[str, FileEntry], list[Problem]]:
    """Entries by key and what is wrong with the file itself."""
    try:
        text = read_text(path)
    except KnownError as error:
        return {}, [Problem(error.code, error.fields)]
    if text is None:
        return {}, [Problem("settings.no_file", {"path": str(path)})] if required else []
    if is_seed_form(text):
        return _read_seed(path, text)
    try:
        document, problems = tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        document, problems = _salvage(text), [torn(path, text, error)]
    entries: dict[str, FileEntry] = {}
    for key, value in flatten(document):
        place = f"{path}:{line_of(text, key)}"
        if key in BY_KEY:
            entries[key] = FileEntry(value, place)
        elif key in BY_ENV:
            entries.setdefault(BY_ENV[key].key, FileEntry(_plain_text(value), place, is_text=True))
        else:
            problems.append(unknown(key, place, (*BY_KEY, *BY_ENV)))
    return entries, problems


def is_seed_form(text: str) -> bool:
    """True when the first line that says something is NAME=value with a name in capitals and no line opens a table."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return (
        bool(lines)
        and all(_SEED_LINE.fullmatch(line) for line in lines[:1])
        and not any(_TABLE_LINE.fullmatch(line) for line in lines)
    )


def _read_seed(path: Path, text: str) -> tuple[dict[str, FileEntry], list[Problem]]:
    entries: dict[str, FileEntry] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        place = f"{path}:{number}"
        match = _SEED_LINE.fullmatch(line)
        if not match:
            problems.append(Problem("settings.not_a_line", {"where": place}))
        elif match["name"] in BY_ENV:
            value = match["value"]
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            entries[BY_ENV[match["name"]].key] = FileEntry(value, place, is_text=True)
        else:
            problems.append(unknown(match["name"], place, tuple(BY_ENV)))
    return entries, problems


def flatten(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of everything that is not a table."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def line_of(text: str, key: str) -> int:
    """Line (from 1) that sets the dotted `key`, found by scanning; 1 when it cannot be found."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if opened := _TABLE_LINE.fullmatch(line):
            table = _bare(opened["name"]) + "."
        elif (found := _KEY_LINE.match(line)) and table + _bare(found["name"]) == key:
            return number
    return 1


def torn(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """What is said of a file that is not TOML."""
    at = _AT_LINE.search(str(error))
    line = int(at[1]) if at else text.count("\n") + 1
    return Problem(
        "settings.torn",
        {
            "where": f"{path}:{line}",
            "detail": _AT_LINE.sub("", str(error)).strip().removesuffix("(at end of document)").strip(),
        },
    )


def _salvage(text: str) -> dict[str, object]:
    """What single lines of a torn file still say, so that an owner's limits hold although the file broke elsewhere."""
    document: dict[str, object] = {}
    table: dict[str, object] = document
    for line in text.splitlines():
        if opened := _TABLE_LINE.fullmatch(line):
            kept = document.setdefault(_bare(opened["name"]), {})
            table = kept if isinstance(kept, dict) else {}
        elif _KEY_LINE.match(line):
            try:
                table.update(tomllib.loads(line))
            except tomllib.TOMLDecodeError:
                continue
    return document


def _bare(name: str) -> str:
    """`"limits" . slots` as `limits.slots`."""
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _plain_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown(name: str, place: str, known: tuple[str, ...]) -> Problem:
    """What is said of a name that is no setting; the nearest known one with it."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.6) or [
        key for key in known if key.rpartition(".")[2] == name.rpartition(".")[2]
    ]
    if near:
        return Problem("settings.unknown_near", {"where": place, "key": name, "near": near[0]})
    return Problem("settings.unknown", {"where": place, "key": name})
