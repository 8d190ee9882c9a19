"""docker-py over a unix socket with one pool of connections. Its own adapter keeps a pool per URL, so it never uses a connection twice,
holds up to 25 idle ones, and leaves a socket unclosed when connecting fails (docker 7.2.0, transport/unixconn.py)."""

from __future__ import annotations

import socket
from typing import Any

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool

ONE = "http+docker://localhost"
CONNECTIONS = 32
"""Kept when idle; more are made when more calls are under way."""


class _Connection(UnixHTTPConnection):
    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.unix_socket)
        except BaseException:
            connection.close()
            raise
        self.sock = connection


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> _Connection:  # type: ignore[override]
        return _Connection(self.base_url, self.socket_path, self.timeout)  # type: ignore[arg-type]


class OnePool(UnixHTTPAdapter):
    """Mount it for `http+docker://`."""

    def __init__(self, socket_path: str, timeout_s: float) -> None:
        super().__init__(f"http+unix://{socket_path}", int(timeout_s), 1, CONNECTIONS)
        self.pools[ONE] = _Pool(ONE, socket_path, int(timeout_s), maxsize=CONNECTIONS)

    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
        return super().get_connection(ONE, proxies)
