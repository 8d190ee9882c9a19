"""The folder name of an attempt, `TASK-EPOCH.N`, and back. A task's id comes from outside and must not lead anywhere else."""

from __future__ import annotations

import re

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError

_NAME = re.compile(
    r"(?P<task>[A-Za-z0-9_][A-Za-z0-9_-]{0,63})-(?P<epoch>[1-9][0-9]{0,9})\.(?P<n>[1-9][0-9]{0,9})"
)


def folder_name(attempt: AttemptKey) -> str:
    """Raises KnownError `outbox.bad_id` when the master's id is not made of letters, digits, `_` and `-` (64 at most)."""
    name = f"{attempt.task_id}-{attempt.number}"
    if parse_folder_name(name) != attempt:
        raise KnownError("outbox.bad_id", task_id=attempt.task_id[:80])
    return name


def parse_folder_name(name: str) -> AttemptKey | None:
    """The attempt whose folder has this name; None for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return AttemptKey(found["task"], int(found["epoch"]), int(found["n"]))
