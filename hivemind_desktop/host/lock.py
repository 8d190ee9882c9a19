"""One worker per state folder: a kernel lock, free again the moment its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from hivemind_desktop.errors import KnownError

_PID_WAIT_S = 1.0
"""The holder writes its pid right after it got the lock."""


class InstanceLock:
    """`with InstanceLock(state): ...`; the files `NAME.lock` and `NAME.pid` lie in `folder`. The lock file stays, it means nothing by itself."""

    def __init__(self, folder: Path, name: str = "worker") -> None:
        from filelock import FileLock

        self._folder = folder
        self._pid_file = folder / f"{name}.pid"
        self._lock = FileLock(folder / f"{name}.lock", mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock. Raises KnownError `instance.running` with the pid of its holder, or `state.unwritable`."""
        from filelock import Timeout

        try:
            self._lock.acquire(blocking=False)
            self._pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        except Timeout:
            raise KnownError("instance.running", path=str(self._folder), pid=self._holder()) from None
        except OSError as error:
            raise KnownError(
                "state.unwritable", path=str(self._folder), detail=error.strerror or str(error)
            ) from error

    def release(self) -> None:
        """Give it back; nothing happens when it is not held."""
        if self._lock.is_locked:
            self._pid_file.unlink(missing_ok=True)
            self._lock.release()

    def _holder(self) -> str:
        """Pid of the other program, `?` when it has not told it."""
        until = time.monotonic() + _PID_WAIT_S
        while True:
            with contextlib.suppress(OSError):
                if text := self._pid_file.read_text(encoding="ascii", errors="replace").strip():
                    return text
            if time.monotonic() > until:
                return "?"
            time.sleep(0.02)

    def __enter__(self) -> InstanceLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
