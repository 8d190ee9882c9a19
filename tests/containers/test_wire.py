"""The engine's API by plain sockets: whole answers, and what is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from building import engine_api
from hivemind_desktop.containers import wire
from hivemind_desktop.containers.address import Address, parse
from hivemind_desktop.errors import KnownError


@contextmanager
def answering(folder: Path, answer: bytes) -> Iterator[Address]:
    """A server that reads a request and says these bytes, once."""
    path = folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Address("unix", str(path))
        finally:
            thread.join()


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK and more", 200, b"OK"),
        (b"HTTP/1.1 404 Not Found\r\n\r\nto the end", 404, b"to the end"),
        (b"HTTP/1.0 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    ],
)
def test_an_answer_is_read_whole(tmp_path: Path, answer: bytes, status: int, body: bytes) -> None:
    with answering(tmp_path, answer) as address:
        reply = wire.request(address, "GET", "/_ping")
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.0 many OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nshort",
    ],
)
def test_what_is_no_answer_is_a_broken_engine(tmp_path: Path, answer: bytes) -> None:
    with answering(tmp_path, answer) as address, pytest.raises(KnownError) as caught:
        wire.request(address, "GET", "/_ping")
    assert caught.value.code == "engine.broken"


def test_a_long_answer_of_the_real_engine(engine: engine_api.Engine) -> None:
    told = wire.request(parse(str(engine)), "GET", "/info").json()
    assert told["NCPU"] >= 1
