"""A master's address as a person may write it (design, section 2). Pure: nothing is resolved or asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hivemind_desktop.contract.links import BrokenLink, MasterLink, is_link, parse_link, split_address
from hivemind_desktop.errors import KnownError

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?P<port>:\d+)?/?",
    re.ASCII | re.IGNORECASE,
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a master answers. `host` is without brackets; `link` is set when a link was given."""

    host: str
    port: int
    tls: bool
    link: MasterLink | None = None

    @property
    def target(self) -> str:
        """HOST:PORT as gRPC wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for localhost, 127.x.x.x and ::1, by their text."""
    return _LOOPBACK.fullmatch(host.strip("[]")) is not None


def parse_master_address(text: str) -> Address:
    """`HOST:PORT` (TLS beyond loopback), `https://HOST[:PORT]`, `http://` on loopback only, or a link.

    Raises KnownError `address.wrong`, `address.broken_link` or `address.http_beyond_loopback`; all are wrong usage.
    """
    text = text.strip()
    try:
        if is_link(text):
            link = parse_link(text)
            host, port = split_address(link.address)
            return Address(host, port, not is_loopback(host), link)
        if url := _URL.fullmatch(text):
            scheme = url["scheme"].lower()
            host, port = split_address(url["host"] + (url["port"] or _DEFAULT_PORTS[scheme]))
            if scheme == "http" and not is_loopback(host):
                raise KnownError("address.http_beyond_loopback", usage=True, address=text)
            return Address(host, port, scheme == "https")
        host, port = split_address(text)
    except BrokenLink as broken:
        code = "address.broken_link" if is_link(text) else "address.wrong"
        raise KnownError(code, usage=True, address=_without_token(text)) from broken
    return Address(host, port, not is_loopback(host))


def _without_token(text: str) -> str:
    """A link as it may be shown: what comes behind the question mark is secret."""
    return text.partition("?")[0]
