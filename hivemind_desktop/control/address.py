"""The socket's place: a folder that is ours alone, a kernel lock that says who lives, and who is at the other end."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from hivemind_desktop.errors import KnownError

BACKLOG = 16
_MAC_SOL_LOCAL, _MAC_LOCAL_PEERCRED = 0, 1
"""<sys/un.h>: struct xucred begins with a version and the uid, 4 bytes each."""


def require_sockets() -> None:
    """Raises KnownError `control.no_windows` where the named pipe is not built yet."""
    if sys.platform == "win32":
        raise KnownError("control.no_windows")


class Listening:
    """A listening socket at `path` (0600), held until `close`. The kernel's lock on the file beside it tells the living from the dead; both files go at `close`."""

    def __init__(self, path: Path) -> None:
        """Raises KnownError `control.in_use`, `control.unsafe_folder`, `control.path_taken`, `control.path_too_long`, `control.no_socket`."""
        require_sockets()
        self.path = path
        try:
            _require_ours(path.parent)
            self._lock = _take_lock(path)
            try:
                self.socket = _bind(path)
                self._inode = os.lstat(path).st_ino
            except BaseException:
                self._lock.close()
                raise
        except OSError as error:
            code = "control.path_too_long" if "too long" in str(error) else "control.no_socket"
            raise KnownError(code, path=str(path), detail=error.strerror or str(error)) from error

    def close(self) -> None:
        """Remove the socket (only when it is still ours) and the lock's file, then let the lock go."""
        self.socket.close()
        with suppress(FileNotFoundError):
            if os.lstat(self.path).st_ino == self._inode:
                self.path.unlink()
        with suppress(FileNotFoundError):
            if _is_at(self._lock, _lock_path(self.path)):
                _lock_path(self.path).unlink()
        self._lock.close()


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end, by the kernel's word; None where the system does not tell: then nobody is let in."""
    uid: int | None = None
    if sys.platform == "linux":
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _, uid, _ = struct.unpack("3i", told)
    elif sys.platform == "darwin":
        told = connection.getsockopt(_MAC_SOL_LOCAL, _MAC_LOCAL_PEERCRED, 128)
        _, uid = struct.unpack_from("=II", told)
    return uid


def _require_ours(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise KnownError("control.unsafe_folder", path=str(folder))


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _is_at(lock: IO[str], path: Path) -> bool:
    """The open file is the one at `path`. Raises FileNotFoundError when nothing is there."""
    return os.path.samestat(os.fstat(lock.fileno()), os.lstat(path))


def _take_lock(path: Path) -> IO[str]:
    while True:
        lock = _lock_once(path)
        with suppress(FileNotFoundError):
            if _is_at(lock, _lock_path(path)):
                lock.truncate(0)
                lock.write(f"{os.getpid()}\n")
                lock.flush()
                return lock
        lock.close()  # its last holder removed the file between our opening and locking it


def _lock_once(path: Path) -> IO[str]:
    import fcntl

    handle = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    lock = os.fdopen(handle, "r+", encoding="ascii", errors="replace")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = lock.read(20).strip()
        lock.close()
        raise KnownError("control.in_use", path=str(path), pid=pid or "?") from None
    return lock


def _bind(path: Path) -> socket.socket:
    if os.path.lexists(path):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise KnownError("control.path_taken", path=str(path))
        _refuse_living(path)
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.bind(os.fspath(path))
        # the folder is ours alone, so nobody came in between
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _refuse_living(path: Path) -> None:
    """A socket whose lock is free but which answers belongs to another program: it is not ours to take."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except TimeoutError:
            pass
    raise KnownError("control.in_use", path=str(path), pid="?")
