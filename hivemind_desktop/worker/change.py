"""What a reader of the feed gets: the newest snapshot and the names of the parts that differ from what it saw before."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hivemind_desktop.worker.snapshot import Snapshot

ALL_PARTS = frozenset(field.name for field in fields(Snapshot)) - {"number"}
"""Names of the snapshot's fields."""


@dataclass(frozen=True, slots=True)
class Change:
    """`parts`: the fields of the snapshot that are new; all of them for a reader that missed too much."""

    snapshot: Snapshot
    parts: frozenset[str] = ALL_PARTS

    @property
    def number(self) -> int:
        return self.snapshot.number


def changed_parts(old: Snapshot, new: Snapshot) -> frozenset[str]:
    """The names of the fields that differ, without `number`."""
    return frozenset(name for name in ALL_PARTS if getattr(old, name) != getattr(new, name))
