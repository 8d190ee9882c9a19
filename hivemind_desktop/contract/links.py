"""Links: what a person is given to enrol a worker (join) or to submit tasks (submit). Parameters nobody knows are ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlencode, urlsplit

SCHEME = "hivemind"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}")
_POOL = re.compile(r"[A-Za-z0-9-]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}")


class LinkKind(StrEnum):
    JOIN = "join"
    SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class MasterLink:
    """`address` is HOST:PORT (IPv6 in brackets); `token` a join token or a sender's token."""

    kind: LinkKind
    address: str
    token: str
    pool_id: str


class BrokenLink(ValueError):
    """The text is not a link of ours; the message names the part that is wrong."""


def is_link(text: str) -> bool:
    """Whether the text means to be a link of ours, well made or not."""
    return text.strip().lower().startswith(f"{SCHEME}:")


def format_link(link: MasterLink) -> str:
    """`hivemind://join?a=HOST:PORT&t=TOKEN&p=POOLID`."""
    query = urlencode({"a": link.address, "t": link.token, "p": link.pool_id}, safe=":[]")
    return f"{SCHEME}://{link.kind}?{query}"


def parse_link(text: str) -> MasterLink:
    """The link in `text` (spaces round it ignored). Raises BrokenLink."""
    text = text.strip()
    if not is_link(text) or len(text) > 4096:
        raise BrokenLink("scheme")
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query, strict_parsing=True, max_num_fields=20)
    except ValueError as broken:
        raise BrokenLink("form") from broken
    try:
        # a browser may put a slash behind the kind
        kind = LinkKind(parts.netloc or parts.path.strip("/"))
    except ValueError as broken:
        raise BrokenLink("kind") from broken
    address = _one(query, "a")
    split_address(address)
    token, pool_id = _one(query, "t"), _one(query, "p")
    if not _TOKEN.fullmatch(token):
        raise BrokenLink("t")
    if not _POOL.fullmatch(pool_id):
        raise BrokenLink("p")
    return MasterLink(kind, address, token, pool_id)


def split_address(address: str) -> tuple[str, int]:
    """`HOST:PORT` or `[IPV6]:PORT` -> (host without brackets, port 1..65535). Raises BrokenLink."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port[:6]) <= 65535:
        raise BrokenLink("a")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if not re.fullmatch(r"[0-9A-Fa-f:.]{2,45}", host):
            raise BrokenLink("a")
    elif not _NAME.fullmatch(host):
        raise BrokenLink("a")
    return host, int(port)


def _one(query: dict[str, list[str]], name: str) -> str:
    values = query.get(name, [])
    if len(values) != 1:
        raise BrokenLink(name)
    return values[0]
