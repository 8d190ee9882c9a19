"""credentials.json: which node this installation is in which pool, and its token there. 0600, replaced whole, never logged."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.durable import write_whole
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.jsonview import BadJson, from_json, to_json

LOCK_WAIT_S = 10.0

_log = logging.getLogger(__name__)


class Credentials:
    """Any thread and process. Every method raises KnownError `credentials.unreadable`; the writing ones also `disk.full`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> tuple[Credential, ...]:
        """In the order of joining."""
        try:
            data = json.loads(self._path.read_bytes())
            found = tuple(from_json(Credential, entry) for entry in data["pools"])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError, BadJson, RecursionError) as error:
            # the error's text could quote the file: only its kind is told
            raise KnownError(
                "credentials.unreadable", path=str(self._path), detail=type(error).__name__
            ) from None
        self._tighten()
        return found

    def of_pool(self, pool_id: str) -> Credential | None:
        return next((entry for entry in self.all() if entry.pool_id == pool_id), None)

    def of_address(self, address: str) -> Credential | None:
        """The newest with this address, compared as written."""
        return next((entry for entry in reversed(self.all()) if entry.address == address), None)

    def save(self, credential: Credential) -> None:
        """Add it, or replace the pool's; durable when it returns."""
        with self._locked():
            others = [entry for entry in self.all() if entry.pool_id != credential.pool_id]
            self._write([*others, credential])

    def forget(self, pool_id: str) -> bool:
        """Whether it was there."""
        with self._locked():
            every = self.all()
            left = [entry for entry in every if entry.pool_id != pool_id]
            if len(left) == len(every):
                return False
            self._write(left)
        return True

    def _write(self, entries: list[Credential]) -> None:
        told = json.dumps({"pools": [to_json(entry) for entry in entries]}, indent=2, ensure_ascii=False)
        write_whole(self._path, told.encode() + b"\n", mode=0o600)

    def _tighten(self) -> None:
        if sys.platform != "win32" and self._path.stat().st_mode & 0o077:
            _log.warning("%s could be read by others; it is closed to them now", self._path)
            self._path.chmod(0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(f"{self._path}.lock", timeout=LOCK_WAIT_S, mode=0o600):
                yield
        except Timeout:
            raise KnownError("store.locked", path=str(self._path)) from None
