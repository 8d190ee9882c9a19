"""A run's folder on this computer: what is bound into the container, how its size is bounded, and how it goes away."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hivemind_desktop.containers import disk, places
from hivemind_desktop.containers.spec import Mount
from hivemind_desktop.containers.trees import remove_tree, tree_bytes

if TYPE_CHECKING:
    from docker import APIClient


FOLDERS = ("task", "tmp")
"""What is bound to /app/task and /app/tmp."""


class Mode(StrEnum):
    """How files get in and out, best first; found out by `probing`."""

    DISK = "disk"
    FOLDER = "folder"
    VOLUME = "volume"


class Workspace(Protocol):
    @property
    def mounts(self) -> tuple[Mount, ...]: ...

    @property
    def tmpdir(self) -> str: ...

    @property
    def task_folder(self) -> Path:
        """On this computer: the package is written here before the start and, bound ones, changed by the task."""

    @property
    def bounded(self) -> bool:
        """The limit holds by itself; else `used` has to be watched."""

    def prepare(self) -> None:
        """Make it ready to be filled. Raises KnownError."""

    def hand_over(self) -> None:
        """The package is in `task_folder`: give all of it to the task's user, with output/ in it."""

    def used(self) -> int | None:
        """Bytes now, None where nobody can tell."""

    def is_full(self) -> bool: ...

    def remove(self) -> None:
        """Everything but the run's folder itself. Raises KnownError disk.busy."""


class DiskWorkspace:
    """Bound from a disk of its own."""

    def __init__(self, run_folder: Path, blanks: Path, size: int, uid: int, gid: int) -> None:
        self._run_folder = run_folder
        self._blanks = blanks
        self._size = size
        self._uid = uid
        self._gid = gid
        self._disk = run_folder / disk.FOLDER
        for name in FOLDERS:
            (self._disk / name).mkdir(mode=0o700, parents=True)
        self.bounded = True
        self.tmpdir = places.SCRATCH

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The engine wants the folders to be there when the container is made; the disk is mounted over them before it starts."""
        return _bound(self._disk)

    @property
    def task_folder(self) -> Path:
        return self._disk / "task"

    def prepare(self) -> None:
        disk.make(self._run_folder, self._blanks, self._size, FOLDERS, self._uid, self._gid)

    def hand_over(self) -> None:
        give(self.task_folder, self._uid, self._gid)

    def used(self) -> int | None:
        return disk.used(self._disk)

    def is_full(self) -> bool:
        return disk.is_full(self._disk)

    def remove(self) -> None:
        disk.remove(self._run_folder)


class FolderWorkspace:
    """Bound from a plain folder: `used` is asked by the run's loop."""

    def __init__(self, run_folder: Path, size: int, uid: int, gid: int) -> None:
        self._folder = run_folder / "work"
        self._size = size
        self._uid = uid
        self._gid = gid
        self._folder.mkdir(mode=0o700)
        _make_folders(self._folder, uid, gid)
        self.bounded = False
        self.tmpdir = places.SCRATCH

    @property
    def mounts(self) -> tuple[Mount, ...]:
        return _bound(self._folder)

    @property
    def task_folder(self) -> Path:
        return self._folder / "task"

    def prepare(self) -> None:
        """Nothing is left to do."""

    def hand_over(self) -> None:
        give(self.task_folder, self._uid, self._gid)

    def used(self) -> int | None:
        return tree_bytes(self._folder)

    def is_full(self) -> bool:
        return tree_bytes(self._folder) > self._size

    def remove(self) -> None:
        remove_tree(self._folder)


class VolumeWorkspace:
    """A volume of the engine's, filled before the start and read after the end through the engine (volume.py)."""

    def __init__(
        self, run_folder: Path, name: str, client: Callable[[], APIClient], labels: dict[str, str]
    ) -> None:
        self._stage = run_folder / "stage"
        self._name = name
        self._client = client
        self._labels = labels
        self._stage.mkdir(mode=0o700)
        self.bounded = False
        self.tmpdir = f"{places.TASK}/{places.SCRATCH_INSIDE}"

    @property
    def mounts(self) -> tuple[Mount, ...]:
        return (Mount(self._name, places.TASK, volume=True),)

    @property
    def task_folder(self) -> Path:
        return self._stage

    def prepare(self) -> None:
        self._client().create_volume(name=self._name, labels=self._labels)

    def hand_over(self) -> None:
        (self._stage / places.OUTPUT).mkdir(exist_ok=True)
        (self._stage / places.SCRATCH_INSIDE).mkdir(exist_ok=True)

    def used(self) -> int | None:
        for volume in self._client().df().get("Volumes") or ():
            if volume.get("Name") == self._name:
                size = int((volume.get("UsageData") or {}).get("Size", -1))
                return size if size >= 0 else None
        return None

    def is_full(self) -> bool:
        return False

    def remove(self) -> None:
        from docker.errors import NotFound

        remove_tree(self._stage)
        try:
            self._client().remove_volume(self._name, force=True)
        except NotFound:
            return


def _bound(folder: Path) -> tuple[Mount, ...]:
    return (Mount(str(folder / "task"), places.TASK), Mount(str(folder / "tmp"), places.SCRATCH))


def _make_folders(folder: Path, uid: int, gid: int) -> None:
    for name in FOLDERS:
        path = folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        _own(path, uid, gid)


def _own(path: Path, uid: int, gid: int) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(path, uid, gid, follow_symlinks=False)


def give(folder: Path, uid: int, gid: int) -> None:
    """Make output/ and give the folder and all in it to the task's user; only what we wrote ourselves is in there."""
    (folder / places.OUTPUT).mkdir(mode=0o755, exist_ok=True)
    for place, names, files in os.walk(folder):
        for name in (*names, *files):
            _own(Path(place) / name, uid, gid)
    _own(folder, uid, gid)
