"""The run table on disk: run id -> attempt is there, synced, before a container gets its work, and goes last."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey

RECORD = "run.json"
ENDED = "ended.json"
"""How a run ended whose result is not in the outbox yet (outcome.py)."""
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RunRecord:
    run_id: str
    attempt: AttemptKey | None
    """None where a crash tore the record."""
    folder: Path


class Runs:
    """`folder`/<run id>/ for each run; 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, run_id: str, attempt: AttemptKey) -> Path:
        """The run's folder with its record; durable once `keep` returns. Raises OSError, and leaves nothing then."""
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"not a run id: {run_id!r}")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / run_id
        path.mkdir(mode=0o700)
        text = json.dumps(
            {"run_id": run_id, "task_id": attempt.task_id, "epoch": attempt.epoch, "n": attempt.n}
        )
        try:
            _write_new(path / RECORD, text.encode())
        except OSError:
            (path / RECORD).unlink(missing_ok=True)
            path.rmdir()
            raise
        return path

    def keep(self, path: Path) -> None:
        """Sync the record of `make`, before the container is made."""
        descriptor = os.open(path / RECORD, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync(path)
        _sync(self._folder)

    def all(self) -> Iterator[RunRecord]:
        """Every run whose folder is there."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                yield RunRecord(path.name, _attempt(path / RECORD), path)

    def drop(self, folder: Path) -> None:
        """Remove a run's folder once nothing else is in it."""
        for name in (ENDED, RECORD):
            (folder / name).unlink(missing_ok=True)
        for left in ("disk",):
            if (folder / left).is_dir():
                for inside in (folder / left).iterdir():
                    inside.rmdir()
                (folder / left).rmdir()
        folder.rmdir()


def _attempt(path: Path) -> AttemptKey | None:
    try:
        told = json.loads(path.read_bytes())
        return AttemptKey(str(told["task_id"]), int(told["epoch"]), int(told["n"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
