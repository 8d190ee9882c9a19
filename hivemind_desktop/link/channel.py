"""A channel to the master and its stubs. Every call but Enrol carries the token; a local master is never reached through a proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import grpc

from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.trouble import CallFailed, known
from hivemind_desktop.wire import hivemind_pb2_grpc as services
from hivemind_desktop.wire.listener import check_listener

KEEPALIVE_MS = 10_000
"""Ping of an idle link; the heartbeat is the first net, this the second (design, section 4)."""
KEEPALIVE_TIMEOUT_MS = 5_000
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""A manifest of 100 000 files fits; files and logs go in chunks."""
CHUNK_BYTES = 256 * 1024
"""Of a file in one message."""

Q = TypeVar("Q")
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Pushing(Protocol[A_co]):
    """A client stream under way."""

    def done(self) -> bool: ...

    def cancel(self) -> bool: ...

    def result(self) -> A_co: ...

    def add_done_callback(self, fn: Callable[[Any], None]) -> None: ...


class Listening(Protocol[A_co]):
    """A server stream under way; reading blocks until `cancel`."""

    def __iter__(self) -> Iterator[A_co]: ...

    def cancel(self) -> bool: ...


class Master:
    """The stubs of one master. Calls through `ask`, `push` and `listen` carry the token and raise KnownError only.

    Files and logs have a connection of their own, made when first used: on a slow line a heartbeat would wait behind megabytes
    that lie in the socket's buffer, and a living link would be called broken.

    Before the first call of each, and again after a failed call, it is looked up who listens there: a token goes to this user's
    master or root's, not to whoever took the port. A connection is made by its first call, so none is older than that look.
    """

    def __init__(self, address: str, token: str = "") -> None:
        self.address = address
        self._closed = False
        self._verified = self._bulk_verified = False
        self._channel = open_channel(address)
        self._bulk = open_channel(address)
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self.nodes = services.NodeServiceStub(self._channel)
        self.tasks = services.TaskServiceStub(self._channel)
        self._transfer = services.TransferServiceStub(self._bulk)
        self.enrolment = services.EnrolServiceStub(self._channel)

    @property
    def transfer(self) -> services.TransferServiceStub:
        """Raises KnownError `link.foreign_port`."""
        if not self._bulk_verified:
            check_listener(self.address)
            self._bulk_verified = True
        return self._transfer

    def close(self) -> None:
        """End every call in flight. May be called twice and from any thread."""
        self._closed = True
        self._channel.close()
        self._bulk.close()

    def ask(self, method: grpc.UnaryUnaryMultiCallable[Q, A], request: Q, deadline_s: float) -> A:
        """One call and its answer."""
        self._verify()
        with self.trouble():
            return method(request, timeout=deadline_s, metadata=self._metadata)

    def push(self, method: grpc.StreamUnaryMultiCallable[Q, A], chunks: Iterator[Q]) -> Pushing[A]:
        """Begin a client stream without a deadline; grpc iterates `chunks` in a thread of its own."""
        self._verify()
        with self.trouble():
            return method.future(chunks, metadata=self._metadata)

    def listen(self, method: grpc.UnaryStreamMultiCallable[Q, A], request: Q) -> Listening[A]:
        """Begin a server stream without a deadline; iterate it under `trouble`."""
        self._verify()
        with self.trouble():
            return method(request, metadata=self._metadata)

    def _verify(self) -> None:
        if not self._verified:
            check_listener(self.address)
            self._verified = True

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """A failed call leaves as its KnownError."""
        try:
            yield
        except grpc.RpcError as error:
            # the master may be gone, and its port somebody else's
            self._verified = self._bulk_verified = False
            raise known(error, self.address) from error
        except ValueError as error:
            if self._closed and not isinstance(
                error, UnicodeError
            ):  # grpc's word for a call on a closed channel
                raise CallFailed(
                    "link.down", temporary=True, address=self.address, detail="closed"
                ) from error
            raise


def open_channel(address: str) -> grpc.Channel:
    """A channel of its own connection to HOST:PORT. Raises KnownError `link.needs_tls` for an address that is not this computer's."""
    if not is_loopback(address):
        raise KnownError("link.needs_tls", usage=True, address=address)
    options: list[tuple[str, str | int]] = [
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        # channels to one address would share one connection otherwise
        ("grpc.use_local_subchannel_pool", 1),
        # read a server stream in the thread that iterates it: a third of the idle CPU of grpc's polling thread (measured)
        ("SingleThreadedUnaryStream", 1),
        # grpc would send 127.0.0.1 through the proxy too (facts, libraries: traps)
        ("grpc.enable_http_proxy", 0),
    ]
    return grpc.insecure_channel(address, options=options)


def is_loopback(address: str) -> bool:
    """Whether HOST:PORT is on this computer."""
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
