"""One SQLite file in WAL mode: one writer behind a lock, readers on read-only connections, a schema version, numbered migrations.

What the world did to the file (full, locked, torn, newer, not permitted) is told as KnownError; the file is never cut or emptied.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from hivemind_desktop.errors import KnownError
from hivemind_desktop.store.durable import free_name, sync_file, sync_folder

LOCK_WAIT_S = 5.0
_NEARLY_FULL = 256 * 1024
"""Bytes. SQLite reports a full disk at its shared-memory file as an I/O error."""


class Database:
    """`scripts[n]` brings the schema from version n to n + 1. `full`: each commit is on the disk when it returns."""

    def __init__(
        self, path: Path, scripts: Sequence[str], *, full: bool, lock_wait_s: float = LOCK_WAIT_S
    ) -> None:
        """Open or make it, migrated. Raises KnownError `store.newer`, `store.torn`, `store.locked`, `store.no_access`, `disk.full`."""
        self.path = path
        self._wait_s = lock_wait_s
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with told(path):
            if path.exists():
                with closing(self._connect("ro")) as reader:
                    _refuse_newer(path, _version(reader), len(scripts))
            self._writer = self._connect("rwc")
        try:
            with told(path):
                path.chmod(0o600)
                self._writer.execute("PRAGMA journal_mode = WAL")
                self._writer.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
                if full:
                    self._writer.execute("PRAGMA fullfsync = 1")
                    self._writer.execute("PRAGMA checkpoint_fullfsync = 1")
                self._migrate(scripts)
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the one writer: all of it, or nothing when an exception leaves. Raises KnownError as above."""
        with self._lock, told(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection of its own: never waits for the writer. Raises KnownError as above."""
        with told(self.path), closing(self._connect("ro")) as reader:
            yield reader

    def check(self) -> None:
        """Read the whole file. Raises KnownError `store.torn` when a page of it is damaged."""
        with self._lock, told(self.path):
            for (line,) in self._writer.execute("PRAGMA quick_check(1)"):
                if line != "ok":
                    raise KnownError("store.torn", path=str(self.path), detail=str(line)[:200])

    def close(self) -> None:
        with self._lock:
            self._writer.close()

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
        )

    def _migrate(self, scripts: Sequence[str]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            version = _version(self._writer)
            _refuse_newer(self.path, version, len(scripts))
            if 0 < version < len(scripts):
                self._copy(version)
            for number in range(version, len(scripts)):
                for statement in _statements(scripts[number]):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA user_version = {number + 1}")
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def _copy(self, version: int) -> None:
        copy = free_name(self.path.with_name(f"{self.path.name}.v{version}"))
        beside = copy.with_name(copy.name + ".new")
        beside.unlink(missing_ok=True)
        with closing(self._connect("ro")) as reader, closing(sqlite3.connect(beside)) as target:
            reader.backup(target)
        sync_file(beside)
        beside.rename(copy)
        sync_folder(copy.parent)


def set_aside(path: Path, folder: Path) -> Path:
    """Move a database that cannot be read, with its -wal and -shm, into `folder`; returns where it lies now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = free_name(folder / path.name)
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(target.with_name(target.name + ending))
    sync_folder(folder)
    return target


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the world into KnownError; misuse of SQL stays a bug."""
    try:
        yield
    except sqlite3.Error as error:
        known = _known(path, error)
        if known is None:
            raise
        raise known from error


def _known(path: Path, error: sqlite3.Error) -> KnownError | None:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    detail = str(error)[:200]
    if primary == sqlite3.SQLITE_FULL:
        return KnownError("disk.full", path=str(path))
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return KnownError("store.locked", path=str(path))
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return KnownError("store.torn", path=str(path), detail=detail)
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        try:
            free = shutil.disk_usage(path.parent).free
        except OSError:
            free = _NEARLY_FULL
        if free < _NEARLY_FULL:
            return KnownError("disk.full", path=str(path))
        return KnownError("store.no_access", path=str(path), detail=detail)
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return KnownError("store.no_access", path=str(path), detail=detail)
    return None


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_newer(path: Path, found: int, known: int) -> None:
    if found > known:
        raise KnownError("store.newer", path=str(path), found=found, known=known)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; executescript would commit the migration's transaction before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError(f"a migration ends in the middle of a statement: {statement.strip()[:80]!r}")
