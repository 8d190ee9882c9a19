"""Names of files in packages and results: relative, with '/', the same on every disk that a worker or a sender has.

The rules hold on every system alike, so that a result made on Linux opens on Windows (facts/runners.md, section 2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.text import find_steering, harmless_line

MAX_PART_BYTES = 255
"""UTF-8 bytes of one part: NAME_MAX of ext4, APFS and the rest; Windows counts 255 UTF-16 units, which is never less."""
MAX_PATH_BYTES = 900
"""UTF-8 bytes of a whole name: PATH_MAX is 1024 on macOS, the rest is left for the folder above."""
MAX_DEPTH = 64
"""Parts of a name. Deeper trees are made to hurt (facts/runners.md, case 46)."""
MAX_ENTRIES = 10_000
"""Files and empty folders of a package or result: the earlier HiveMind's own bound (facts/upstream-hivemind.md, section 2)."""

_DRIVE = re.compile(r"[A-Za-z]:")
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)
"""Of the part before its first dot: `nul.tar.gz` is a device as well."""


class BadName(Refused):
    """A name that packages and results may not have; `fields["path"]` is the name, harmless to show."""


def check_path(path: str) -> str:
    """Return `path` when every disk can hold it below any folder; raise BadName with what exactly is wrong with it.

    Control characters are those of a terminal and those that turn the reading direction: ``cod<U+202E>gnp.exe`` is shown as a picture.
    Codes: name.empty, name.not_text, name.control, name.backslash, name.drive, name.absolute, name.escapes, name.empty_part,
    name.too_long, name.part_too_long, name.too_deep, name.character, name.device, name.ending.
    """
    if not path:
        raise BadName("name.empty", path="")
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise _bad("not_text", path) from None
    if character := find_steering(path):
        raise _bad("control", path, character=character)
    if "\\" in path:
        raise _bad("backslash", path)
    if _DRIVE.match(path):
        raise _bad("drive", path)
    if path.startswith("/"):
        raise _bad("absolute", path)
    if size > MAX_PATH_BYTES:
        raise _bad("too_long", path, limit=MAX_PATH_BYTES)
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise _bad("too_deep", path, limit=MAX_DEPTH)
    for part in parts:
        _check_part(part, path)
    return path


class Clash(StrEnum):
    """Why two names cannot stand in one tree."""

    SAME = "same"
    CASE = "case"
    """Equal where a disk does not tell upper from lower case, or one written form of a letter from another."""
    FILE_AND_FOLDER = "file_and_folder"


@dataclass(frozen=True, slots=True)
class Twins:
    """`second` clashes with `first`, which came before it; both may be a folder above what was given."""

    first: str
    second: str
    clash: Clash


def find_twins(files: Iterable[str], folders: Iterable[str] = ()) -> Iterator[Twins]:
    """Every name that clashes with an earlier one; folders above a name count as well, a folder may be named twice."""
    told: dict[str, tuple[str, bool]] = {}
    known_folders: set[str] = set()
    known_files: set[str] = set()
    for path, is_folder in [*((path, False) for path in files), *((path, True) for path in folders)]:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            folder = is_folder or depth < len(parts)
            if folder and name in known_folders:
                continue
            first, was_folder = told.setdefault(folded(name), (name, folder))
            if folder != was_folder:
                yield Twins(first, name, Clash.FILE_AND_FOLDER)
                break
            if first != name:
                yield Twins(first, name, Clash.CASE)
                break
            if name in known_files:
                yield Twins(first, name, Clash.SAME)
            (known_folders if folder else known_files).add(name)


def folded(path: str) -> str:
    """Equal for names that some disk takes for one: canonical caseless matching (Unicode standard, D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def _check_part(part: str, path: str) -> None:
    if not part:
        raise _bad("empty_part", path)
    if part in (".", ".."):
        raise _bad("escapes", path, part=part)
    if len(part.encode()) > MAX_PART_BYTES:
        raise _bad("part_too_long", path, limit=MAX_PART_BYTES)
    if found := _NOT_ON_WINDOWS.search(part):
        raise _bad("character", path, character=found[0])
    if part[-1] in ". ":
        raise _bad("ending", path, part=harmless_line(part, 60))
    if _DEVICE.fullmatch(part.split(".")[0].rstrip(" ")):
        raise _bad("device", path, part=harmless_line(part, 60))


def _bad(what: str, path: str, **fields: str | int) -> BadName:
    return BadName(f"name.{what}", path=harmless_line(path), **fields)
