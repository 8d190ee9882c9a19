"""The lines both ends speak (docs/control.md): one JSON object a line, UTF-8, bounded. Pure.

Request {"call", "verb", "with"}, answer {"call", "ok"} or {"call", "error"}, and after `subscribe` {"change"} whenever it pleases the server.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.change import ALL_PARTS, Change
from hivemind_desktop.worker.events import (
    DrainAsked,
    PauseAsked,
    QuitAsked,
    ResumeAsked,
    ShowAsked,
    StartAsked,
    StopAsked,
)
from hivemind_desktop.worker.front import OwnerEvent
from hivemind_desktop.worker.jsonview import Json, from_json, snapshot_from_json, snapshot_to_json, to_json
from hivemind_desktop.worker.queries import (
    AskFile,
    AskFiles,
    AskHistory,
    AskLog,
    AskSettings,
    AskTotals,
    Query,
)

VERSION = 1
MAX_REQUEST = 64 * 1024
"""Bytes of one line to the worker."""
MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one line from the worker."""
MAX_WAIT_S = 3600.0
"""Seconds that one `since` waits at most."""

QUERIES: Mapping[str, type[Query]] = {
    "history": AskHistory,
    "totals": AskTotals,
    "log": AskLog,
    "files": AskFiles,
    "file": AskFile,
    "settings": AskSettings,
}
PLAIN_EVENTS: Mapping[
    str, type[ResumeAsked | StartAsked | StopAsked | DrainAsked | ShowAsked | QuitAsked]
] = {
    "resume": ResumeAsked,
    "start": StartAsked,
    "stop": StopAsked,
    "drain": DrainAsked,
    "show": ShowAsked,
    "quit": QuitAsked,
}


class LineTooLong(Exception):
    """More than the agreed bytes without an end of line: nothing after it can be trusted."""


class Lines:
    """Bytes cut anywhere in, whole lines out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Each complete line without its end. Raises LineTooLong."""
        searched = len(self._rest)
        self._rest += data
        while (end := self._rest.find(b"\n", searched)) >= 0:
            if end > self._limit:
                raise LineTooLong
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            searched = 0
            yield line
        if len(self._rest) > self._limit:
            raise LineTooLong


def pack(message: Json) -> bytes:
    """One line. Text that no encoding has (half of a surrogate pair) passes as an escape."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def unpack(line: bytes) -> Json | None:
    """The object of a line; None when it is not one JSON object."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def pack_error(error: KnownError) -> Json:
    return {"code": error.code, "fields": dict(error.fields), "usage": error.usage}


def unpack_error(told: Any) -> KnownError:
    """The KnownError that `pack_error` wrote; `control.bad_answer` for anything else."""
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        return KnownError("control.bad_answer")
    fields = told.get("fields")
    kept = {
        str(name): value
        for name, value in (fields.items() if isinstance(fields, dict) else ())
        if isinstance(value, str | int | float) and name not in ("code", "usage")
    }
    return KnownError(told["code"], usage=told.get("usage") is True, **kept)


def pack_change(change: Change) -> Json:
    return {"snapshot": snapshot_to_json(change.snapshot), "parts": sorted(change.parts)}


def unpack_change(told: Mapping[str, Any]) -> Change:
    """Raises jsonview.BadJson, KeyError, TypeError."""
    return Change(snapshot_from_json(told["snapshot"]), frozenset(told["parts"]) & ALL_PARTS)


def pack_event(event: OwnerEvent) -> tuple[str, Json]:
    """(verb, with) that asks for it. Raises TypeError for an event that no front-end may post."""
    if isinstance(event, PauseAsked):
        return "pause", {"seconds": event.seconds}
    for verb, kind in PLAIN_EVENTS.items():
        if isinstance(event, kind):
            return verb, {}
    raise TypeError(f"a front-end may not post {type(event).__name__}")


def unpack_pause(arguments: Mapping[str, Any]) -> PauseAsked:
    """Raises KnownError `control.bad_call`."""
    seconds = arguments.get("seconds")
    if seconds is not None:
        seconds = number(arguments, "seconds")
        if seconds <= 0:
            raise KnownError("control.bad_call", detail="seconds: expected more than 0")
    return PauseAsked(seconds)


def pack_query(query: Query) -> Json:
    name = next(name for name, kind in QUERIES.items() if isinstance(query, kind))
    return {"query": name, "fields": to_json(query)}


def unpack_query(arguments: Mapping[str, Any]) -> Query:
    """Raises KnownError `control.bad_call`."""
    name = arguments.get("query")
    kind = QUERIES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise KnownError("control.bad_call", detail=f"query: expected one of {', '.join(QUERIES)}")
    try:
        query = from_json(kind, arguments.get("fields", {}))
        # half of a surrogate pair passes JSON, and no disk or database takes it
        json.dumps(to_json(query), ensure_ascii=False).encode()
        return query
    except ValueError as error:
        raise KnownError("control.bad_call", detail=str(error)[:200]) from error


def number(arguments: Mapping[str, Any], name: str) -> float:
    """A finite number among the arguments. Raises KnownError `control.bad_call`."""
    value = arguments.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            if math.isfinite(value):
                return float(value)
        except OverflowError:
            pass
    raise KnownError("control.bad_call", detail=f"{name}: expected a number")
