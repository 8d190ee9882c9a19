"""A package on its way into a run: checked, its command chosen, written, and remembered as it was, so that changed files are known later."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hivemind_desktop.contract.entry import choose_entry
from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import Manifest, TaskSpec
from hivemind_desktop.errors import KnownError

Marks = Mapping[str, tuple[int, int, int]]
"""Path -> (inode, change time in ns, size) as the file lay there before the start. Nobody can set a change time."""


def choose_command(spec: TaskSpec) -> tuple[tuple[str, ...], str]:
    """(command, line for the log, empty when the sender named it).

    Raises KnownError package.requirements (not built yet), package.no_entry, and what check_manifest refuses.
    """
    try:
        check_manifest(spec.package)
        files = [entry.path for entry in spec.package.entries if not entry.folder]
        if "requirements.txt" in files:
            raise KnownError("package.requirements")
        if spec.command:
            return spec.command, ""
        entry = choose_entry(files)
    except Refused as refused:
        raise KnownError(refused.code, **refused.fields) from refused  # type: ignore[arg-type]
    return entry.command, entry.line


def finish(folder: Path, package: Manifest) -> None:
    """After the files are there: empty folders, and modes by the executable bit."""
    for entry in package.entries:
        path = folder / entry.path
        if entry.folder:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.chmod(0o755 if entry.executable else 0o644)


def mark(folder: Path, package: Manifest) -> Marks:
    """How each file of the package lies there now."""
    marks = {}
    for entry in package.entries:
        if not entry.folder:
            marks[entry.path] = mark_of(os.lstat(folder / entry.path))
    return marks


def mark_of(told: os.stat_result) -> tuple[int, int, int]:
    return told.st_ino, told.st_ctime_ns, told.st_size
