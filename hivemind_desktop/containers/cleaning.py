"""Nothing of a run stays: its container, volume, disk and folder. What cannot go now is found again by its label or folder."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

from hivemind_desktop.containers import disk, faults, places, wire
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.runs import ENDED, Runs
from hivemind_desktop.containers.trees import remove_tree
from hivemind_desktop.containers.workspace import Workspace
from hivemind_desktop.errors import KnownError

PATIENCE_S = 5.0
"""For an engine that is away, and for a disk that is still in use."""

_log = logging.getLogger(__name__)


def doze(seconds: float) -> None:
    time.sleep(seconds)


def remove_run(
    engine: Engine, runs: Runs, container_id: str, workspace: Workspace | None, folder: Path | None
) -> str:
    """Remove all of one run; returns what could not be removed, empty when nothing is left. Only a bug raises.

    The note of how it ended goes first: its end was told, and nobody must look for files that are going.
    """
    if folder is not None:
        with contextlib.suppress(OSError):  # the same disk says so again below
            (folder / ENDED).unlink(missing_ok=True)
    left = _remove_container(engine, container_id) if container_id else ""
    if folder is None:
        return left
    try:
        if workspace is not None:
            workspace.remove()
        runs.drop(folder)
    except Exception as error:
        fault = faults.known(error)
        if fault is None:
            raise
        return left or str(fault)
    return left


def _remove_container(engine: Engine, container_id: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            engine.client().remove_container(container_id, force=True, v=True)
            return ""
        except Exception as error:
            fault = faults.known(error)
            if fault is None:
                raise
            if faults.is_missing(error):
                return ""
            if (
                "already in progress" not in str(error) and not faults.is_lost(error)
            ) or time.monotonic() > deadline:
                return f"container {container_id[:12]}: {fault}"
            doze(0.2)


def leftovers(
    engine: Engine, runs: Runs, installation_id: str, alive: frozenset[str], young_s: float, now: float
) -> list[str]:
    """Remove every container, volume and folder of this installation whose run is not `alive`; returns what could not be removed.

    `young_s`: containers younger than that are spared, `now` in Unix seconds. By the standard library alone: nothing loads the docker module.
    Raises KnownError engine.* when the engine does not answer; the folders of runs are removed all the same, the disks first. A run whose
    result could not be recovered yet (recovery.recover) is spared, with its folder, container and volume.
    """
    left = []
    spared = alive | {record.run_id for record in runs.all() if (record.folder / ENDED).exists()}
    try:
        left += _labelled(engine, installation_id, spared, young_s, now)
    finally:
        for record in runs.all():
            if record.run_id not in spared:
                left += _remove_folder(record.folder)
    return left


def _labelled(
    engine: Engine, installation_id: str, alive: frozenset[str], young_s: float, now: float
) -> list[str]:
    address, left = engine.address, []
    filters = f'{{"label":["{places.LABEL_INSTALLATION}={installation_id}"]}}'
    containers = (
        wire.request(address, "GET", "/containers/json", {"all": "1", "filters": filters}, 30.0).json() or []
    )
    for container in containers:
        if container["Labels"].get(places.LABEL_RUN) in alive or now - float(container["Created"]) < young_s:
            continue
        reply = wire.request(
            address, "DELETE", f"/containers/{container['Id']}", {"force": "1", "v": "1"}, 30.0
        )
        if reply.status not in (204, 404):
            left.append(f"container {container['Id'][:12]}")
    volumes = wire.request(address, "GET", "/volumes", {"filters": filters}, 30.0).json() or {}
    for volume in volumes.get("Volumes") or ():
        if (volume.get("Labels") or {}).get(places.LABEL_RUN) in alive:
            continue
        reply = wire.request(address, "DELETE", f"/volumes/{volume['Name']}", {"force": "1"}, 30.0)
        if reply.status not in (204, 404):
            left.append(f"volume {volume['Name']}")
    return left


def _remove_folder(folder: Path) -> list[str]:
    """A run's folder and the probes' inside it: every disk is unmounted before anything is deleted."""
    try:
        for below in (*(path for path in folder.glob("probe-*") if path.is_dir()), folder):
            disk.remove(below)
        remove_tree(folder)
    except (KnownError, OSError) as error:
        _log.warning("%s is left for later: %s", folder, error)
        return [str(folder)]
    return []
