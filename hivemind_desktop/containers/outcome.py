"""From a run's end to RunEnded: files and log into the outbox, on disk before anybody hears of it; a full disk is waited for."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hivemind_desktop.containers import cleaning, ending, faults, volume
from hivemind_desktop.containers.collect import collect
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.containers.messages import Stop
from hivemind_desktop.containers.package import Marks
from hivemind_desktop.containers.rooms import Rooms
from hivemind_desktop.containers.runs import ENDED
from hivemind_desktop.containers.takings import Takings, Wanted
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import RunEnded, StageEntered
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import to_json
from hivemind_desktop.worker.ports import FILES_NAME

TRIES = "tries"
"""In the note: how often a later process has begun to collect a result and neither ended nor put it off (recovery.py)."""

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

        Waits while the disk is full or the outbox cannot be written, until it can or the run is cancelled, and a while for an engine that is
        away. What cannot be collected is told as worker_lost; a bug is raised besides.
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
            fault = faults.known(error) or KnownError("run.bug", detail=f"{type(error).__name__}: {error}")
            lost = replace(base, reason=Reason.WORKER_LOST, message=fault.code, fields=ending.texts(fault))
            self._rooms.post(RunEnded(lost, kept=False))
            if fault.code == "run.bug":
                raise
            _log.error("the result of %s could not be collected", self._order.attempt, exc_info=error)
            return
        if finished is None:
            self._forget(base)
        else:
            self._rooms.post(RunEnded(finished, kept=True))

    def _keep(self, base: Finished, source: Source | None) -> Finished | None:
        """Put it into the outbox; None when it was cancelled while it waited."""
        takings: Takings | None = None
        engine_until = self._rooms.awake() + self._rooms.options.engine_patience_s
        waited = False
        while True:
            try:
                if source is not None:
                    takings = takings or new_takings(self._rooms, self._order, self._say)
                    gather(self._rooms, source, takings)
                finished = with_takings(base, takings, self._log.close() if self._log is not None else 0)
                self._rooms.outbox.put(finished)
                break
            except Exception as error:
                fault = faults.known(error)
                if fault is None or not _passes(error, fault, self._rooms.awake() < engine_until):
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


def _passes(error: Exception, fault: KnownError, is_early: bool) -> bool:
    """Whether to try again later: no room, an outbox that is held or closed, or, early on, an engine that is away."""
    if faults.is_lost(error):
        return is_early
    return fault.code == "disk.full" or (error is fault and fault.code.startswith("store."))


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
        write_note(run_folder / ENDED, told)
    except OSError as error:
        _log.warning("how run %s ended could not be noted: %s", run_folder.name, error)


def write_note(path: Path, told: Mapping[str, Any]) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
