"""Patterns of names that come back. Both pattern and name are the task's: a match never takes longer than their lengths multiplied."""

from __future__ import annotations

import re

_ACROSS = re.compile(r"((?:^|(?<=/))\*\*/|\*{2,})")
"""`**/` as a whole part, or stars that cross folders."""


def expression(pattern: str) -> re.Pattern[str]:
    """For `fullmatch`. `*` and `?` stay inside one folder, `**` is any folders; a pattern that names a folder takes all below it.

    What stands between two wildcards is taken where it fits first and never tried again (atomic groups, as in the standard library's
    fnmatch): a later place for it cannot let the rest fit where the first one did not.
    """
    pieces = _ACROSS.split(pattern.rstrip("/"))
    groups, across = pieces[::2], pieces[1::2]
    out = []
    for n, group in enumerate(groups):
        before = "" if n == 0 else ".*?" if across[n - 1] != "**/" else "(?:[^/]+/)*?"
        out.append(f"(?>{before}{_between(group, last=n == len(groups) - 1)})")
    return re.compile("".join(out) + "(?:/.*)?", re.DOTALL)


def _between(group: str, last: bool) -> str:
    """Parts without `**`. A part that something must follow ends there; the group's last one ends as soon as it may."""
    parts = group.split("/")
    told = [_part(part, "/") for part in parts[:-1]]
    return "".join(told) + _part(parts[-1], r"(?=/|\Z)" if last else "")


def _part(part: str, end: str) -> str:
    first, *rest = (re.escape(piece).replace(r"\?", "[^/]") for piece in part.split("*"))
    if not rest:
        return first + end
    stars = [f"(?>[^/]*?{piece})" for piece in rest[:-1]]
    return first + "".join(stars) + f"(?>[^/]*?{rest[-1]}{end})"
