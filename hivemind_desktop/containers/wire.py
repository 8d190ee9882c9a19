"""The engine's API by the standard library alone: for the idle check and the clean-up, which must not load the docker module."""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hivemind_desktop.containers.address import Address
from hivemind_desktop.errors import KnownError


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"null")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _PipeSocket:
    """A Windows named pipe as far as http.client needs a socket. It has no time-out of its own."""

    def __init__(self, path: str) -> None:
        self._file = open(path.replace("/", "\\"), "r+b", buffering=0)  # noqa: SIM115 (closed by its reader)

    def sendall(self, data: bytes) -> None:
        self._file.write(data)

    def makefile(self, mode: str, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self._file)

    def close(self) -> None:
        """The file is closed by its reader."""


class _PipeConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = _PipeSocket(self._path)


def request(
    address: Address, method: str, path: str, query: Mapping[str, str] | None = None, timeout_s: float = 5.0
) -> Reply:
    """One request without a body. Raises KnownError engine.absent, stopped, no_permission, silent or broken; a status is not an error."""
    target = path
    if query:
        target += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    connection = _connection(address, timeout_s)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, body)
    except (OSError, http.client.HTTPException) as error:
        raise fault(address, error) from error
    finally:
        connection.close()


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


def _connection(address: Address, timeout_s: float) -> http.client.HTTPConnection:
    if address.kind == "unix":
        if sys.platform == "win32":
            raise KnownError("engine.address", address=address.url, usage=True)
        return _UnixConnection(address.place, timeout_s)
    if address.kind == "npipe":
        return _PipeConnection(address.place, timeout_s)
    host, _, port = address.place.partition(":")
    return http.client.HTTPConnection(host, int(port or "2375"), timeout=timeout_s)
