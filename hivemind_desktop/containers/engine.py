"""The engine of this computer: found, asked, and its faults told apart. The docker module is loaded by `client` alone."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from hivemind_desktop.containers import wire
from hivemind_desktop.containers.address import Address
from hivemind_desktop.containers.facts import Facts, read
from hivemind_desktop.errors import KnownError

if TYPE_CHECKING:
    from docker import APIClient

OLDEST_API = (1, 41)
"""Engine 20.10: the seed's minimum."""
ANSWER_S = 3.0
CALL_S = 60.0


class Engine:
    """Shared by all runs, from any thread."""

    def __init__(self, candidates: Iterable[Address]) -> None:
        self._candidates = tuple(candidates)
        self._lock = threading.Lock()
        self._address: Address | None = None
        self._facts: Facts | None = None
        self._client: APIClient | None = None

    @property
    def address(self) -> Address:
        """The one that answered last; asks when none has. Raises as `answer`."""
        if self._address is None:
            self.answer()
        assert self._address is not None
        return self._address

    def answer(self) -> str:
        """Ask the candidates and return the version of the first that answers.

        Raises KnownError engine.absent, stopped, no_permission, silent, broken, too_old or windows: the first fault that is not
        a missing socket.
        """
        first: KnownError | None = None
        for address in self._candidates:
            try:
                version = _greet(address)
            except KnownError as error:
                if first is None or (first.code == "engine.absent" and error.code != "engine.absent"):
                    first = error
                continue
            with self._lock:
                if address != self._address:
                    self._forget_client()
                    self._address, self._facts = address, None
            return version
        raise first or KnownError("engine.absent", address="")

    def facts(self) -> Facts:
        """Asked once per engine. Raises as `answer`, and engine.broken."""
        with self._lock:
            if self._facts is not None:
                return self._facts
        address = self.address
        version = wire.request(address, "GET", "/version", timeout_s=ANSWER_S).json()
        info = wire.request(address, "GET", "/info", timeout_s=CALL_S)
        if info.status != 200:
            raise KnownError(
                "engine.broken", address=address.place, detail=info.body.decode("utf-8", "replace").strip()
            )
        facts = read(info.json(), str(version.get("Version", "")), str(version.get("ApiVersion", "1.41")))
        with self._lock:
            self._facts = facts
        return facts

    def note_ignored(self, limits: frozenset[str]) -> None:
        """This engine discards these limits."""
        with self._lock:
            if self._facts is not None:
                self._facts = replace(self._facts, ignored=self._facts.ignored | limits)

    def client(self) -> APIClient:
        """The shared client; the first call loads the docker module (about 0.2 s)."""
        facts = self.facts()
        with self._lock:
            if self._client is None:
                self._client = self.new_client(facts, CALL_S)
            return self._client

    def close(self) -> None:
        """Close idle connections; the next call opens new ones."""
        with self._lock:
            self._forget_client()

    def _forget_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def new_client(self, facts: Facts, timeout_s: float) -> APIClient:
        """A client of its own, for calls that may be silent for `timeout_s`."""
        from docker import APIClient
        from docker.constants import DEFAULT_DOCKER_API_VERSION

        api = min(facts.api, DEFAULT_DOCKER_API_VERSION, key=_numbers)
        address = self.address
        client = APIClient(base_url=address.url, version=api, timeout=int(timeout_s), max_pool_size=32)
        if address.kind == "unix":
            from hivemind_desktop.containers.transport import OnePool

            client.mount("http+docker://", OnePool(address.place, timeout_s))
        return client


def _greet(address: Address) -> str:
    """The engine's version, from the answer to GET /_ping alone."""
    ping = wire.request(address, "GET", "/_ping", timeout_s=ANSWER_S)
    if ping.status != 200:
        raise KnownError("engine.broken", address=address.place, detail=f"HTTP {ping.status}")
    api = ping.headers.get("api-version", "")
    if not api or _numbers(api) < OLDEST_API:
        raise KnownError("engine.too_old", address=address.place, api=api or "?", needed="1.41")
    if ping.headers.get("ostype", "linux") != "linux":
        raise KnownError("engine.windows", address=address.place)
    return ping.headers.get("server", "").partition(" ")[0].partition("/")[2] or f"API {api}"


def _numbers(api: str) -> tuple[int, ...]:
    return tuple(int(part) for part in api.split(".") if part.isdigit())
