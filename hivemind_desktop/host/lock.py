"""One worker per state folder: a kernel lock, free again the moment its holder dies, however it dies.

By the standard library: the package filelock costs 2.8 MB for as long as the worker runs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path

from hivemind_desktop.errors import KnownError

_PID_WAIT_S = 1.0
"""The holder writes its pid right after it got the lock."""


class InstanceLock:
    """`with InstanceLock(state): ...`; the files `NAME.lock` and `NAME.pid` lie in `folder`. The lock file stays, it means nothing by itself."""

    def __init__(self, folder: Path, name: str = "worker") -> None:
        self._folder = folder
        self._pid_file = folder / f"{name}.pid"
        self._lock_file = folder / f"{name}.lock"
        self._held: int | None = None
        """The descriptor that the kernel's lock hangs on; no child process gets it."""

    def acquire(self) -> None:
        """Take the lock. Raises KnownError `instance.running` with the pid of its holder, or `state.unwritable`."""
        try:
            descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
            if not _lock(descriptor):
                os.close(descriptor)
                raise KnownError("instance.running", path=str(self._folder), pid=self._holder())
            self._held = descriptor
            self._pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:
            self._let_go()
            raise KnownError(
                "state.unwritable", path=str(self._folder), detail=error.strerror or str(error)
            ) from error

    def release(self) -> None:
        """Give it back; nothing happens when it is not held."""
        if self._held is not None:
            self._pid_file.unlink(missing_ok=True)
            self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

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


def _lock(descriptor: int) -> bool:
    """Take the kernel's lock of an open file; False when another holds it. Closing the file gives it back."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            return False
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
