"""The engine as the agent sees it (worker.ports.Containers): every method returns at once, what comes of it arrives as an event.

What only a run needs is imported by the first one (2 MB that an idle worker does without).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hivemind_desktop.containers import cleaning, disk
from hivemind_desktop.containers.address import candidates
from hivemind_desktop.containers.devices import Devices
from hivemind_desktop.containers.ending import texts
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.images import Images
from hivemind_desktop.containers.messages import Cpus, Freeze, Stop
from hivemind_desktop.containers.options import Options
from hivemind_desktop.containers.probing import Probing
from hivemind_desktop.containers.rooms import GpuLoads, Held, Rooms, User
from hivemind_desktop.containers.runs import Runs
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import EngineAnswered, EngineFailed, RunFrozen
from hivemind_desktop.worker.ports import Clock, Fetch, Outbox, Post, Spawn
from hivemind_desktop.worker.snapshot import LimitsKept

if TYPE_CHECKING:
    from hivemind_desktop.containers.run import Run

FIRST_UID = 65_100
"""A worker that is root gives each run a uid of its own from here on: Debian keeps 65000-65533 free (policy 9.2.2), and below 65536
they exist in remapped engines too."""
LAST_UID = 65_519
GRACE_OF_CANCELLED_S = 0.5
"""A cancelled run is gone within a second."""

_log = logging.getLogger(__name__)


class DockerContainers:
    """`folder` is the state folder's worker/: runs/ lies in it. `make_run_id` gives ids of letters, digits and -_. that never repeat.

    `awake`: seconds that do not count sleep. `held` hears when a result waits for room on the disk. `gpus`: numbers of those that
    tasks may use; `gpu_loads` tells their load.
    """

    def __init__(
        self,
        *,
        post: Post,
        spawn: Spawn,
        clock: Clock,
        outbox: Outbox,
        fetch: Fetch,
        log_grew: Callable[[AttemptKey, int], None],
        folder: Path,
        options: Options,
        installation_id: str,
        make_run_id: Callable[[], str],
        held: Held = lambda attempt, fault: None,
        gpus: Iterable[int] = (),
        gpu_loads: GpuLoads = dict,
        awake: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises KnownError engine.address for a DOCKER_HOST that cannot be spoken to."""
        uid = os.getuid() if hasattr(os, "getuid") else None
        engine = Engine(candidates(options.docker_host, os.environ, str(Path.home()), uid, sys.platform))
        runs = Runs(folder / "runs")
        self._rooms = Rooms(
            post=post,
            spawn=spawn,
            clock=clock,
            awake=awake,
            outbox=outbox,
            fetch=fetch,
            log_grew=log_grew,
            held=held,
            options=options,
            installation_id=installation_id,
            engine=engine,
            images=Images(engine, options, awake),
            probing=Probing(engine, folder, runs.drop),
            runs=runs,
            blanks=folder / disk.BLANKS,
            devices=Devices(gpus),
            gpu_loads=gpu_loads,
        )
        self._make_run_id = make_run_id
        self._lock = threading.Lock()
        self._runs: dict[AttemptKey, Run] = {}
        self._seccomp = ""
        self._probing = False
        self._cleaned = False

    # ------------------------------------------------------------------ worker.ports.Containers

    def probe(self) -> None:
        """Ask whether the engine is there; the first answer also cleans up what a crash left."""
        with self._lock:
            if self._probing:
                return
            self._probing = True
        self._rooms.spawn("engine", _Once(self._probe))

    def start(self, order: StartRun) -> None:
        """A bug when the attempt has a run already."""
        from hivemind_desktop.containers.run import Run

        with self._lock:
            if order.attempt in self._runs:
                raise ValueError(f"{order.attempt} runs already")
            number = next(
                n for n in range(len(self._runs) + 1) if n not in {run.number for run in self._runs.values()}
            )
            if not self._seccomp:
                self._seccomp = self._rooms.options.seccomp.read_text(encoding="utf-8")
            run = Run(
                self._rooms, order, self._make_run_id(), number, user_of(number), self._seccomp, self._forget
            )
            self._runs[order.attempt] = run
        self._rooms.spawn(f"container-{number}", run)

    def stop(self, attempt: AttemptKey, reason: Reason, grace_s: float) -> None:
        if reason is Reason.CANCELLED:
            grace_s = min(grace_s, GRACE_OF_CANCELLED_S)
        run = self._run(attempt)
        if run is not None:
            run.ask(Stop(reason, grace_s))

    def freeze(self, attempt: AttemptKey) -> None:
        self._ask_frozen(attempt, True)

    def thaw(self, attempt: AttemptKey) -> None:
        self._ask_frozen(attempt, False)

    def set_cpus(self, attempt: AttemptKey, cpus: float) -> None:
        run = self._run(attempt)
        if run is not None:
            run.ask(Cpus(cpus))

    # ------------------------------------------------------------------ beyond the protocol

    def kept(self, attempt: AttemptKey) -> LimitsKept | None:
        """The limits of a run that really hold; None before its container is made, or when it has no run here."""
        run = self._run(attempt)
        return run.limits if run is not None else None

    def clean_leftovers(self, young_s: float = 0.0) -> list[str]:
        """Remove what a crash left of this installation's; runs of this process and containers younger than `young_s` are spared.

        Blocks. Returns what could not be removed. Raises KnownError engine.* when the engine does not answer.
        """
        with self._lock:
            alive = frozenset(run.run_id for run in self._runs.values())
        now = self._rooms.clock().wall
        return cleaning.leftovers(
            self._rooms.engine, self._rooms.runs, self._rooms.installation_id, alive, young_s, now
        )

    def recover_results(self) -> tuple[AttemptKey, ...]:
        """Put into the outbox what an earlier process had finished but not put there (recovery.recover). Blocks; call it before Started."""
        if next(self._rooms.runs.all(), None) is None:
            return ()
        from hivemind_desktop.containers import recovery

        with self._lock:
            alive = frozenset(run.run_id for run in self._runs.values())
        return recovery.recover(self._rooms, alive)

    def close(self) -> None:
        """Once no run is left: close the connections to the engine."""
        self._rooms.engine.close()

    def _run(self, attempt: AttemptKey) -> Run | None:
        with self._lock:
            return self._runs.get(attempt)

    def _ask_frozen(self, attempt: AttemptKey, frozen: bool) -> None:
        run = self._run(attempt)
        if run is None:
            self._rooms.post(RunFrozen(attempt, False))
        else:
            run.ask(Freeze(frozen))

    def _forget(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.order.attempt, None)

    def _probe(self) -> None:
        try:
            version = self._rooms.engine.answer()
            if not self._cleaned:
                for left in self.clean_leftovers():
                    _log.warning("left from an earlier run and not removed: %s", left)
                self._cleaned = True
        except KnownError as fault:
            self._end_probe()
            self._rooms.post(EngineFailed(fault.code, texts(fault)))
            return
        self._end_probe()
        self._rooms.post(EngineAnswered(version))

    def _end_probe(self) -> None:
        with self._lock:
            self._probing = False


class _Once:
    """A loop of one call."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def run(self) -> None:
        self._call()

    def stop(self) -> None:
        """The call has time-outs of its own."""


def user_of(number: int) -> User:
    """The worker's own ids; for a worker that is root, or on Windows, high ones that nobody else has, one pair per running run."""
    if hasattr(os, "getuid") and os.getuid() != 0:
        return User(os.getuid(), os.getgid(), lone=False)
    high = FIRST_UID + number % (LAST_UID - FIRST_UID + 1)
    return User(high, high, lone=True)
