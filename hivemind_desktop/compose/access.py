"""How this installation reaches its master: the credential to use now, made when there is none yet."""

from __future__ import annotations

import socket
import threading

from hivemind_desktop import __version__
from hivemind_desktop.contract.links import LinkKind, parse_link
from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.embedded import EmbeddedMaster
from hivemind_desktop.link.enrol import enrol
from hivemind_desktop.settings import parse_master_address
from hivemind_desktop.store.credentials import Credentials
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.ports import Hosted, Spawn

WAIT_S = 2.0
"""For the embedded master to listen, within one try of the link."""


class JoinedPool:
    """A pool that was joined: the credential lies in the installation. `resolve` may be called from any thread."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def open(self, spawn: Spawn) -> None:
        """Nothing to start."""

    def resolve(self) -> Credential:
        return self._credential

    def close(self, timeout_s: float) -> bool:
        return True


class OwnPool:
    """The embedded master: it is started with the worker's process and ends with it; the worker joins it like any other."""

    def __init__(self, master: EmbeddedMaster, credentials: Credentials, installation: str) -> None:
        self._master = master
        self._credentials = credentials
        self._installation = installation
        self._lock = threading.Lock()
        self._hosted: Hosted | None = None

    def open(self, spawn: Spawn) -> None:
        self._hosted = spawn("master", self._master)

    def resolve(self) -> Credential:
        """The credential for where the master listens now; enrols at the first time. Raises KnownError, told as LinkDown."""
        here = self._master.address(WAIT_S)
        pool_id = parse_link(here.join_link).pool_id
        with self._lock:
            known = self._credentials.of_pool(pool_id)
            if known is not None:
                return Credential(
                    here.address,
                    known.node_id,
                    known.token,
                    pool_id,
                    known.pool_name,
                    known.node_name,
                    own=True,
                )
            fresh = enrol_here(here.join_link, self._installation, own=True)
            self._credentials.save(fresh)
            return fresh

    def close(self, timeout_s: float) -> bool:
        return self._hosted is None or self._hosted.stop_and_wait(timeout_s)


def enrol_here(link: str, installation: str, *, own: bool = False) -> Credential:
    """Enrol this installation with the master of a join link. Raises as `link.enrol.enrol`."""
    return enrol(link, installation, socket.gethostname(), __version__, own=own)


def joined_credential(address: str, credentials: Credentials, installation: str) -> Credential:
    """The credential for a master's address or join link as settings give it; a link joins.

    Raises KnownError `link.join_first` (wrong usage) when this installation has not joined the pool there.
    """
    where = parse_master_address(address)
    if where.link is not None:
        if where.link.kind is not LinkKind.JOIN:
            raise KnownError("link.not_a_join_link", usage=True)
        known = credentials.of_pool(where.link.pool_id)
        if known is not None and known.address == where.link.address:
            return known
        fresh = enrol_here(address, installation)
        credentials.save(fresh)
        return fresh
    target = _plain(where.target)
    for known in reversed(credentials.all()):
        if _plain(known.address) == target:
            return known
    raise KnownError("link.join_first", usage=True, address=where.target)


def _plain(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"127.0.0.1:{port}" if host.lower() in ("localhost", "[::1]") else address.lower()
