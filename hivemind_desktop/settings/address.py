"""A master's address as a person may write it (design, section 2). Pure: nothing is resolved or asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hivemind_desktop.errors import KnownError

_HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_HOST_PORT = re.compile(_HOST + r":(?P<port>\d{1,5})", re.ASCII)
_URL = re.compile(r"(?P<scheme>https?)://" + _HOST + r"(?::(?P<port>\d{1,5}))?/?", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r"hivemind://(?P<kind>join|submit)\?\S+", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1", re.ASCII | re.IGNORECASE)


class AddressKind(StrEnum):
    DIRECT = "direct"
    JOIN_LINK = "join"
    SUBMIT_LINK = "submit"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` and `port` are empty for a link: `contract/links.py` reads what it says."""

    kind: AddressKind
    text: str
    host: str = ""
    port: int = 0
    tls: bool = False

    @property
    def target(self) -> str:
        """HOST:PORT as gRPC wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for localhost, 127.x.x.x and ::1, by their text."""
    return _LOOPBACK.fullmatch(host.strip("[]")) is not None


def parse_master_address(text: str) -> Address:
    """`HOST:PORT` (TLS beyond loopback), `https://HOST[:PORT]`, `http://` on loopback only, or a link.

    Raises KnownError `address.wrong`, or `address.http_beyond_loopback`; both are wrong usage.
    """
    text = text.strip()
    if link := _LINK.fullmatch(text):
        return Address(AddressKind(link["kind"]), text)
    if match := _HOST_PORT.fullmatch(text):
        host = match["host"].strip("[]")
        return _checked(Address(AddressKind.DIRECT, text, host, int(match["port"]), tls=not is_loopback(host)))
    if match := _URL.fullmatch(text):
        host, secure = match["host"].strip("[]"), match["scheme"].lower() == "https"
        if not secure and not is_loopback(host):
            raise KnownError("address.http_beyond_loopback", usage=True, address=text)
        port = int(match["port"]) if match["port"] else (443 if secure else 80)
        return _checked(Address(AddressKind.DIRECT, text, host, port, tls=secure))
    raise KnownError("address.wrong", usage=True, address=text)


def _checked(address: Address) -> Address:
    if not 1 <= address.port <= 65535:
        raise KnownError("address.wrong", usage=True, address=address.text)
    return address
