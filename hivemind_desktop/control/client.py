"""A front-end's end of the control socket: `worker.front.Port` for a worker in another process. Every call has a deadline."""

from __future__ import annotations

import itertools
import os
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from hivemind_desktop.control.address import peer_uid, require_sockets
from hivemind_desktop.control.protocol import (
    MAX_ANSWER,
    VERSION,
    Lines,
    LineTooLong,
    pack,
    pack_event,
    pack_query,
    unpack,
    unpack_change,
    unpack_error,
)
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.front import Answered, OwnerEvent
from hivemind_desktop.worker.jsonview import Json, from_json, snapshot_from_json
from hivemind_desktop.worker.queries import ANSWERS, Answer, Query
from hivemind_desktop.worker.snapshot import Snapshot

CALL_S = 10.0
"""Seconds in which a worker answers."""

T = TypeVar("T")

_Told = Callable[[Json | None, KnownError | None], None]


class RemotePort:
    """Connected and greeted when made; then a `worker.ports.Loop` whose `run` reads: calls are answered only while it runs.

    Callbacks come on the loop's thread: they must not block and not call this port.
    """

    def __init__(
        self, path: Path, *, call_s: float = CALL_S, on_lost: Callable[[], None] | None = None
    ) -> None:
        """Raises KnownError `control.no_worker`, `control.not_yours`, `control.no_answer`, `control.version`, `control.no_windows`."""
        require_sockets()
        self._path = path
        self._call_s = call_s
        self._on_lost = on_lost
        self._numbers = itertools.count(1)
        self._sending = threading.Lock()
        self._guard = threading.Lock()
        self._pending: dict[int, _Told] = {}
        self._subscribers: dict[object, Callable[[Change], None]] = {}
        self._subscribed = False
        self._lost = False
        self._stopped = False
        self._lines = Lines(MAX_ANSWER)
        self._socket = _connect(path, call_s)
        try:
            self.about = self._greet()
        except BaseException:
            self._socket.close()
            raise
        self._ear, self._mouth = socket.socketpair()

    # ------------------------------------------------------------------ the loop

    def run(self) -> None:
        selector = selectors.DefaultSelector()
        try:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._ear, selectors.EVENT_READ)
            while not self._stopped:
                for key, _ in selector.select():
                    if key.fileobj is self._socket and not self._receive():
                        return
        finally:
            self._end()
            selector.close()

    def stop(self) -> None:
        self._stopped = True
        with suppress(OSError):
            self._mouth.send(b"\0")

    # ------------------------------------------------------------------ worker.front.Port

    def snapshot(self) -> Snapshot:
        return self._decode(snapshot_from_json, self.status())

    def status(self) -> Json:
        """The snapshot as JSON with what the process tells of itself (log_file, pid, version): what `status --json` prints."""
        return self.call("status")

    def since(self, number: int, timeout_s: float) -> Change | None:
        told = self.call("since", number=number, timeout_s=timeout_s, wait_s=timeout_s + self._call_s)
        return None if told.get("snapshot") is None else self._decode(unpack_change, told)

    def post(self, event: OwnerEvent) -> int:
        verb, arguments = pack_event(event)
        return self._decode(lambda told: int(told["number"]), self.call(verb, **arguments))

    def ask(self, query: Query) -> Answer:
        return self._answer(query, self.call("ask", **pack_query(query)))

    def ask_later(self, query: Query, answered: Answered) -> None:
        def told(ok: Json | None, error: KnownError | None) -> None:
            if ok is None:
                answered(None, error)
                return
            try:
                answer = self._answer(query, ok)
            except KnownError as bad:
                answered(None, bad)
            else:
                answered(answer, None)

        try:
            self._send("ask", pack_query(query), told)
        except KnownError as error:
            answered(None, error)

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        key = object()
        with self._guard:
            self._subscribers[key] = callback
            first, self._subscribed = not self._subscribed, True
        if first:
            try:
                self.call("subscribe")
            except KnownError:
                with self._guard:
                    self._subscribers.pop(key, None)
                    self._subscribed = False
                raise

        def unsubscribe() -> None:
            with self._guard:
                self._subscribers.pop(key, None)

        return unsubscribe

    def call(self, verb: str, *, wait_s: float | None = None, **arguments: Any) -> Json:
        """One verb, answered within `wait_s` seconds. Raises KnownError `control.lost`, `control.no_answer`, and what the worker says."""
        answers: queue.SimpleQueue[tuple[Json | None, KnownError | None]] = queue.SimpleQueue()
        number = self._send(verb, arguments, lambda ok, error: answers.put((ok, error)))
        seconds = self._call_s if wait_s is None else wait_s
        try:
            ok, error = answers.get(timeout=seconds)
        except queue.Empty:
            with self._guard:
                self._pending.pop(number, None)
            raise KnownError("control.no_answer", path=str(self._path), seconds=round(seconds)) from None
        if ok is None:
            raise error if error is not None else KnownError("control.bad_answer")
        return ok

    # ------------------------------------------------------------------ inside

    def _greet(self) -> Json:
        self._write(pack({"call": 0, "verb": "hello", "with": {"version": VERSION}}))
        while True:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise KnownError(
                    "control.no_answer", path=str(self._path), seconds=round(self._call_s)
                ) from None
            except OSError:
                data = b""
            if not data:
                raise KnownError("control.no_worker", path=str(self._path))
            for line in self._take(data):
                message = unpack(line) or {}
                if "error" in message:
                    raise unpack_error(message["error"])
                if isinstance(message.get("ok"), dict):
                    told: Json = message["ok"]
                    return told

    def _send(self, verb: str, arguments: Json, told: _Told) -> int:
        number = next(self._numbers)
        with self._guard:
            if self._lost:
                raise KnownError("control.lost", path=str(self._path))
            self._pending[number] = told
        try:
            self._write(pack({"call": number, "verb": verb, "with": arguments}))
        except KnownError:
            with self._guard:
                known = self._pending.pop(number, None)
            if known is not None:
                raise
        return number

    def _write(self, line: bytes) -> None:
        try:
            with self._sending:
                self._socket.sendall(line)
        except OSError as error:
            raise KnownError("control.lost", path=str(self._path)) from error

    def _receive(self) -> bool:
        try:
            data = self._socket.recv(262144)
        except TimeoutError:
            return True
        except OSError:
            return False
        if not data:
            return False
        try:
            for line in self._take(data):
                self._handle(unpack(line))
        except KnownError:
            return False
        return True

    def _take(self, data: bytes) -> Iterator[bytes]:
        try:
            yield from self._lines.feed(data)
        except LineTooLong:
            raise KnownError("control.bad_answer") from None

    def _handle(self, message: Json | None) -> None:
        if message is None:
            raise KnownError("control.bad_answer")
        if "change" in message:
            change = self._decode(unpack_change, message["change"])
            with self._guard:
                subscribers = list(self._subscribers.values())
            for callback in subscribers:
                callback(change)
            return
        number = message.get("call")
        with self._guard:
            told = self._pending.pop(number, None) if isinstance(number, int) else None
        if told is None:
            return
        ok = message.get("ok")
        if isinstance(ok, dict):
            told(ok, None)
        else:
            told(None, unpack_error(message.get("error")))

    def _end(self) -> None:
        with self._guard:
            self._lost = True
            pending, self._pending = list(self._pending.values()), {}
        for end in (self._socket, self._ear, self._mouth):
            end.close()
        for told in pending:
            told(None, KnownError("control.lost", path=str(self._path)))
        if self._on_lost is not None and not self._stopped:
            self._on_lost()

    def _answer(self, query: Query, told: Json) -> Answer:
        return self._decode(lambda ok: from_json(ANSWERS[type(query)], ok["answer"]), told)

    def _decode(self, read: Callable[[Json], T], told: Json) -> T:
        try:
            return read(told)
        except (ValueError, KeyError, TypeError) as error:
            raise KnownError("control.bad_answer", detail=str(error)[:200]) from error


@contextmanager
def connected(path: Path, *, call_s: float = CALL_S) -> Iterator[RemotePort]:
    """A RemotePort that reads on a thread of its own, for a command that asks a few things and ends. Raises as RemotePort."""
    port = RemotePort(path, call_s=call_s)
    thread = threading.Thread(target=port.run, name="control", daemon=True)
    thread.start()
    try:
        yield port
    finally:
        port.stop()
        thread.join()


def _connect(path: Path, wait_s: float) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(wait_s)
        client.connect(os.fspath(path))
        # under /tmp somebody else could have been first: what we say goes to ourselves or root only
        if os.geteuid() != 0 and peer_uid(client) not in (os.geteuid(), 0):
            raise KnownError("control.not_yours", path=str(path))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        client.close()
        raise KnownError("control.no_worker", path=str(path)) from None
    except PermissionError:
        client.close()
        raise KnownError("control.not_yours", path=str(path)) from None
    except OSError as error:
        client.close()
        code = "control.no_answer" if isinstance(error, TimeoutError) else "control.no_worker"
        raise KnownError(code, path=str(path), seconds=round(wait_s), detail=str(error)) from error
    except BaseException:
        client.close()
        raise
    return client
