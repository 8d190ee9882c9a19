"""A started container until its end: stops, freezes, limits that are watched, an engine that goes away. Never executes anything in it."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hivemind_desktop.containers import faults
from hivemind_desktop.containers.ending import Ending, of_exit
from hivemind_desktop.containers.follower import Follower, Output
from hivemind_desktop.containers.messages import (
    Broke,
    Cpus,
    Created,
    Exited,
    Freeze,
    Message,
    Stop,
    TooMuchLog,
)
from hivemind_desktop.containers.rooms import Rooms
from hivemind_desktop.containers.sampling import Sampling
from hivemind_desktop.containers.spec import CPU_PERIOD_US, cpu_quota
from hivemind_desktop.containers.stopwatch import Stopwatch
from hivemind_desktop.containers.workspace import Workspace
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import RunFrozen
from hivemind_desktop.worker.ports import Hosted

if TYPE_CHECKING:
    from docker import APIClient

KILL_AGAIN_S = 1.0
"""After SIGKILL the engine is asked that often whether it worked: the follower may have been stopped with the process."""
EARLY_S = (0.25, 0.5, 1.0)
"""The first samples after the one at the start; then every Options.sample_s."""
DYING_PATIENCE_S = 2.0
"""How long a run that is to be stopped waits for an engine that is away."""


class Running:
    """Follows one container. `hosted` is the thread of its present follower."""

    def __init__(
        self,
        rooms: Rooms,
        order: StartRun,
        client: APIClient,
        container_id: str,
        inbox: queue.SimpleQueue[Message],
        watch: Stopwatch,
        sampling: Sampling,
        workspace: Workspace,
        output: Output,
        role: str,
        cpus: float,
    ) -> None:
        self._rooms = rooms
        self._order = order
        self._client = client
        self._id = container_id
        self._inbox = inbox
        self._watch = watch
        self._sampling = sampling
        self._workspace = workspace
        self._output = output
        self._role = role
        self._cpus = cpus
        self._wanted_cpus = cpus
        self._wanted_frozen = False
        self._too_much_log = False
        self._asked_to_end = False
        self._stop: Stop | None = None
        self._kill_at = 0.0
        self._was_away = False
        self._killed = False
        self._sample_at = rooms.awake()
        self._early = list(EARLY_S)
        self._disk_at = rooms.awake() + rooms.options.disk_poll_s
        self.hosted: Hosted | None = None

    def follow(self, stop: Stop | None) -> Ending:
        """Until the container has ended (or nothing is known of it any more). `stop`: asked for before the start was through."""
        ending = self._act(stop) if stop is not None else None
        while ending is None:
            try:
                message = self._inbox.get(timeout=max(0.0, self._due() - self._rooms.awake()))
            except queue.Empty:
                ending = self._guarded(self._tick)
            else:
                ending = self._act(message)
        return ending

    def _guarded(self, step: Callable[[], Ending | None]) -> Ending | None:
        """A step that asks the engine: when it is away, what is known of the container is asked anew."""
        try:
            return step()
        except Exception as error:
            if not faults.is_lost(error):
                raise
            return self._regain()

    def _act(self, message: Message) -> Ending | None:
        return self._guarded(lambda: self._take(message))

    def _take(self, message: Message) -> Ending | None:
        match message:
            case Stop():
                self._begin_stop(message)
            case Freeze(frozen):
                self._wanted_frozen = frozen
                self._freeze(frozen)
            case Cpus(cpus):
                self._wanted_cpus = cpus
                self._set_cpus()
            case TooMuchLog():
                self._begin_stop(Stop(Reason.LOG_LIMIT, min(2.0, self._order.grace_s)))
            case Exited(code):
                return self._ended(code)
            case Broke(error):
                if not faults.is_engines(error):
                    raise error
                return self._regain()
            case Created():
                raise AssertionError("a container is made once")
        return None

    def _due(self) -> float:
        """When `_tick` has something to do next, by the awake clock."""
        due = [self._sample_at]
        if self._stop is not None:
            due.append(self._kill_at)
        elif self._watch.going:
            due.append(self._rooms.awake() + self._order.timeout_s - self._watch.elapsed)
        if not self._workspace.bounded:
            due.append(self._disk_at)
        return min(due)

    def _tick(self) -> Ending | None:
        """What is due now; several things may be."""
        now = self._rooms.awake()
        if now >= self._sample_at:
            if self._watch.elapsed >= EARLY_S[0] / 2:
                self._sampling.search()
            self._sampling.take(self._workspace.used() if self._workspace.bounded else None)
            self._sample_at = now + (self._early.pop(0) if self._early else self._rooms.options.sample_s)
        if not self._workspace.bounded and now >= self._disk_at:
            self._watch_disk()
            self._disk_at = self._rooms.awake() + self._rooms.options.disk_poll_s
        if self._stop is None and self._watch.elapsed >= self._order.timeout_s:
            self._begin_stop(Stop(Reason.TIMEOUT, self._order.grace_s))
        elif self._stop is not None and now >= self._kill_at:
            return self._kill(now)
        return None

    def _kill(self, now: float) -> Ending | None:
        if self._killed:
            state = self._client.inspect_container(self._id)["State"]
            if not state.get("Running"):
                return self._ended(int(state.get("ExitCode") or 0))
        self._kill_at = now + KILL_AGAIN_S
        self._killed = True
        self._signal("SIGKILL")
        return None

    def _watch_disk(self) -> None:
        used = self._workspace.used()
        if used is None:
            return
        self._sampling.take(used)
        if used > self._order.granted.disk_bytes and self._stop is None:
            self._begin_stop(Stop(Reason.DISK_LIMIT, 0.0))

    def _begin_stop(self, stop: Stop) -> None:
        """The first stop decides the reason; a later one can only hurry, or cancel."""
        now = self._rooms.awake()
        first = self._stop is None
        if self._stop is None or stop.reason is Reason.CANCELLED:
            self._stop = stop
        self._kill_at = now + stop.grace_s if first else min(self._kill_at, now + stop.grace_s)
        if first:
            self._ask_to_end()

    def _ask_to_end(self) -> None:
        """SIGTERM, and thawed so that it can be heard. Once, where there is time to hear it."""
        assert self._stop is not None
        if not self._watch.going:
            self._freeze(False)
        if self._stop.grace_s > 0 and not self._asked_to_end:
            self._signal("SIGTERM")
        self._asked_to_end = True

    def _signal(self, name: str) -> None:
        """A container that has ended meanwhile is no fault: its end is on the way."""
        try:
            self._client.kill(self._id, name)
        except Exception as error:
            if not faults.is_refused(error):
                raise

    def _freeze(self, frozen: bool) -> None:
        """RunFrozen whatever happens: the agent asks again for what it did not get."""
        try:
            if frozen == self._watch.going and not (frozen and self._stop is not None):
                if frozen:
                    self._sampling.take()
                (self._client.pause if frozen else self._client.unpause)(self._id)
                (self._watch.hold if frozen else self._watch.go)()
        except Exception as error:
            if not faults.is_refused(error):
                raise
        finally:
            self._rooms.post(RunFrozen(self._order.attempt, not self._watch.going))

    def _set_cpus(self) -> None:
        """Divide again; what the engine refuses of it leaves the old quota, which held as well."""
        if self._wanted_cpus == self._cpus:
            return
        quota = cpu_quota(self._wanted_cpus)
        try:
            self._client.update_container(self._id, cpu_period=CPU_PERIOD_US, cpu_quota=quota)
        except Exception as error:
            if not faults.is_refused(error):
                raise
        self._cpus = self._wanted_cpus

    def _ended(self, code: int) -> Ending:
        self._watch.hold()
        if self._stop is not None:
            return Ending(self._stop.reason, code, self._stop.message)
        if code == 0:
            return Ending(Reason.OK, 0)
        state = self._client.inspect_container(self._id)["State"]
        return of_exit(
            code,
            out_of_memory=bool(state.get("OOMKilled")),
            disk_full=self._workspace.is_full(),
            engine_was_away=self._was_away,
        )

    def _regain(self) -> Ending | None:
        """The engine went away: ask until it is back, then go on by what it says of the container (facts, section 4)."""
        self._was_away = True
        patience_s = self._rooms.options.engine_patience_s
        if self._stop is not None:
            patience_s = min(patience_s, DYING_PATIENCE_S)
        deadline = self._rooms.awake() + patience_s
        pause = 0.1
        while True:
            try:
                self._rooms.engine.answer()
                return self._go_on(self._client.inspect_container(self._id)["State"])
            except Exception as error:
                if not faults.is_engines(error):
                    raise
                if faults.is_missing(error) or self._rooms.awake() > deadline:
                    self._watch.hold()
                    return Ending(Reason.ENGINE_LOST, None, "engine.lost_run")
            deadline = self._hear_while_away(pause, deadline)
            pause = min(2.0, pause * 2)

    def _go_on(self, state: dict[str, Any]) -> Ending | None:
        """The engine is back: what was wished meanwhile, or when it went, is asked again, and its output is followed again."""
        if not state.get("Running"):
            return self._ended(int(state.get("ExitCode") or 0))
        (self._watch.hold if state.get("Paused") else self._watch.go)()
        if self._stop is not None:
            self._ask_to_end()
        else:
            self._set_cpus()
            if self._too_much_log:
                self._inbox.put(TooMuchLog())
            if self._wanted_frozen == self._watch.going:
                self._freeze(self._wanted_frozen)
        if self.hosted is not None:
            self.hosted.stop_and_wait(5.0)
        follower = Follower(
            self._client, self._output, self._inbox.put, self._sampling.take, container_id=self._id
        )
        self.hosted = self._rooms.spawn(self._role, follower)
        return None

    def _hear_while_away(self, pause: float, deadline: float) -> float:
        """Wait, and note what is wished meanwhile. A stop shortens the patience, which is returned."""
        try:
            message = self._inbox.get(timeout=pause)
        except queue.Empty:
            return deadline
        match message:
            case Stop():
                if self._stop is None or message.reason is Reason.CANCELLED:
                    self._stop = message
                    self._kill_at = self._rooms.awake()
                return min(deadline, self._rooms.awake() + DYING_PATIENCE_S)
            case Freeze(frozen):
                self._wanted_frozen = frozen
                self._rooms.post(RunFrozen(self._order.attempt, not self._watch.going))
            case Cpus(cpus):
                self._wanted_cpus = cpus
            case TooMuchLog():
                self._too_much_log = True
            case _:
                pass
        return deadline
