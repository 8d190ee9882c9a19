"""Which file of a package runs, when its task.toml names no command: one rule for submitter, master and worker.

The package's own run_task.sh; else the first of ENTRY_NAMES at the top; else the first .py by name at the top. A package that is one
single folder is read as if that folder were the top. Else the first .py below, the least deep first. Everything runs in /app/task.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hivemind_desktop.contract.refused import Refused

SCRIPT = "run_task.sh"
ENTRY_NAMES = ("main", "task_script", "run", "app", "script", "start", "index")
"""The union of the earlier HiveMind's lists, in the design's order (facts/upstream-hivemind.md, section 2)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`command` is run in /app/task; `line` is what the log says about the choice (it is English: a log has no language)."""

    path: str
    command: tuple[str, ...]
    line: str


class NoEntry(Refused):
    """Nothing in the package can be run (`package.no_entry`)."""


def choose_entry(paths: Iterable[str]) -> Entry:
    """The entry among the files of a package. Raises NoEntry."""
    files = sorted(paths, key=lambda path: (path.count("/"), path))
    top = _top(files)
    here = [path for path in files if path.startswith(top) and "/" not in path[len(top) :]]
    if f"{top}{SCRIPT}" in here:
        # bash: scripts of the earlier HiveMind were run by it, and the base image has it
        return Entry(f"{top}{SCRIPT}", ("bash", f"{top}{SCRIPT}"), f"runs the package's own {top}{SCRIPT}")
    for name in ENTRY_NAMES:
        if f"{top}{name}.py" in here:
            return _python(f"{top}{name}.py", f"runs {top}{name}.py")
    scripts = [path for path in here if path.endswith(".py")] or [
        path for path in files if path.endswith(".py")
    ]
    if not scripts:
        raise NoEntry("package.no_entry")
    # a package's __init__.py sorts before every script and does nothing
    path = next((path for path in scripts if path.rpartition("/")[2] != "__init__.py"), scripts[0])
    return _python(
        path, f"runs {path}: no {SCRIPT} and none of {', '.join(ENTRY_NAMES)} .py here, so the first by name"
    )


def _top(files: list[str]) -> str:
    """`folder/` when everything lies in one folder (archives are often made of a folder instead of what is in it), else empty."""
    first = files[0].partition("/")[0] if files else ""
    return f"{first}/" if first and all(path.startswith(f"{first}/") for path in files) else ""


def _python(path: str, line: str) -> Entry:
    return Entry(path, ("python3", path), line)
