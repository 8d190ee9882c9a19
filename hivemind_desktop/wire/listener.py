"""Before a token goes to a port of this computer: the one who listens there is this user or root.

Any account may take a port that a master left; what it then hears must not be somebody's token. Off Linux, or where the kernel
does not tell, nothing is known and nothing is refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hivemind_desktop.contract.links import BrokenLink, split_address
from hivemind_desktop.contract.listening import uids_listening
from hivemind_desktop.errors import KnownError

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def check_listener(address: str) -> None:
    """`address`: HOST:PORT. Nobody listening is no trouble here: the call will say so. Raises KnownError `link.foreign_port`."""
    if sys.platform != "linux":
        return
    try:
        host, port = split_address(address)
        found = uids_listening(*map(_text, TABLES), host, port)
    except (BrokenLink, ValueError):
        return  # no address of this computer
    for uid in sorted(found - {0, os.geteuid()}):
        raise KnownError("link.foreign_port", address=address, user=_name(uid))


def _text(table: Path) -> str:
    try:
        return table.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""  # no IPv6, or a sandbox without the table


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
