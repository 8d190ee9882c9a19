"""How files get into a container here: tried once per engine and folder with a file that the task's user writes, and remembered.

Only what our own base image told is remembered: another's shell may say anything, and would decide for every task to come.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hivemind_desktop.containers import disk
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.spec import Surroundings, create_body
from hivemind_desktop.containers.workspace import DiskWorkspace, FolderWorkspace, Mode, Workspace
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker.commands import StartRun

MEMORY = "workspace.json"
NO_SHELL = (126, 127)
"""What the engine's init tells of a program that is not there."""
SIZE = 16 * 1024**2
SCRIPT = "read x < given && echo $x > written"
"""Run by the image's own sh in /app/task."""
_ORDER = StartRun(
    attempt=AttemptKey("probe", 1, 1),
    spec=TaskSpec(),
    sender="",
    granted=Resources(cpus=1.0, memory_bytes=64 * 1024**2, disk_bytes=SIZE, pids=16),
    timeout_s=10,
    grace_s=0.0,
)


def memory_key(around: Surroundings) -> str:
    """What an answer depends on besides the folder: the engine, whether disks can be made, and whose files they are."""
    return f"{around.facts.engine_id} {disk.possible()} {'own' if around.lone_uid else around.uid}"


class Probing:
    """`folder`: where runs have their folders. One probe at a time."""

    def __init__(self, engine: Engine, folder: Path, drop: Callable[[Path], None]) -> None:
        self._engine = engine
        self._folder = folder
        self._drop = drop
        self._lock = threading.Lock()
        self._known: dict[str, Mode] = {}

    def mode(self, around: Surroundings, run_folder: Path, base: str) -> Mode:
        """The best mode that works; `around` is of the run that asks (its mounts are replaced), `run_folder` an empty folder for the try.

        `base`: id of our own image, which is tried; empty where it is not here: then the run's own is, for this run alone. An image
        without a shell cannot tell: a volume works with any.
        """
        around = replace(around, image=base or around.image, volumes=(), unset=())
        key = memory_key(around)
        with self._lock:
            if not self._known:
                self._known = self._load()
            if key in self._known:
                return self._known[key]
            told: bool | None = False
            for mode in (Mode.DISK, Mode.FOLDER):
                if mode is Mode.DISK and not disk.possible():
                    continue
                told = self._try(mode, around, run_folder / f"probe-{mode}")
                if told is None:
                    return Mode.VOLUME
                if told:
                    return self._remember(key, mode) if base else mode
            return self._remember(key, Mode.VOLUME) if base else Mode.VOLUME

    def _try(self, mode: Mode, around: Surroundings, folder: Path) -> bool | None:
        """None: the image has no shell."""
        folder.mkdir(mode=0o700)
        workspace: Workspace
        if mode is Mode.DISK:
            workspace = DiskWorkspace(folder, self._folder / disk.BLANKS, SIZE, around.uid, around.gid)
        else:
            workspace = FolderWorkspace(folder, SIZE, around.uid, around.gid)
        try:
            workspace.prepare()
            (workspace.task_folder / "given").write_text("hello\n")
            workspace.hand_over()
            code = self._run(
                replace(
                    around, mounts=workspace.mounts, command=("sh", "-c", SCRIPT), tmpdir=workspace.tmpdir
                )
            )
            if code in (None, *NO_SHELL):
                return None
            written = workspace.task_folder / "written"
            if code != 0 or not written.is_file() or written.read_text() != "hello\n":
                return False
            written.unlink()
            return True
        finally:
            workspace.remove()
            self._drop(folder)

    def _run(self, around: Surroundings) -> int | None:
        from docker.errors import APIError

        client = self._engine.client()
        body = create_body(_ORDER, around)
        name = f"hivemind-probe-{around.run_id}"
        container = client.create_container_from_config(body, name)["Id"]  # type: ignore[no-untyped-call]
        try:
            try:
                client.start(container)
            except APIError as error:
                if error.response is not None and error.response.status_code == 400:
                    return None
                raise
            return int(client.wait(container, timeout=30)["StatusCode"])
        finally:
            client.remove_container(container, force=True, v=True)

    def _load(self) -> dict[str, Mode]:
        try:
            told = json.loads((self._folder / MEMORY).read_text())
            return {str(key): Mode(mode) for key, mode in told.items()}
        except (FileNotFoundError, ValueError, AttributeError):
            return {}

    def _remember(self, key: str, mode: Mode) -> Mode:
        self._known[key] = mode
        text = json.dumps({key: str(mode) for key, mode in self._known.items()})
        new = self._folder / f"{MEMORY}.new"
        new.write_text(text)
        os.replace(new, self._folder / MEMORY)
        return mode
