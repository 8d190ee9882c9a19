"""A folder, or one .py file, as a package: regular files and folders only, no link followed."""

from __future__ import annotations

import os
from pathlib import Path

from hivemind_desktop.contract.names import check_path
from hivemind_desktop.contract.sizes import format_size
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.packagefiles import SKIPPED, Found, Limits, hash_file, unreadable

_MOUNT_POINT = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT: a junction, Windows' link between folders."""


def read_script(path: Path, limits: Limits) -> Found:
    """One .py file."""
    source = hash_file(path.resolve(), check_path(path.name))
    if source.stamp.size > limits.total_bytes:
        raise KnownError(
            "package.too_large", path=harmless_line(str(path)), limit=format_size(limits.total_bytes)
        )
    return Found(files=[source])


def read_folder(root: Path, limits: Limits) -> Found:
    """Everything below `root`. Raises BadName and KnownError package.*."""
    found = Found()
    total = 0
    waiting = [("", root.resolve())]
    while waiting:
        above, folder = waiting.pop()
        for entry in _entries(folder, above or root.name):
            name = f"{above}{entry.name}"
            if entry.name in SKIPPED:
                found.skipped.append(name)
                continue
            check_path(name)
            shown = harmless_line(name)
            try:
                told = entry.stat(follow_symlinks=False)
                is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
            except OSError as error:
                raise unreadable(shown, error) from error
            if entry.is_symlink() or getattr(told, "st_reparse_tag", 0) == _MOUNT_POINT:
                raise KnownError("package.link", entry=shown)
            if is_folder:
                found.folders.add(name)
                waiting.append((f"{name}/", folder / entry.name))
            elif is_file:
                total += told.st_size
                if total > limits.total_bytes:
                    raise KnownError(
                        "package.too_large",
                        path=harmless_line(str(root)),
                        limit=format_size(limits.total_bytes),
                    )
                found.files.append(hash_file(folder / entry.name, name))
            else:
                raise KnownError("package.special", entry=shown)
            if len(found.files) + len(found.folders) > limits.entries:
                raise KnownError("package.too_many", path=harmless_line(str(root)), limit=limits.entries)
    return found


def _entries(folder: Path, shown: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listed:
            return sorted(listed, key=lambda entry: entry.name)
    except OSError as error:
        raise unreadable(harmless_line(shown), error) from error
