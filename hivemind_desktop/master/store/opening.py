"""Opening the database: version checked first, a copy before a migration, a newer schema refused and untouched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.store.schema import metadata

Migration = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: Mapping[int, Migration] = {1: _first}
"""Version -> what brings the one before it to it."""


def upgrade(path: Path, migrations: Mapping[int, Migration] = MIGRATIONS) -> None:
    """Bring the database at `path` to the newest schema, making it when missing.

    Raises KnownError `master.newer_data` (nothing touched) or `master.broken_data`.
    """
    newest = max(migrations)
    try:
        found = _version(path)
        if found > newest:
            raise KnownError("master.newer_data", path=str(path), found=found, known=newest)
        if found == newest:
            return
        if found:
            _copy(path, path.with_name(f"{path.name}.v{found}"))
        engine = writing_engine(path)
        try:
            for version in range(found + 1, newest + 1):
                with engine.begin() as connection:
                    migrations[version](connection)
                    connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        finally:
            engine.dispose()
    except (sqlite3.DatabaseError, DBAPIError) as error:
        raise trouble(path, error) from error


def trouble(path: Path, error: sqlite3.DatabaseError | DBAPIError) -> KnownError:
    """What is wrong with the database at `path`, as the person is told."""
    raw = error.orig if isinstance(error, DBAPIError) else error
    if getattr(raw, "sqlite_errorcode", None) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return KnownError("master.data_unwritable", path=str(path), error=str(raw))
    return KnownError("master.broken_data", path=str(path), error=str(raw))


def writing_engine(path: Path) -> Engine:
    """One connection that commits to the disk (WAL, synchronous FULL), transactions begun by us alone so that schema changes roll back too."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connected(raw: sqlite3.Connection, _: object) -> None:
        raw.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = 1", "busy_timeout = 10000"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading_engine(path: Path) -> Engine:
    """Connections that cannot write; one for each thread that asks."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=10)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _version(path: Path) -> int:
    if not path.exists() or not path.stat().st_size:
        return 0
    raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        version: int = raw.execute("PRAGMA user_version").fetchone()[0]
        return version
    finally:
        raw.close()


def _copy(path: Path, to: Path) -> None:
    source, target = sqlite3.connect(path), sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
