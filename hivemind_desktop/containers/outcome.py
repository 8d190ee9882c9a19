"""From a run's end to RunEnded: files and log into the outbox, on disk before anybody hears of it; a full disk is waited for, a crash is made good."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hivemind_desktop.containers import cleaning, ending, loop, places, volume
from hivemind_desktop.containers.collect import adopt, collect
from hivemind_desktop.containers.disk import FOLDER as DISK_FOLDER
from hivemind_desktop.containers.disk import IMAGE as DISK_IMAGE
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.containers.messages import Stop
from hivemind_desktop.containers.package import Marks
from hivemind_desktop.containers.rooms import Rooms
from hivemind_desktop.containers.runs import ENDED
from hivemind_desktop.containers.takings import Takings, Wanted
from hivemind_desktop.containers.trees import remove_tree
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import RunEnded, StageEntered
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import BadJson, from_json, to_json
from hivemind_desktop.worker.ports import FILES_NAME, LOG_NAME

TRIES = "tries"
"""How often a later process has begun to collect a result and neither ended nor put it off."""
MAX_TRIES = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a stopped run's files are. `task_folder`: for the bound modes."""

    mode: Mode
    run_folder: Path
    task_folder: Path
    container: str
    """Id or name."""
    marks: Marks


class Outcome:
    """`stop` gives what was asked of the run by now."""

    def __init__(
        self, rooms: Rooms, order: StartRun, log: RunLog | None, stop: Callable[[], Stop | None]
    ) -> None:
        self._rooms = rooms
        self._order = order
        self._log = log
        self._stop = stop

    def tell(self, base: Finished, source: Source | None) -> None:
        """RunEnded once. `base` has neither files nor log yet; without `source` no file comes back.

        Waits while the disk is full, until there is room or the run is cancelled. A bug is told as worker_lost and raised.
        """
        try:
            if self._cancelled(base):
                self._forget(base)
                return
            if source is not None:
                note(source.run_folder, self._order, base, source.mode)
            self._rooms.post(StageEntered(self._order.attempt, Stage.COLLECTING))
            finished = self._keep(base, source)
        except Exception as error:
            if isinstance(error, KnownError):
                lost = replace(
                    base, reason=Reason.WORKER_LOST, message=error.code, fields=ending.texts(error)
                )
            else:
                detail = {"detail": f"{type(error).__name__}: {error}"}
                lost = replace(base, reason=Reason.WORKER_LOST, message="run.bug", fields=detail)
            self._rooms.post(RunEnded(lost, kept=False))
            raise
        if finished is None:
            self._forget(base)
        else:
            self._rooms.post(RunEnded(finished, kept=True))

    def _keep(self, base: Finished, source: Source | None) -> Finished | None:
        """Put it into the outbox; None when it was cancelled while it waited for room."""
        takings: Takings | None = None
        waited = False
        while True:
            try:
                if source is not None:
                    takings = takings or new_takings(self._rooms, self._order, self._say)
                    gather(self._rooms, source, takings)
                finished = with_takings(base, takings, self._log.close() if self._log is not None else 0)
                self._rooms.outbox.put(finished)
                break
            except KnownError as fault:
                if fault.code != "disk.full":
                    raise
                waited = True
                self._rooms.held(self._order.attempt, fault)
            self._wait()
            if self._cancelled(base):
                return None
        if waited:
            self._rooms.held(self._order.attempt, None)
        return finished

    def _say(self, text: str) -> None:
        if self._log is not None:
            self._log.notice(text)

    def _cancelled(self, base: Finished) -> bool:
        stop = self._stop()
        return base.reason is Reason.CANCELLED or (stop is not None and stop.reason is Reason.CANCELLED)

    def _forget(self, base: Finished) -> None:
        if self._log is not None:
            self._log.close()
        self._rooms.outbox.remove(self._order.attempt)
        self._rooms.post(RunEnded(replace(base, reason=Reason.CANCELLED), kept=False))

    def _wait(self) -> None:
        deadline = self._rooms.awake() + self._rooms.options.outbox_retry_s
        was = self._stop()
        while (left := deadline - self._rooms.awake()) > 0 and self._stop() is was:
            cleaning.doze(min(0.1, left))


def new_takings(rooms: Rooms, order: StartRun, say: Callable[[str], None]) -> Takings:
    wanted = Wanted(
        package=order.spec.package,
        has_manifest=order.spec.has_manifest,
        patterns=tuple(order.spec.outputs),
        max_bytes=order.granted.disk_bytes,
        max_files=rooms.options.max_result_files,
    )
    return Takings(rooms.outbox.folder(order.attempt) / FILES_NAME, wanted, say)


def gather(rooms: Rooms, source: Source, takings: Takings) -> None:
    """Raises KnownError disk.full; what was taken by then stays taken."""
    if source.mode is Mode.VOLUME:
        volume.read(rooms.engine.client(), source.container, takings)
    else:
        collect(source.task_folder, takings, source.marks)


def with_takings(base: Finished, takings: Takings | None, log_bytes: int) -> Finished:
    """A result that did not fit makes a good end a disk_limit."""
    if takings is None:
        return replace(base, log_bytes=log_bytes)
    finished = replace(base, result=takings.manifest, log_bytes=log_bytes)
    if takings.over is None or base.reason not in (Reason.OK, Reason.EXIT):
        return finished
    over = takings.over
    return replace(finished, reason=Reason.DISK_LIMIT, message=over.code, fields=ending.texts(over))


def note(run_folder: Path, order: StartRun, base: Finished, mode: Mode) -> None:
    """How the run ended, beside its files: enough to collect it again after a crash. A full disk leaves it away."""
    told = {"order": to_json(order), "finished": to_json(base), "mode": str(mode), TRIES: 0}
    try:
        _write(run_folder / ENDED, told)
    except OSError as error:
        _log.warning("how run %s ended could not be noted: %s", run_folder.name, error)


def recover(rooms: Rooms, alive: frozenset[str]) -> tuple[AttemptKey, ...]:
    """Put into the outbox what runs of an earlier process left between their end and the outbox; returns their attempts.

    Blocks. What cannot be had now (disk still full, engine away) stays for the next start, and the clean-up spares it. A result at which
    an earlier try died is not tried again: its attempt is given back, so that no task can keep the worker from starting.
    """
    found = []
    for record in rooms.runs.all():
        path = record.folder / ENDED
        if record.run_id in alive or not path.exists():
            continue
        try:
            order, base, mode, tries = _read(path)
        except (BadJson, ValueError, KeyError, TypeError) as error:
            _log.warning("the note of run %s is torn: %s", record.run_id, error)
            path.unlink()
            continue
        try:
            if rooms.outbox.get(order.attempt) is None:
                if tries >= MAX_TRIES:
                    _give_back(rooms, order.attempt, base)
                else:
                    _count(path, tries + 1)
                    _recover(rooms, order, base, mode, record.folder)
                found.append(order.attempt)
            path.unlink()
        except KnownError as fault:
            _count(path, tries)
            _log.warning("the result of %s is kept for later: %s", order.attempt, fault)
    return tuple(found)


def _count(path: Path, tries: int) -> None:
    """On disk before the try begins; without room for the number there is no try. Raises KnownError disk.full."""
    try:
        _write(path, {**json.loads(path.read_text(encoding="utf-8")), TRIES: tries})
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownError("disk.full", path=str(path)) from error
        raise


def _give_back(rooms: Rooms, attempt: AttemptKey, base: Finished) -> None:
    _log.error("collecting the result of %s did not live to its end: given back", attempt)
    folder = rooms.outbox.folder(attempt)
    remove_tree(folder / FILES_NAME)
    lost = replace(base, reason=Reason.WORKER_LOST, message="run.collecting_died", fields={})
    rooms.outbox.put(replace(lost, log_bytes=_size(folder / LOG_NAME)))


def _recover(rooms: Rooms, order: StartRun, base: Finished, mode: Mode, run_folder: Path) -> None:
    if mode is Mode.DISK and not os.path.ismount(run_folder / DISK_FOLDER):
        loop.mount_ext4(run_folder / DISK_IMAGE, run_folder / DISK_FOLDER)
    task = run_folder / (DISK_FOLDER if mode is Mode.DISK else "work") / "task"
    source = Source(mode, run_folder, task, places.container_name(run_folder.name), {})
    takings = new_takings(rooms, order, lambda text: _log.info("%s: %s", order.attempt, text))
    adopt(takings)
    gather(rooms, source, takings)
    rooms.outbox.put(with_takings(base, takings, _size(rooms.outbox.folder(order.attempt) / LOG_NAME)))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _write(path: Path, told: Mapping[str, Any]) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _read(path: Path) -> tuple[StartRun, Finished, Mode, int]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    order, base = from_json(StartRun, told["order"]), from_json(Finished, told["finished"])
    return order, base, Mode(told["mode"]), int(told.get(TRIES, 0))
