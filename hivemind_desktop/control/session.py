"""One client of the control socket: what it may say, what waits for it, how much of both it may pile up. Touched by the server's thread only."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hivemind_desktop.control.protocol import (
    MAX_ANSWER,
    MAX_REQUEST,
    MAX_WAIT_S,
    PLAIN_EVENTS,
    VERSION,
    Lines,
    number,
    pack,
    pack_change,
    pack_error,
    unpack,
    unpack_pause,
    unpack_query,
)
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.jsonview import Json, snapshot_to_json
from hivemind_desktop.worker.queries import Query

MAX_CALLS = 16
"""Calls of one client that wait for an answer."""


@dataclass(slots=True)
class Waiting:
    """A `since` that waits. `deadline`: monotonic seconds."""

    call: Any
    number: int
    deadline: float


@dataclass(slots=True, eq=False)
class Session:
    """`say_later(session, call, query)` asks the port; the answer comes back by `answer`. `about` is what hello and status tell of the process."""

    socket: socket.socket
    port: Port
    about: Callable[[], Mapping[str, Any]]
    ask_later: Callable[[Session, Any, Query], None]
    born: float
    lines: Lines = field(default_factory=lambda: Lines(MAX_REQUEST))
    out: bytearray = field(default_factory=bytearray)
    stalled: float | None = None
    """Monotonic seconds since which the client takes nothing of what waits for it."""
    greeted: bool = False
    subscribed: bool = False
    seen: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    asking: int = 0
    ending: bool = False
    """Nothing more is read; closed when `out` is empty."""

    def take(self, line: bytes, now: float) -> None:
        """Answer one line, now or later."""
        request = unpack(line)
        call = request.get("call") if request is not None else None
        try:
            if request is None or not isinstance(call, int | str):
                raise KnownError("control.bad_line")
            arguments = request.get("with", {})
            if not isinstance(arguments, dict):
                raise KnownError("control.bad_call", detail="with: expected an object")
            self._do(call, request.get("verb"), arguments, now)
        except KnownError as error:
            self.refuse(call, error)

    def answer(self, call: Any, ok: Json) -> None:
        self._say({"call": call, "ok": ok})

    def refuse(self, call: Any, error: KnownError) -> None:
        self._say({"call": call, "error": pack_error(error)})

    def see(self, now: float, *, last: bool = False) -> None:
        """There may be news: answer each `since` that it concerns or that waited long enough, and push to a subscriber that keeps up."""
        still = []
        for waiting in self.waiting:
            change = self.port.since(waiting.number, 0.0)
            if change is not None:
                self.answer(waiting.call, pack_change(change))
            elif last or now >= waiting.deadline:
                self.answer(waiting.call, {"snapshot": None, "parts": []})
            else:
                still.append(waiting)
        self.waiting = still
        if self.subscribed and (last or not self.out):
            change = self.port.since(self.seen, 0.0)
            if change is not None:
                self.seen = change.number
                self._say({"change": pack_change(change)})

    @property
    def overfull(self) -> bool:
        return len(self.out) > 2 * MAX_ANSWER

    def _do(self, call: Any, verb: Any, arguments: Json, now: float) -> None:
        if verb == "hello":
            self._hello(call, arguments)
            return
        if not self.greeted:
            raise KnownError("control.no_hello")
        if verb == "status":
            self.answer(call, {**snapshot_to_json(_newest(self.port)), **self.about()})
        elif verb == "since":
            self._room()
            wait_s = min(max(number(arguments, "timeout_s"), 0.0), MAX_WAIT_S)
            self.waiting.append(Waiting(call, int(number(arguments, "number")), now + wait_s))
            self.see(now)
        elif verb == "subscribe":
            newest = Change(_newest(self.port))
            self.subscribed, self.seen = True, newest.number
            self.answer(call, pack_change(newest))
        elif verb == "ask":
            self._room()
            query = unpack_query(arguments)
            self.asking += 1
            self.ask_later(self, call, query)
        elif verb == "pause":
            self.answer(call, self._accepted(self.port.post(unpack_pause(arguments))))
        elif isinstance(verb, str) and verb in PLAIN_EVENTS:
            self.answer(call, self._accepted(self.port.post(PLAIN_EVENTS[verb]())))
        else:
            raise KnownError("control.unknown_verb", verb=str(verb)[:40])

    def _hello(self, call: Any, arguments: Json) -> None:
        if (version := arguments.get("version")) != VERSION:
            self.ending = True
            raise KnownError("control.version", theirs=str(version)[:20], ours=VERSION)
        self.greeted = True
        self.answer(call, {"version": VERSION, **self.about()})

    def _room(self) -> None:
        if len(self.waiting) + self.asking >= MAX_CALLS:
            raise KnownError("control.too_many_calls", limit=MAX_CALLS)

    def _accepted(self, number: int) -> Json:
        return {"accepted": True, "number": number}

    def _say(self, message: Json) -> None:
        self.out += pack(message)


def _newest(port: Port) -> Any:
    try:
        return port.snapshot()
    except LookupError:
        raise KnownError("control.starting") from None
