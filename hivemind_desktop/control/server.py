"""The worker's end of the control socket. One thread, sockets that never block: a slow or hostile client costs itself its connection, nobody else."""

from __future__ import annotations

import errno
import logging
import os
import queue
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hivemind_desktop.control.address import Listening, peer_uid
from hivemind_desktop.control.protocol import LineTooLong, pack, pack_error
from hivemind_desktop.control.session import Session
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.jsonview import to_json
from hivemind_desktop.worker.queries import Answer, Query

MAX_CLIENTS = 32
HELLO_S = 10.0
"""Seconds in which a client has to say hello."""
STALL_S = 30.0
"""Seconds in which a client has to take a byte of what waits for it."""
GOODBYE_S = 1.0
"""Seconds that `stop` gives clients to take their last answers."""

_log = logging.getLogger(__name__)


class ControlServer:
    """A `worker.ports.Loop`. `about` gives what `hello` and `status` tell beside the snapshot: program, pid, installation, log_file.

    `uids`: users let in besides this one and root.
    """

    def __init__(
        self,
        path: Path,
        port: Port,
        about: Callable[[], Mapping[str, Any]],
        *,
        uids: frozenset[int] = frozenset(),
        stall_s: float = STALL_S,
        hello_s: float = HELLO_S,
    ) -> None:
        """Listens when it returns. Raises KnownError as `address.Listening`."""
        self._listening = Listening(path)
        self._port = port
        self._about = about
        self._uids = uids | {os.geteuid(), 0}
        self._stall_s, self._hello_s = stall_s, hello_s
        self._sessions: set[Session] = set()
        self._answers: queue.SimpleQueue[tuple[Session, Any, Answer | None, Exception | None]] = (
            queue.SimpleQueue()
        )
        self._stopped = False
        self._deaf_until = 0.0
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening.socket, selectors.EVENT_READ)
        self._selector.register(self._ear, selectors.EVENT_READ)

    def run(self) -> None:
        unsubscribe = self._port.subscribe(self._hear)
        try:
            while not self._stopped:
                self._turn(self._next_deadline())
            self._say_goodbye()
        finally:
            unsubscribe()
            self._close()

    def stop(self) -> None:
        self._stopped = True
        self._wake()

    # ------------------------------------------------------------------ other threads

    def _hear(self, _: Change) -> None:
        self._wake()

    def _wake(self) -> None:
        # full: a wake is under way; closed: the server has ended
        with suppress(OSError):
            self._mouth.send(b"\0")

    def _ask_later(self, session: Session, call: Any, query: Query) -> None:
        def answered(answer: Answer | None, error: Exception | None) -> None:
            self._answers.put((session, call, answer, error))
            self._wake()

        self._port.ask_later(query, answered)

    # ------------------------------------------------------------------ the server's thread

    def _turn(self, wait_s: float | None) -> None:
        ready = self._selector.select(wait_s)
        now = time.monotonic()
        for key, events in ready:
            if key.fileobj is self._listening.socket:
                self._accept(now)
            elif key.fileobj is self._ear:
                with suppress(BlockingIOError):
                    self._ear.recv(4096)
            elif key.data in self._sessions and events & selectors.EVENT_READ:
                self._receive(key.data, now)
        self._answer_asked()
        if self._deaf_until and now >= self._deaf_until:
            self._deaf_until = 0.0
            self._selector.register(self._listening.socket, selectors.EVENT_READ)
        for session in list(self._sessions):
            self._serve(session, now)
            self._judge(session, now)

    def _next_deadline(self) -> float | None:
        times = [waiting.deadline for session in self._sessions for waiting in session.waiting]
        times += [
            session.stalled + self._stall_s for session in self._sessions if session.stalled is not None
        ]
        times += [session.born + self._hello_s for session in self._sessions if not session.greeted]
        if self._deaf_until:
            times.append(self._deaf_until)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _accept(self, now: float) -> None:
        try:
            client, _ = self._listening.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS):
                raise
            _log.error("no control connection can be taken for a second: %s", error)
            self._selector.unregister(self._listening.socket)
            self._deaf_until = now + 1.0
            return
        client.setblocking(False)
        try:
            uid = peer_uid(client)
        except OSError:
            client.close()
            return
        if uid not in self._uids:
            _log.warning("control: user %s was refused", uid)
            self._turn_away(client, KnownError("control.not_yours"))
        elif len(self._sessions) >= MAX_CLIENTS:
            _log.warning("control: more than %d clients", MAX_CLIENTS)
            self._turn_away(client, KnownError("control.too_many", limit=MAX_CLIENTS))
        else:
            session = Session(client, self._port, self._about, self._ask_later, born=now)
            self._sessions.add(session)
            self._selector.register(client, selectors.EVENT_READ, session)

    def _turn_away(self, client: socket.socket, error: KnownError) -> None:
        with client, suppress(OSError):
            client.send(pack({"call": None, "error": pack_error(error)}))

    def _receive(self, session: Session, now: float) -> None:
        try:
            data = session.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(session)
            return
        if session.ending:
            return
        try:
            for line in session.lines.feed(data):
                if not session.ending:
                    session.take(line, now)
        except LineTooLong:
            session.refuse(None, KnownError("control.line_too_long"))
            session.ending = True

    def _answer_asked(self) -> None:
        while True:
            try:
                session, call, answer, error = self._answers.get_nowait()
            except queue.Empty:
                return
            session.asking -= 1
            if isinstance(error, KnownError):
                session.refuse(call, error)
            elif error is not None or answer is None:
                # a bug, told by the port; the client must not wait for ever
                session.refuse(call, KnownError("control.bug", detail=type(error).__name__))
            else:
                session.answer(call, {"answer": to_json(answer)})

    def _serve(self, session: Session, now: float) -> None:
        """Tell what is new until the client has it all or takes no more: what came while it was busy has no wake of its own."""
        session.see(now)
        while session.out and session in self._sessions:
            self._send(session, now)
            if session.out:
                return
            session.see(now)

    def _send(self, session: Session, now: float) -> None:
        while session.out:
            try:
                sent = session.socket.send(bytes(session.out[:262144]))
            except BlockingIOError:
                session.stalled = now if session.stalled is None else session.stalled
                break
            except OSError:
                self._drop(session)
                return
            del session.out[:sent]
            session.stalled = None
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.out else 0)
        if self._selector.get_key(session.socket).events != wanted:
            self._selector.modify(session.socket, wanted, session)

    def _judge(self, session: Session, now: float) -> None:
        if session not in self._sessions:
            return
        if session.ending and not session.out:
            self._drop(session)
        elif session.overfull or (session.stalled is not None and now >= session.stalled + self._stall_s):
            _log.warning("control: a client took nothing for %d s and is dropped", self._stall_s)
            self._drop(session)
        elif not session.greeted and now >= session.born + self._hello_s:
            self._drop(session)

    def _drop(self, session: Session) -> None:
        self._sessions.discard(session)
        self._selector.unregister(session.socket)
        session.socket.close()

    def _say_goodbye(self) -> None:
        self._answer_asked()
        end = time.monotonic() + GOODBYE_S
        for session in list(self._sessions):
            session.see(time.monotonic(), last=True)
            self._send(session, time.monotonic())
        while (left := end - time.monotonic()) > 0 and any(session.out for session in self._sessions):
            for key, _ in self._selector.select(left):
                if isinstance(key.data, Session) and key.data in self._sessions:
                    self._send(key.data, time.monotonic())
                    if not key.data.out:
                        self._drop(key.data)

    def _close(self) -> None:
        for session in list(self._sessions):
            self._drop(session)
        self._listening.close()
        self._selector.close()
        self._ear.close()
        self._mouth.close()
