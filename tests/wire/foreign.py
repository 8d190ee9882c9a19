"""Another account of this computer that took a port and keeps what it hears."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

NOBODY = 65534


class Thief:
    """`address`: HOST:PORT. `heard`: every byte of every connection."""

    def __init__(self, listening: socket.socket) -> None:
        self.address = f"127.0.0.1:{listening.getsockname()[1]}"
        self.heard = b""
        self.connections = 0
        self._listening = listening

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                # the greeting of an HTTP/2 server, so that a client goes on to send its headers
                connection.sendall(b"\0\0\0\4\0\0\0\0\0")
                connection.settimeout(0.5)
                try:
                    while data := connection.recv(65536):
                        self.heard += data
                except OSError:
                    pass


@contextmanager
def thief_on(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Thief]:
    """Root makes its socket as nobody; anybody else is told to be another one than the socket's owner."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        try:
            listening = socket.create_server(("127.0.0.1", port))
        finally:
            os.seteuid(0)
    else:
        listening = socket.create_server(("127.0.0.1", port))
        mine = os.geteuid()
        monkeypatch.setattr("hivemind_desktop.wire.listener.os.geteuid", lambda: mine + 1)
    thief = Thief(listening)
    thread = threading.Thread(target=thief.run)
    thread.start()
    try:
        yield thief
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
