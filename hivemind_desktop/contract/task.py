"""What a task is: the records that master, worker and sender share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


class NetworkKind(StrEnum):
    NONE = "none"
    NAMED = "named"
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Resources:
    """An amount of a computer: asked for, granted, or allowed. 0 means "not named" where it is asked for."""

    cpus: float = 0.0
    """Cores."""
    memory_bytes: int = 0
    disk_bytes: int = 0
    """Package, scratch and output together."""
    gpus: int = 0
    pids: int = 0


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file or empty folder of a package or result; `path` is relative with '/', checked by `names.check_path`."""

    path: str
    size: int = 0
    sha256: str = ""
    """Hex, empty for a folder."""
    executable: bool = False
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a package or result, by path."""

    entries: tuple[FileEntry, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries)

    def blobs(self) -> dict[str, int]:
        """SHA-256 (hex) -> size, each content once."""
        return {entry.sha256: entry.size for entry in self.entries if not entry.folder}


@dataclass(frozen=True, slots=True)
class NetworkWish:
    kind: NetworkKind = NetworkKind.NONE
    destinations: tuple[str, ...] = ()
    """HOST:PORT, for `named` only."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What a sender asks for."""

    name: str = ""
    package: Manifest = Manifest()
    command: tuple[str, ...] = ()
    """Empty: the entry rules of `entry.py`."""
    image: str = ""
    """Empty: the worker's base image."""
    asked: Resources = Resources()
    timeout_s: int = 0
    """0: the owner's default. Counts neither sleep nor frozen time."""
    environment: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    network: NetworkWish = NetworkWish()
    priority: int = 0
    after: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    node: str = ""
    outputs: tuple[str, ...] = ()
    """Patterns of what comes back besides output/."""
    has_manifest: bool = False
    """The package carried a task.toml."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Means over an attempt, the inputs of the reward."""

    cpu_percent: float = 0.0
    """Of the granted CPU, capped at 100."""
    memory_percent: float = 0.0
    """Of the granted memory, capped at 100."""
    gpu_percent: float = 0.0
    duration_s: int = 0
    """Wall seconds unfrozen, rounded down."""
    memory_peak_bytes: int = 0
    cpu_seconds: float = 0.0
    disk_peak_bytes: int = 0
    samples: int = 0


NO_RESOURCES = Resources()
NO_FILES = Manifest()
NO_USAGE = Usage()
