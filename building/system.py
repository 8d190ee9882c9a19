"""System packages: what a Debian machine lacks, and installing it where we may. Nothing is asked of apt when nothing is missing."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable

from building.proc import attempt, last_line
from building.say import BuildError, Step

QT = (
    "libegl1",
    "libgl1",
    "libxkbcommon0",
    "libdbus-1-3",
    "libfontconfig1",
    "libfreetype6",
    "libglib2.0-0",
    "libx11-6",
    "libgssapi-krb5-2",
    "libbrotli1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-image0",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "libx11-xcb1",
    "fonts-wqy-zenhei",
)
"""Qt's own libraries and those of its xcb platform (ldd of PySide6 6.11's plugins), and a font with Chinese."""

ENGINE = ("docker.io", "iptables")
DISKS = ("e2fsprogs", "mount", "util-linux")
"""What gives each task a disk of its own (mkfs.ext4); a minimal Debian lacks it, and its tasks' disk would only be watched."""
TESTS = (
    "xvfb",
    "xauth",
    "openbox",
    "xdotool",
    "x11-utils",
    "dbus",
    "dbus-x11",
    "gnome-keyring",
    "libsecret-tools",
    "at-spi2-core",
    "iproute2",
    "procps",
    "git",
)


LOCK_LIMIT = 300
"""Seconds to wait for another apt-get, such as the one a new machine runs by itself."""


def apt_here() -> bool:
    """Whether this machine installs its software with apt."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg-query") is not None


def may_install() -> bool:
    return sys.platform.startswith("linux") and apt_here() and os.geteuid() == 0


def installed() -> set[str]:
    """Names of the packages installed here, and the names that they provide."""
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}|${Package}|${Provides}\n"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names: set[str] = set()
    for entry in listing.splitlines():
        status, package, provides = entry.split("|", 2)
        if status == "installed":
            names.add(package)
            names.update(part.split()[0] for part in provides.split(",") if part.strip())
    return names


def missing(packages: Iterable[str]) -> list[str]:
    """Those packages that are not here, in their order; none where there is no dpkg to ask."""
    if not apt_here():
        return []
    here = installed()
    return [name for name in packages if name not in here]


def venv_packages() -> tuple[str, ...]:
    """What this interpreter lacks to make a virtual environment (Debian splits it off)."""
    lacks = any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip"))
    return (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",) if lacks else ()


def by_hand(packages: Iterable[str]) -> str:
    """The line a person types as root."""
    return "apt-get install -y --no-install-recommends " + " ".join(packages)


def _update(apt: list[str], step: Step, name: str, env: dict[str, str]) -> None:
    until = time.monotonic() + LOCK_LIMIT
    while True:
        # A source of somebody else's that does not answer is no reason to stop: the install says what it lacks.
        code, log = attempt([*apt, "update"], step, f"{name}-update", env)
        # apt waits by itself for the lock of its packages, not for that of its lists.
        if (
            code == 0
            or "Could not get lock" not in log.read_text("utf-8", "replace")
            or time.monotonic() > until
        ):
            return
        step.note("waiting for another apt-get to end")
        time.sleep(2)


def install(packages: list[str], name: str) -> None:
    """Install these Debian packages. `name` names the step and its log.

    Raises BuildError when this process may not, or apt cannot.
    """
    if not packages:
        return
    if not may_install():
        raise BuildError(f"these system packages are missing; as root: {by_hand(packages)}")
    apt = ["apt-get", "-o", f"DPkg::Lock::Timeout={LOCK_LIMIT}", "-o", "Dpkg::Use-Pty=0"]
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with Step(name, "installing " + " ".join(packages)) as step:
        _update(apt, step, name, env)
        command = [*apt, "install", "-y", "--no-install-recommends", *packages]
        code, log = attempt(command, step, name, env)
        if code != 0 and "dpkg --configure -a" in log.read_text("utf-8", "replace"):
            step.note("an earlier install was interrupted: dpkg --configure -a")
            attempt(["dpkg", "--configure", "-a"], step, f"{name}-configure", env)
            code, log = attempt(command, step, name, env)
        if code != 0:
            raise BuildError(
                f"apt-get could not install {' '.join(packages)}: {last_line(log)} - all of it: {log}"
            )
