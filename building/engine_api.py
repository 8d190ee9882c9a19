"""The Docker engine spoken to over its socket with http.client: a ping and an image question cost milliseconds and no package."""

import contextlib
import http.client
import json
import os
import socket
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from building.say import BuildError

DEFAULT_SOCKET = "/var/run/docker.sock"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


@dataclass(frozen=True, slots=True)
class Engine:
    """Where an engine listens: the path of a socket, or host and port."""

    unix: str | None = None
    host: str = ""
    port: int = 2375

    def __str__(self) -> str:
        return f"unix://{self.unix}" if self.unix else f"tcp://{self.host}:{self.port}"

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: bytes | BinaryIO | None, headers: dict[str, str], timeout: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = (
            _UnixConnection(self.unix, timeout)
            if self.unix
            else http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, headers, encode_chunked=False)
            with connection.getresponse() as response:
                yield response

    def ping(self, timeout: float = 3.0) -> bool:
        """Whether an engine answers here. Raises PermissionError where its socket is not for this user."""
        try:
            with self._asked("GET", "/_ping", None, {}, timeout) as response:
                return response.status == 200
        except PermissionError:
            raise
        except (OSError, http.client.HTTPException):
            return False

    def image(self, name: str) -> dict[str, Any] | None:
        """What the engine knows of an image (the answer of `inspect`); None where it has none of that name."""
        path = f"/images/{urllib.parse.quote(name, safe='/:')}/json"
        with self._asked("GET", path, None, {}, 30.0) as response:
            answer = json.load(response)
            if response.status == 404:
                return None
            if response.status != 200:
                raise BuildError(f"the engine says of image {name}: {answer.get('message', response.status)}")
            return dict(answer)

    def version(self) -> str:
        """The engine's own name and version, e.g. `Docker Engine 20.10.24`."""
        with self._asked("GET", "/version", None, {}, 30.0) as response:
            answer = json.load(response)
        return f"{answer.get('Platform', {}).get('Name') or 'Docker Engine'} {answer['Version']}"

    def post(self, path: str, query: dict[str, str], timeout: float = 60.0) -> None:
        """POST a call whose answer says nothing more than that it was done. Raises BuildError with the engine's words."""
        with self._asked("POST", f"{path}?{urllib.parse.urlencode(query)}", None, {}, timeout) as response:
            body = response.read()
            if response.status >= 400:
                raise BuildError(_message(body))

    def stream(
        self,
        path: str,
        query: dict[str, str],
        body: bytes | BinaryIO | None = None,
        size: int | None = None,
        timeout: float = 600.0,
    ) -> Iterator[str]:
        """POST a call that answers with lines of JSON; yields their texts.

        `size` is the length of a body that is a file; `timeout` the seconds that may pass between two lines.
        Raises BuildError with the engine's own words.
        """
        headers = {"Content-Type": "application/x-tar"} if body is not None else {}
        if size is not None:
            headers["Content-Length"] = str(size)
        with self._asked(
            "POST", f"{path}?{urllib.parse.urlencode(query)}", body, headers, timeout
        ) as response:
            if response.status >= 400:
                raise BuildError(_message(response.read()))
            try:
                for text in response:
                    yield from _texts(text)
            except TimeoutError:
                raise BuildError(f"the engine said nothing for {timeout:.0f} s") from None


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()


def _texts(text: bytes) -> Iterator[str]:
    if not text.strip():
        return
    record = json.loads(text)
    if "error" in record:
        raise BuildError(str(record["error"]).strip())
    said = str(record.get("stream") or record.get("status") or "").strip()
    if said:
        yield f"{record['id']}: {said}" if "id" in record else said


def candidates() -> list[Engine]:
    """Where an engine may listen: DOCKER_HOST alone if set, else the usual sockets.

    Raises BuildError for a DOCKER_HOST that is neither a socket nor plain tcp.
    """
    named = os.environ.get("DOCKER_HOST", "")
    if named:
        url = urllib.parse.urlsplit(named)
        if url.scheme == "unix":
            return [Engine(unix=url.path)]
        if url.scheme in ("tcp", "http") and url.hostname and not os.environ.get("DOCKER_TLS_VERIFY"):
            return [Engine(host=url.hostname, port=url.port or 2375)]
        raise BuildError(f"DOCKER_HOST is {named}: build.py speaks to unix:// and plain tcp:// engines only")
    if sys.platform == "win32":
        return []
    sockets = [Path(DEFAULT_SOCKET), Path.home() / ".docker" / "run" / "docker.sock"]
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        sockets.append(Path(runtime) / "docker.sock")
    return [Engine(unix=str(path)) for path in sockets if path.exists()]


def answering() -> Engine | None:
    """The first engine that answers. Raises BuildError where one is there but not for this user."""
    refused = None
    for engine in candidates():
        try:
            if engine.ping():
                return engine
        except PermissionError:
            refused = engine
    if refused:
        raise BuildError(
            f"{refused} is not for this user: sudo usermod -aG docker $USER, log in again, then run this again"
        )
    return None
