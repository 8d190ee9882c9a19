"""What an image asks for by itself (its Config): nobody but its maker chose it, so none of it is given beyond what a task may have."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hivemind_desktop.containers import places
from hivemind_desktop.contract.wishes import steers
from hivemind_desktop.errors import KnownError

MAX_VOLUMES = 16
OWN = ("/tmp", places.TASK, places.SCRATCH)
"""What is mounted there anyway hides an image's volume."""
TAKEN_AWAY = ("NVIDIA_", "LD_LIBRARY_PATH")
"""Every image made for GPUs sets these: they are not refused, a task starts without them."""


@dataclass(frozen=True, slots=True)
class Configured:
    volumes: tuple[str, ...] = ()
    """Paths where the engine would put writable folders of its own, without any limit."""
    variables: tuple[str, ...] = ()
    """Names."""


PLAIN = Configured()


def read(config: Mapping[str, Any]) -> Configured:
    """Of GET /images/NAME/json, `Config`."""
    volumes = (posixpath.normpath(f"/{path}").replace("//", "/") for path in config.get("Volumes") or {})
    names = (str(line).partition("=")[0] for line in config.get("Env") or ())
    return Configured(tuple(sorted(set(volumes))), tuple(sorted(set(names))))


def bounded_volumes(image: str, configured: Configured) -> tuple[str, ...]:
    """Paths that get a small tmpfs in the place of a volume. Raises KnownError image.volume: it would hide files of the task."""
    found = tuple(path for path in configured.volumes if path not in OWN)
    for path in found:
        if len(found) > MAX_VOLUMES or path.startswith((f"{places.TASK}/", f"{places.SCRATCH}/")):
            raise KnownError("image.volume", image=image, path=path)
    return found


def unset_variables(image: str, configured: Configured) -> tuple[str, ...]:
    """Names that are taken out of the task's environment. Raises KnownError image.variable: one steers the loader of the engine's hooks."""
    found = tuple(name for name in configured.variables if steers(name))
    for name in found:
        if not name.upper().startswith(TAKEN_AWAY):
            raise KnownError("image.variable", image=image, name=name)
    return found
