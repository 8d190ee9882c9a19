"""Where an engine may listen on this computer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hivemind_desktop.errors import KnownError


@dataclass(frozen=True, slots=True)
class Address:
    """`kind`: unix (path of a socket), npipe (path of a Windows pipe) or tcp (host:port)."""

    kind: str
    place: str

    @property
    def url(self) -> str:
        """As docker-py takes it."""
        return f"{self.kind}://{self.place}"


def parse(text: str) -> Address:
    """DOCKER_HOST or a bare path -> Address. Raises KnownError `engine.address` for what cannot be spoken to."""
    kind, separator, place = text.partition("://")
    if not separator and text.startswith("/"):
        return Address("unix", text)
    if separator and place and kind in ("unix", "npipe", "tcp"):
        return Address(kind, place.rstrip("/") if kind == "tcp" else place)
    raise KnownError("engine.address", address=text, usage=True)


def candidates(
    docker_host: str, environment: Mapping[str, str], home: str, uid: int | None, platform: str
) -> Iterator[Address]:
    """The addresses to try, best first: the setting alone where there is one, else DOCKER_HOST alone, else the usual places.

    `uid` is None on Windows; `platform` is sys.platform.
    """
    named = docker_host or environment.get("DOCKER_HOST", "")
    if named:
        yield parse(named)
        return
    if platform == "win32":
        yield Address("npipe", "//./pipe/docker_engine")
        yield Address("npipe", "//./pipe/dockerDesktopLinuxEngine")
        return
    yield Address("unix", "/var/run/docker.sock")
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime:
        yield Address("unix", f"{runtime}/docker.sock")
    if uid is not None:
        yield Address("unix", f"/run/user/{uid}/docker.sock")
    for below in (
        ".docker/run/docker.sock",
        ".docker/desktop/docker.sock",
        ".colima/default/docker.sock",
        ".rd/docker.sock",
    ):
        yield Address("unix", f"{home}/{below}")
