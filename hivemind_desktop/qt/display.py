"""Whether a window can be opened at all: Qt ends the process where it cannot. Standard library only."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

X11_SOCKETS = Path("/tmp/.X11-unix")
X11_PORT = 6000
TIMEOUT_S = 2.0


def has_display(environ: Mapping[str, str] | None = None) -> bool:
    """On Linux a Wayland or X server must answer; QT_QPA_PLATFORM is taken at its word."""
    env = os.environ if environ is None else environ
    if not sys.platform.startswith("linux"):
        return True
    platform = env.get("QT_QPA_PLATFORM", "")
    if platform and platform.partition(":")[0] not in ("xcb", "wayland"):
        return True
    return _wayland(env) or _x11(env.get("DISPLAY", ""))


def _wayland(env: Mapping[str, str]) -> bool:
    name, runtime = env.get("WAYLAND_DISPLAY", ""), env.get("XDG_RUNTIME_DIR", "")
    if not name:
        return False
    return _answers(socket.AF_UNIX, str(Path(runtime or "/") / name))


def _x11(display: str) -> bool:
    host, colon, number = display.rpartition(":")
    digits = number.partition(".")[0]
    if not colon or not digits.isdigit():
        return False
    if host in ("", "unix"):
        path = str(X11_SOCKETS / f"X{digits}")
        return _answers(socket.AF_UNIX, path) or _answers(socket.AF_UNIX, f"\0{path}")
    return _answers(socket.AF_INET, (host, X11_PORT + int(digits)))


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(TIMEOUT_S)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True
