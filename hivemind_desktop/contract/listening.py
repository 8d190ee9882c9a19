"""Whose socket listens on a port of this computer, read from the text of Linux' /proc/net/tcp and tcp6. Pure: who reads the files is elsewhere."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_LISTEN = "0A"
_V4_ANY = ipaddress.IPv4Address(0)
_V6_ANY = ipaddress.IPv6Address(0)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Listener:
    """`address` is what it is bound to, `uid` the owner of the socket."""

    address: Address
    port: int
    uid: int


def parse_listeners(text: str, byteorder: str = sys.byteorder) -> Iterator[Listener]:
    """The listening sockets of /proc/net/tcp or tcp6 (proc(5)): addresses are words of 32 bits as the processor holds them (`byteorder`).

    A line that is no such line is passed over.
    """
    for line in text.splitlines():
        columns = line.split()
        if len(columns) < 8 or columns[3] != _LISTEN:
            continue
        host, _, port = columns[1].partition(":")
        try:
            yield Listener(_address(host, byteorder), int(port, 16), int(columns[7]))
        except ValueError:
            continue


def uids_listening(
    tcp: str, tcp6: str, host: str, port: int, byteorder: str = sys.byteorder
) -> frozenset[int]:
    """Owners of the sockets that a connection to `host` (an address of this computer, or localhost) may reach; empty when none listens.

    Of several the kernel takes the one bound most exactly, so those bound to any address count only without it.
    """
    there = [one for text in (tcp, tcp6) for one in parse_listeners(text, byteorder) if one.port == port]
    found: set[int] = set()
    for wanted in _addresses(host):
        for candidates in _by_precedence(wanted):
            uids = {one.uid for one in there if one.address in candidates}
            if uids:
                found |= uids
                break
    return frozenset(found)


def _addresses(host: str) -> tuple[Address, ...]:
    """Raises ValueError when it is neither localhost nor an address."""
    if host.lower() == "localhost":
        return ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1")
    return (ipaddress.ip_address(host),)


def _by_precedence(wanted: Address) -> tuple[tuple[Address, ...], ...]:
    if isinstance(wanted, ipaddress.IPv6Address):
        mapped = wanted.ipv4_mapped
        return ((wanted,), (_V6_ANY,)) if mapped is None else _by_precedence(mapped)
    exact = (wanted, ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + wanted.packed))
    return exact, (_V4_ANY,), (_V6_ANY,)


def _address(text: str, byteorder: str) -> Address:
    if len(text) not in (8, 32) or byteorder not in ("little", "big"):
        raise ValueError(text)
    words = [bytes.fromhex(text[at : at + 8]) for at in range(0, len(text), 8)]
    packed = b"".join(word[::-1] if byteorder == "little" else word for word in words)
    return ipaddress.ip_address(packed)
