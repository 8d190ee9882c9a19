"""An attempt: one try of a task on one worker, (epoch, n), written EPOCH.N."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class AttemptKey:
    """`n` grows with each try of a task, `epoch` with each restore of the master from a backup."""

    task_id: str
    epoch: int
    n: int

    @property
    def number(self) -> str:
        """EPOCH.N, as JSON, folders and logs show it."""
        return f"{self.epoch}.{self.n}"

    def __str__(self) -> str:
        return f"{self.task_id}/{self.number}"


def parse_number(text: str) -> tuple[int | None, int]:
    """`EPOCH.N` -> (epoch, n); a bare `N` -> (None, n), N of the newest epoch. Raises ValueError."""
    epoch, dot, n = text.rpartition(".")
    if dot:
        return _natural(epoch), _natural(n)
    return None, _natural(n)


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"expected a number from 1, got {text!r}")
    return int(text)
