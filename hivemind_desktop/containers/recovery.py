"""What a crash left between a run's end and the outbox is made good at the next start; nothing of it keeps the worker from starting."""

from __future__ import annotations

import errno
import json
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from hivemind_desktop.containers import faults, loop, outcome, places
from hivemind_desktop.containers.collect import adopt
from hivemind_desktop.containers.disk import FOLDER as DISK_FOLDER
from hivemind_desktop.containers.disk import IMAGE as DISK_IMAGE
from hivemind_desktop.containers.outcome import TRIES, Source, new_takings, with_takings, write_note
from hivemind_desktop.containers.rooms import Rooms
from hivemind_desktop.containers.runs import ENDED
from hivemind_desktop.containers.trees import remove_tree
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import BadJson, from_json
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME

MAX_TRIES = 1

_log = logging.getLogger(__name__)


def recover(rooms: Rooms, alive: frozenset[str]) -> tuple[AttemptKey, ...]:
    """Put into the outbox what runs of an earlier process left between their end and the outbox; returns their attempts.

    Blocks. What cannot be had now (disk still full, engine away) stays for the next start, and the clean-up spares it. A result at which
    an earlier try died is not tried again: its attempt is given back, so that no task can keep the worker from starting. A result whose
    files are gone is forgotten.
    """
    found = []
    for record in rooms.runs.all():
        if record.run_id in alive:
            continue
        try:
            attempt = _recover(rooms, record.folder)
        except (KnownError, OSError) as error:
            _log.warning("the result of run %s is kept for later: %s", record.run_id, error)
        else:
            if attempt is not None:
                found.append(attempt)
    return tuple(found)


def _recover(rooms: Rooms, run_folder: Path) -> AttemptKey | None:
    """The attempt, when this put it into the outbox. Raises KnownError and OSError; the note stays then."""
    path = run_folder / ENDED
    if not path.exists():
        return None
    try:
        order, base, mode, tries = _read(path)
    except (BadJson, ValueError, KeyError, TypeError, RecursionError) as error:
        _log.warning("the note of run %s is torn: %s", run_folder.name, error)
        path.unlink()
        return None
    put = True
    if rooms.outbox.get(order.attempt) is not None:
        put = False
    elif tries >= MAX_TRIES:
        _give_back(rooms, order.attempt, base)
    elif not _try(rooms, order, base, mode, path, tries):
        _log.warning("the files of %s are gone, nothing is recovered", order.attempt)
        put = False
    path.unlink()
    return order.attempt if put else None


def _try(rooms: Rooms, order: StartRun, base: Finished, mode: Mode, path: Path, tries: int) -> bool:
    """False: the files are gone. A try that the world ended does not count, unless the files themselves cannot be read."""
    if _is_gone(mode, path.parent):
        return False
    _count(path, tries + 1)
    try:
        _collect(rooms, order, base, mode, path.parent)
    except Exception as error:
        if faults.is_missing(error):
            return False
        fault = faults.known(error)
        if fault is None:
            raise
        if error is fault or fault.code == "disk.full" or faults.is_engines(error):
            _count(path, tries)
        raise fault from error
    return True


def _is_gone(mode: Mode, run_folder: Path) -> bool:
    """A clean-up was under way, or somebody removed them. Of a volume only the engine knows."""
    if mode is Mode.DISK:
        return not os.path.ismount(run_folder / DISK_FOLDER) and not (run_folder / DISK_IMAGE).exists()
    return mode is Mode.FOLDER and not _task(mode, run_folder).is_dir()


def _task(mode: Mode, run_folder: Path) -> Path:
    return run_folder / (DISK_FOLDER if mode is Mode.DISK else "work") / "task"


def _collect(rooms: Rooms, order: StartRun, base: Finished, mode: Mode, run_folder: Path) -> None:
    if mode is Mode.DISK and not os.path.ismount(run_folder / DISK_FOLDER):
        (run_folder / DISK_FOLDER).mkdir(mode=0o700, exist_ok=True)
        loop.mount_ext4(run_folder / DISK_IMAGE, run_folder / DISK_FOLDER)
    source = Source(mode, run_folder, _task(mode, run_folder), places.container_name(run_folder.name), {})
    takings = new_takings(rooms, order, lambda text: _log.info("%s: %s", order.attempt, text))
    adopt(takings)
    outcome.gather(rooms, source, takings)
    rooms.outbox.put(with_takings(base, takings, _size(rooms.outbox.folder(order.attempt) / LOG_NAME)))


def _give_back(rooms: Rooms, attempt: AttemptKey, base: Finished) -> None:
    _log.error("collecting the result of %s did not live to its end: given back", attempt)
    folder = rooms.outbox.folder(attempt)
    remove_tree(folder / FILES_NAME)
    lost = replace(base, reason=Reason.WORKER_LOST, message="run.collecting_died", fields={})
    rooms.outbox.put(replace(lost, log_bytes=_size(folder / LOG_NAME)))


def _count(path: Path, tries: int) -> None:
    """On disk before the try begins; without room for the number there is no try. Raises KnownError disk.full, OSError."""
    try:
        write_note(path, {**json.loads(path.read_text(encoding="utf-8")), TRIES: tries})
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownError("disk.full", path=str(path)) from error
        raise


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path) -> tuple[StartRun, Finished, Mode, int]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    order, base = from_json(StartRun, told["order"]), from_json(Finished, told["finished"])
    return order, base, Mode(told["mode"]), int(told.get(TRIES, 0))
