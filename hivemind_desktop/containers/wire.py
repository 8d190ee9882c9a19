"""The engine's API by plain sockets: for the idle check and the clean-up, which must not load the docker module.

HTTP/1.0, so that an answer is never in chunks and ends with its connection; http.client with its e-mail parser would cost an idle worker 1 MB.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from hivemind_desktop.containers.address import Address
from hivemind_desktop.errors import KnownError

MAX_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"null")


def request(
    address: Address, method: str, path: str, query: Mapping[str, str] | None = None, timeout_s: float = 5.0
) -> Reply:
    """One request without a body. Raises KnownError engine.absent, stopped, no_permission, silent or broken; a status is not an error."""
    target = path
    if query:
        target += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    try:
        with _connected(address, timeout_s) as stream:
            stream.write(f"{method} {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("ascii"))
            stream.flush()
            return _read(stream)
    except (OSError, ValueError) as error:
        raise fault(address, error) from error


def _read(stream: BinaryIO) -> Reply:
    """Raises ValueError for what is no HTTP answer."""
    version, _, rest = stream.readline(MAX_LINE).decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("the answer is not HTTP")
    status = int(rest.partition(" ")[0])
    headers = {}
    while line := stream.readline(MAX_LINE).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = 0 if status == 204 else int(headers.get("content-length", "-1"))
    body = stream.read(length) if length != 0 else b""
    if len(body) < length:
        raise ValueError("the answer broke off")
    return Reply(status, headers, body)


def fault(address: Address, error: Exception) -> KnownError:
    """What a failed connection means."""
    if isinstance(error, FileNotFoundError):
        return KnownError("engine.absent", address=address.place)
    if isinstance(error, ConnectionRefusedError):
        return KnownError("engine.stopped", address=address.place)
    if isinstance(error, PermissionError):
        return KnownError("engine.no_permission", address=address.place)
    if isinstance(error, TimeoutError):
        return KnownError("engine.silent", address=address.place)
    return KnownError("engine.broken", address=address.place, detail=str(error) or type(error).__name__)


@contextlib.contextmanager
def _connected(address: Address, timeout_s: float) -> Iterator[BinaryIO]:
    """A stream to write to and read from. A Windows pipe has no time-out of its own."""
    if address.kind == "npipe":
        with open(address.place.replace("/", "\\"), "r+b", buffering=0) as pipe:
            yield cast("BinaryIO", io.BufferedRWPair(pipe, pipe))
        return
    with contextlib.closing(_socket(address, timeout_s)) as connection, connection.makefile("rwb") as stream:
        yield cast("BinaryIO", stream)


def _socket(address: Address, timeout_s: float) -> socket.socket:
    if address.kind == "tcp":
        host, _, port = address.place.partition(":")
        return socket.create_connection((host, int(port or "2375")), timeout_s)
    if sys.platform == "win32":
        raise KnownError("engine.address", address=address.url, usage=True)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect(address.place)
    except OSError:
        connection.close()
        raise
    return connection
