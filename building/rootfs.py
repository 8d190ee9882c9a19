"""A root file system with Python from Debian's packages, in place of the public Python image where no registry answers."""

import hashlib
import os
import time
from pathlib import Path

from building.places import user_cache
from building.proc import run
from building.say import BuildError, Step
from building.system import install, may_install, missing

SUITE = "bookworm"
"""Its Python is 3.11, as in the public image that this stands for."""

PACKAGES = (
    "python3",
    "python3-pip",
    "python3-venv",
    "python-is-python3",
    # and what the public image has besides: programs in C++, names of services and time zones
    "ca-certificates",
    "libstdc++6",
    "netbase",
    "tzdata",
)
OPTIONS = (
    # Essential packages and the above: 28 s where debootstrap's minbase took 59 s (2 cores).
    "--variant=essential",
    f"--include={','.join(PACKAGES)}",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/bash-completion/*",
    # No fsync after each file: what counts is the archive, renamed when whole.
    "--dpkgopt=force-unsafe-io",
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
)
KEPT = 30 * 24 * 3600.0
"""Seconds after which a root file system is made again, so that its security updates are not older than a month."""

TOOLS = ("mmdebstrap", "debian-archive-keyring")


def archive() -> Path:
    """Where the archive of this recipe lies, made or not."""
    recipe = "\n".join((SUITE, *OPTIONS)).encode()
    return user_cache() / f"rootfs-{hashlib.sha256(recipe).hexdigest()[:16]}.tar"


def fresh(path: Path, now: float) -> bool:
    return path.is_file() and 0 <= now - path.stat().st_mtime < KEPT


def make() -> Path:
    """The archive, from the user's cache or made now (about 30 s). Raises BuildError where it cannot be made here."""
    path = archive()
    if fresh(path, time.time()):
        return path
    if not may_install():
        raise BuildError(
            "no image registry answers, and a base image can be made from Debian's packages only by root on Debian or "
            "Ubuntu: run this as root there, or let the engine reach a registry"
        )
    install(missing(TOOLS), "rootfs-packages")
    for left_over in path.parent.glob("rootfs-*.partial"):
        left_over.unlink()
    # A name of this process alone: what a killed one left running may still write to its own.
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with Step(
        "base image", f"no registry answers: Debian {SUITE} with Python from Debian's packages"
    ) as step:
        # The host's own sources where they are those of this suite: a mirror or proxy set there is used here too.
        run(["mmdebstrap", "--format=tar", *OPTIONS, SUITE, partial, *_sources()], step, "rootfs")
    partial.replace(path)
    for old in path.parent.glob("rootfs-*.tar"):
        if old != path:
            old.unlink()
    return path


def _sources() -> list[Path]:
    release = Path("/etc/os-release").read_text("utf-8").splitlines()
    if "ID=debian" not in release or f"VERSION_CODENAME={SUITE}" not in release:
        return []
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.is_file() and SUITE in path.read_text("utf-8"):
            return [path]
    return []
