"""A manifest that may be believed: checked by whoever gets one, before a file of it is asked for or written."""

from __future__ import annotations

import re

from hivemind_desktop.contract.names import MAX_ENTRIES, check_path, find_twins
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import MAX_BYTES
from hivemind_desktop.contract.task import Manifest
from hivemind_desktop.contract.text import harmless_line

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing."""


def check_manifest(manifest: Manifest, *, entries: int = MAX_ENTRIES) -> Manifest:
    """Return it when every name is sound, none clashes, and sizes and hashes can be true.

    Raises BadName, or Refused: manifest.too_many, manifest.clash, manifest.entry, manifest.size.
    """
    if len(manifest.entries) > entries:
        raise Refused("manifest.too_many", count=len(manifest.entries), limit=entries)
    sizes: dict[str, int] = {}
    for entry in manifest.entries:
        check_path(entry.path)
        if entry.folder:
            sound = not entry.size and not entry.sha256 and not entry.executable
        else:
            sound = 0 <= entry.size <= MAX_BYTES and _HASH.fullmatch(entry.sha256) is not None
            sound = sound and (entry.size == 0) == (entry.sha256 == EMPTY_HASH)
            sound = sound and sizes.setdefault(entry.sha256, entry.size) == entry.size
        if not sound:
            raise Refused("manifest.entry", path=harmless_line(entry.path))
    if manifest.size > MAX_BYTES:
        raise Refused("manifest.size", size=manifest.size)
    check_clashes(
        [entry.path for entry in manifest.entries if not entry.folder],
        [entry.path for entry in manifest.entries if entry.folder],
    )
    return manifest


def check_clashes(files: list[str], folders: list[str]) -> None:
    """Raise Refused `manifest.clash` for the first two names that cannot stand in one tree."""
    for twins in find_twins(files, folders):
        raise Refused(
            "manifest.clash",
            first=harmless_line(twins.first),
            second=harmless_line(twins.second),
            kind=twins.clash,
        )
