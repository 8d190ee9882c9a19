"""Writes settings back: comments kept, never half a file (temp, fsync, re-read and compare, rename), readable by the owner only."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings.file import is_seed_form, read_text, torn
from hivemind_desktop.settings.kinds import Plain, Value
from hivemind_desktop.settings.table import BY_KEY

HEADER = "# Settings of HiveMind; all there are: hivemind-desktop config list\n"


def save(path: Path, changes: Mapping[str, Value | None]) -> None:
    """Set each key of `changes` in the file at `path`; None takes it out, so that its default holds again.

    Everything else in the file stays as it is, comments included. Raises KnownError: `settings.torn` (a file that cannot be read is
    never overwritten), `settings.unwritable`, `settings.seed_file` (KEY=value lines cannot hold this setting), `settings.not_kept`.
    """
    from filelock import FileLock

    path = path.resolve()
    plain = {key: None if value is None else BY_KEY[key].kind.write(value) for key, value in changes.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=10, mode=0o600):
            text = read_text(path) or HEADER
            new = (
                _changed_seed(path, text, changes) if is_seed_form(text) else _changed_toml(path, text, plain)
            )
            if new != text or not path.exists():
                replace_file(path, new.encode())
    except OSError as error:
        raise KnownError(
            "settings.unwritable", path=str(path), detail=error.strerror or str(error)
        ) from error


def _changed_toml(path: Path, text: str, plain: Mapping[str, Plain | None]) -> str:
    import tomlkit
    from tomlkit.items import Table

    try:
        wanted = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnownError("settings.torn", usage=True, **torn(path, text, error).fields) from error
    document = tomlkit.parse(text)
    for key, value in plain.items():
        table_name, _, name = key.rpartition(".")
        _set(wanted, table_name, name, value)
        if value is None:
            holder = document.get(table_name) if table_name else document
            if isinstance(holder, Table | tomlkit.TOMLDocument):
                holder.pop(name, None)
        elif not table_name:
            document[name] = value
        else:
            holder = document.get(table_name)
            if not isinstance(holder, Table):
                if holder is not None:
                    raise KnownError("settings.not_kept", path=str(path), key=key)
                holder = tomlkit.table()
                document[table_name] = holder
            holder[name] = value
        env = BY_KEY[key].env
        if env in wanted:
            del wanted[env], document[env]
    new = tomlkit.dumps(document)
    if tomllib.loads(new) != wanted:
        # tomlkit loses keys after a dotted key turned into a table (python-poetry/tomlkit #543, #588): the file stays as it was
        raise KnownError("settings.not_kept", path=str(path), key=next(iter(plain)))
    return new


def _set(document: dict[str, object], table_name: str, name: str, value: Plain | None) -> None:
    holder = document.get(table_name, {}) if table_name else document
    if not isinstance(holder, dict):
        return
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value
        if table_name:
            document[table_name] = holder


def _changed_seed(path: Path, text: str, changes: Mapping[str, Value | None]) -> str:
    lines = text.splitlines()
    for key, value in changes.items():
        row = BY_KEY[key]
        if not row.env:
            raise KnownError("settings.seed_file", path=str(path), key=key)
        at = [
            i for i, line in enumerate(lines) if line.removeprefix("export ").split("=")[0].strip() == row.env
        ]
        for i in reversed(at):
            del lines[i]
        if value is not None:
            lines.insert(at[0] if at else len(lines), f"{row.env}={row.kind.show(value)}")
    return "\n".join(lines) + "\n"


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` (0600) so that a crash leaves the old file or the new one, whole. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if Path(name).read_bytes() != content:
            raise OSError(f"{name}: what was written cannot be read back")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
