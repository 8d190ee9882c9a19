"""The program `hivemind-master serve`: lock, store, master.json, port, until a signal, the end of standard input, or a full disk."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from hivemind_desktop.contract.links import BrokenLink, split_address
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.access import Access, forget_access, read_access, write_access
from hivemind_desktop.master.ids import new_token
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.server import Master, is_loopback, open_master
from hivemind_desktop.master.services.admin import make_invite

log = logging.getLogger("hivemind_desktop.master")

DEFAULT_ADDRESS = "127.0.0.1:50051"
EMBEDDED_INVITE_S = 24 * 3600.0
_ANY_PORT = 0


@dataclass(frozen=True, slots=True)
class ServeOrder:
    """`listen` empty: the default address. `embedded`: speak JSON on stdout, end with stdin."""

    state: Path
    data: Path
    listen: str = ""
    embedded: bool = False
    rules: Rules = field(default_factory=Rules)


def check_listen(listen: str) -> str:
    """HOST:PORT (port 0: any free one) of this computer only. Raises KnownError `master.bad_address`, `master.loopback_only`."""
    try:
        host, _, port = listen.rpartition(":")
        split_address(f"{host}:{port if port != '0' else '1'}")
        if not is_loopback(f"{host}:1"):
            raise KnownError("master.loopback_only", usage=True, address=harmless_line(listen))
    except BrokenLink:
        raise KnownError("master.bad_address", usage=True, address=harmless_line(listen)) from None
    return listen


def serve(order: ServeOrder) -> None:
    """Run until told to end. Raises KnownError when it cannot begin or cannot go on."""
    listen = check_listen(order.listen or DEFAULT_ADDRESS)
    for folder in (order.state, order.data):
        _check_owner(folder)
    with _lock(order.data):
        asyncio.run(_serve(order, listen))


async def _serve(order: ServeOrder, listen: str) -> None:
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    if order.embedded:
        _stop_with_stdin(stopping)
    before = _access_before(order.state)
    # a new one each time: while no master ran, anybody may have listened on its port
    access_token = new_token()
    master = await open_master(order.data, access_token, rules=order.rules)
    try:
        address = await _listen(order, listen, master, before, access_token)
        await _tell(order, master, address)
        stop, fail = asyncio.create_task(stopping.wait()), asyncio.create_task(master.failed.wait())
        await asyncio.wait((stop, fail), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        fail.cancel()
        log.info("ending")
    finally:
        forget_access(order.state, access_token)
        await master.stop()
    if master.failed.is_set():
        raise KnownError("master.store_failed", path=str(order.data))


def _access_before(state: Path) -> Access | None:
    try:
        return read_access(state)
    except KnownError as error:
        log.warning("%s is written anew", error)
        return None


async def _listen(order: ServeOrder, listen: str, master: Master, before: Access | None, token: str) -> str:
    """Write master.json, then bind: who finds the port open finds the file complete."""
    host, _, wanted = listen.rpartition(":")
    port = _probe(host, int(wanted), or_any=order.embedded and not order.listen)
    address = f"{host}:{port}"
    pool = master.core.pool
    write_access(order.state, Access(address, token, pool.pool_id, pool.name))
    try:
        await master.start(address)
    except KnownError:
        # somebody took the port between the probe and now; what the file said before may still be true
        if before is not None:
            write_access(order.state, before)
        raise
    return address


def _probe(host: str, port: int, *, or_any: bool) -> int:
    """A port that can be bound now; the socket never listens, so nobody sees an open port. Raises KnownError `master.port_taken`."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bare, port))
        except OSError as error:
            if or_any and error.errno == errno.EADDRINUSE:
                return _probe(host, _ANY_PORT, or_any=False)
            if error.errno == errno.EADDRINUSE:
                raise KnownError("master.port_taken", address=f"{host}:{port}") from error
            raise KnownError(
                "master.cannot_listen", address=f"{host}:{port}", error=error.strerror or str(error)
            ) from error
        found: int = probe.getsockname()[1]
        return found


async def _tell(order: ServeOrder, master: Master, address: str) -> None:
    log.info("listening on %s", address)
    if not order.embedded:
        sys.stderr.write(f"hivemind-master: listening on {address}\n")
        sys.stderr.flush()
        return
    link, _ = make_invite(master.core, EMBEDDED_INVITE_S, 1, own=True)
    await master.core.journal.settled()
    sys.stdout.write(json.dumps({"address": address, "join_link": link}) + "\n")
    sys.stdout.flush()


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


def _stop_with_stdin(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        # os.read and not sys.stdin: a thread that holds the stream's lock would block the interpreter's end
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stopping.set)

    threading.Thread(target=wait_for_end, name="stdin", daemon=True).start()


def _check_owner(folder: Path) -> None:
    """Whose folder it is can read and change what lies there, whatever the modes. Raises KnownError `master.folder_of_another`."""
    if os.name == "nt":
        return
    try:
        owner = folder.stat().st_uid
    except OSError:
        return  # not there yet; what else is wrong is said when it is written to
    if owner != os.geteuid():
        raise KnownError("master.folder_of_another", path=str(folder))


@contextlib.contextmanager
def _lock(data: Path) -> Iterator[None]:
    """One master for a data folder. Raises KnownError `master.data_in_use`, `master.data_unwritable`."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(data / "lock", mode=0o600)
        lock.acquire(timeout=0)
    except Timeout:
        raise KnownError("master.data_in_use", path=str(data)) from None
    except OSError as error:
        raise KnownError(
            "master.data_unwritable", path=str(data), error=error.strerror or str(error)
        ) from error
    try:
        yield
    finally:
        lock.release()
