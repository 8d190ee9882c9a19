"""The one connection that all loops share. Only dispatch raises and drops it; the others wait for it and may call it broken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import Master


@dataclass(frozen=True, slots=True)
class Connected:
    """Registered and served. `number` grows with each connection; intervals in seconds."""

    number: int
    master: Master
    node_id: str
    heartbeat_s: float
    lease_s: float


class Line:
    """Thread-safe. `listen` takes a callback that is called, outside the lock, at every change; it must not block."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._master: Master | None = None
        self._connected: Connected | None = None
        self._fault: KnownError | None = None
        self._number = 0
        self._address = ""
        self._closed = True
        self._listeners: list[Callable[[], None]] = []

    def listen(self, ring: Callable[[], None]) -> None:
        with self._changed:
            self._listeners.append(ring)

    def forget(self, ring: Callable[[], None]) -> None:
        with self._changed:
            self._listeners.remove(ring)

    @property
    def connected(self) -> Connected | None:
        with self._changed:
            return self._connected

    @property
    def closed(self) -> bool:
        with self._changed:
            return self._closed

    def down(self, detail: str) -> KnownError:
        """What to say when there is no connection."""
        with self._changed:
            return KnownError("link.down", address=self._address, detail=detail)

    def begin(self) -> None:
        """The link is wanted from now on."""
        with self._changed:
            self._closed = False

    def end(self) -> None:
        """The link is not wanted any more: every call in flight ends."""
        with self._changed:
            self._closed = True
            master, self._connected = self._master, None
        if master is not None:
            master.close()
        self._tell()

    def hold(self, master: Master) -> bool:
        """Dispatch is about to connect; False (and closed) when the link is not wanted any more."""
        with self._changed:
            if not self._closed:
                self._master, self._fault, self._address = master, None, master.address
                return True
        master.close()
        return False

    def rise(self, node_id: str, heartbeat_s: float, lease_s: float) -> bool:
        """The held connection is served: the others may use it. False when the link was closed meanwhile."""
        with self._changed:
            if self._closed or self._master is None:
                return False
            self._number += 1
            self._connected = Connected(self._number, self._master, node_id, heartbeat_s, lease_s)
        self._tell()
        return True

    def drop(self) -> KnownError | None:
        """The held connection is over: close it; what somebody said was wrong with it."""
        with self._changed:
            master, fault = self._master, self._fault
            self._master = self._connected = self._fault = None
        if master is not None:
            master.close()
        self._tell()
        return fault

    def broken(self, number: int, error: KnownError) -> None:
        """Somebody found that connection `number` does not work: its calls end, dispatch says why."""
        with self._changed:
            if self._connected is None or self._connected.number != number:
                return
            self._fault = error
            master, self._connected = self._master, None
        if master is not None:
            master.close()
        self._tell()

    def wait(self, seconds: float) -> Connected | None:
        """The connection as soon as there is one, None after `seconds` or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected is not None or self._closed, seconds)
            return self._connected

    def wait_for_change(self, old: Connected | None, seconds: float) -> None:
        """Until the connection is not `old` any more, at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected is not old, seconds)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
            listeners = tuple(self._listeners)
        for ring in listeners:
            ring()
