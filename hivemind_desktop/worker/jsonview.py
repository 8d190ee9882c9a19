"""Records <-> JSON-able dicts, both ways. Pure.

An object that names an attempt begins with `task_id` and writes the attempt as "EPOCH.N"; no key is called `id`.
Reading ignores unknown keys and takes defaults for missing ones, so that an older program can read a newer one.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from hivemind_desktop.contract.attempt import AttemptKey, parse_number
from hivemind_desktop.worker.snapshot import Snapshot

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

Json = dict[str, Any]

KEYS: dict[tuple[type, str], str] = {(Snapshot, "engine_version"): "engine", (Snapshot, "allowed"): "limits"}
"""Names that differ in JSON; all others are the field's own."""


MAX_NUMBER = 2**32 - 1
"""Of an epoch or an n, as on the wire."""


class BadJson(ValueError):
    """The JSON does not describe the record that was asked for; says where."""


def snapshot_to_json(snapshot: Snapshot) -> Json:
    """What `status --json` prints, less what only the process knows (log_file, version)."""
    return to_json(snapshot)


def snapshot_from_json(data: Mapping[str, Any]) -> Snapshot:
    """The snapshot that `snapshot_to_json` wrote. Raises BadJson."""
    return from_json(Snapshot, data)


def to_json(record: DataclassInstance) -> Json:
    """A dataclass as a dict: tuples become lists, enums their text, bytes base64, an attempt `task_id` and `attempt`."""
    told: Json = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, AttemptKey):
            told = {"task_id": value.task_id, **told, "attempt": value.number}
        else:
            told[KEYS.get((type(record), field.name), field.name)] = _told(value)
    return told


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """The record of type `kind` that `to_json` wrote. Raises BadJson on a missing key or a value of another type."""
    if not isinstance(data, Mapping):
        raise BadJson(f"{kind.__name__}: expected an object, got {type(data).__name__}")
    found: Json = {}
    known: Any = kind
    for field, hint in _fields(known):
        key = KEYS.get((kind, field.name), field.name)
        where = f"{kind.__name__}.{key}"
        if hint is AttemptKey:
            found[field.name] = _attempt(data, where)
        elif key in data:
            found[field.name] = _read(hint, data[key], where)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise BadJson(f"{where} is missing")
    return kind(**found)


def _told(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [_told(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _told(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(value)
    return value


@cache
def _fields(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in fields(kind))


def _attempt(data: Mapping[str, Any], where: str) -> AttemptKey:
    task_id, number = data.get("task_id"), data.get("attempt")
    if not isinstance(task_id, str) or not isinstance(number, str):
        raise BadJson(f"{where}: expected task_id and attempt")
    try:
        epoch, n = parse_number(number)
    except ValueError as error:
        raise BadJson(f"{where}: {error}") from error
    if epoch is None or max(epoch, n) > MAX_NUMBER:
        raise BadJson(f"{where}: expected EPOCH.N, got {number[:40]!r}")
    return AttemptKey(task_id, epoch, n)


def _read(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
        return _read(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong("a list", value, where)
        return tuple(_read(get_args(hint)[0], item, f"{where}[{at}]") for at, item in enumerate(value))
    if origin is not None:
        if not isinstance(value, Mapping):
            raise _wrong("an object", value, where)
        return {str(key): _read(get_args(hint)[1], item, f"{where}.{key}") for key, item in value.items()}
    if is_dataclass(hint):
        return from_json(hint, value) if isinstance(hint, type) else value
    if issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError as error:
            raise BadJson(f"{where}: {error}") from error
    return _plain(hint, value, where)


def _plain(hint: type, value: Any, where: str) -> Any:
    if hint is bytes:
        if not isinstance(value, str):
            raise _wrong("base64 text", value, where)
        try:
            return base64.b64decode(value, validate=True)
        except ValueError as error:
            raise BadJson(f"{where}: {error}") from error
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise BadJson(f"{where}: {error}") from error
    if not isinstance(value, hint) or (hint in (int, float) and isinstance(value, bool)):
        raise _wrong(hint.__name__, value, where)
    return value


def _wrong(expected: str, value: Any, where: str) -> BadJson:
    return BadJson(f"{where}: expected {expected}, got {type(value).__name__}")
