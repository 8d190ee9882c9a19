"""What every run shares: the seams to the agent and the parts of this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.containers.devices import Devices
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.images import Images
from hivemind_desktop.containers.options import Options
from hivemind_desktop.containers.probing import Probing
from hivemind_desktop.containers.runs import Runs
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.ports import Clock, Fetch, Outbox, Post, Spawn

Held = Callable[[AttemptKey, KnownError | None], None]
"""A run's result waits for room on the disk (the fault), or waits no longer (None)."""

GpuLoads = Callable[[], Mapping[int, float]]
"""The load of each GPU now, by its number, in %; one that is not known is left out. Asked from the threads of runs with GPUs."""


@dataclass(frozen=True, slots=True)
class Rooms:
    post: Post
    spawn: Spawn
    clock: Clock
    awake: Callable[[], float]
    """Seconds that neither count sleep nor go back."""
    outbox: Outbox
    fetch: Fetch
    log_grew: Callable[[AttemptKey, int], None]
    held: Held
    options: Options
    installation_id: str
    engine: Engine
    images: Images
    probing: Probing
    runs: Runs
    blanks: Path
    """Formatted disks to copy (disk.py)."""
    devices: Devices
    gpu_loads: GpuLoads


@dataclass(frozen=True, slots=True)
class User:
    """Who a task is inside its container. `lone`: this uid is used by no other process of this computer."""

    uid: int
    gid: int
    lone: bool
