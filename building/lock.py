"""One build.py at a time prepares this user's machine and clones; the next one waits and says for whom."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from building.places import user_cache
from building.say import EVERY, line

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> bool:
        file.seek(1 << 20)  # a byte nobody reads: Windows locks also keep readers out
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _holder(path: Path) -> str:
    return path.read_text("utf-8").strip() or "another build.py"


@contextlib.contextmanager
def held(purpose: str, path: Path | None = None) -> Iterator[None]:
    """Hold the lock; while another process has it, say so every few seconds. It is free when its holder dies."""
    path = path or user_cache() / "build.lock"
    with path.open("a+", encoding="utf-8") as file:
        began = time.monotonic()
        said = -EVERY
        while not _take(file):
            waited = time.monotonic() - began
            if waited - said >= EVERY:
                line(
                    f"[waiting {waited:.0f} s] {_holder(path)} is preparing this machine; this one goes on after it"
                )
                said = waited
            time.sleep(0.2)
        file.seek(0)
        file.truncate()
        file.write(f"build.py {purpose} (process {os.getpid()})")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
