"""The loop around the pure state: take an event, ask the state, run the commands, publish a snapshot."""

from __future__ import annotations

import heapq
import logging
import traceback
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import Clock, Containers, Link
from hivemind_desktop.worker.snapshot import RunView, Snapshot
from hivemind_desktop.worker.state import WorkerState
from hivemind_desktop.worker.story import named

log = logging.getLogger(__name__)

MAX_BURST = 64
"""Events taken before a snapshot is published all the same."""


class Keeper(Protocol):
    """What the agent writes down; each call returns when it is on disk."""

    def save_wishes(self, stopped: bool, pause_since: float | None, pause_until: float | None) -> None: ...

    def keep_history(self, view: RunView, image: str, finished: Finished, kept: bool) -> None: ...

    def keep_delivery(self, attempt: AttemptKey, state: str, reward: int) -> None: ...


class Agent:
    """A Loop: hosted by the thread `agent`, which alone touches the state. `post` may be called from any thread."""

    def __init__(
        self,
        clock: Clock,
        link: Link,
        containers: Containers,
        keeper: Keeper,
        publish: Callable[[Snapshot], None],
        state: WorkerState | None = None,
    ) -> None:
        self._clock = clock
        self._link = link
        self._containers = containers
        self._keeper = keeper
        self._publish = publish
        self._state = state or WorkerState()
        self._inbox: SimpleQueue[ev.Event | None] = SimpleQueue()
        self._wakes: list[float] = []
        self._broken = False

    def post(self, event: ev.Event) -> None:
        self._inbox.put(event)

    def snapshot(self) -> Snapshot:
        """The state before the first event; afterwards only the agent's thread may ask."""
        return self._state.snapshot()

    def stop(self) -> None:
        """Leave at once, whatever runs: only for the end of the process. The ordinary way is to post QuitAsked."""
        self._inbox.put(None)

    def run(self) -> None:
        while not self._state.over:
            event = self._next()
            for _ in range(MAX_BURST):
                if event is None:
                    return
                self._take(event)
                if self._state.over or self._inbox.empty():
                    break
                event = self._inbox.get()
            self._show()

    def step(self) -> bool:
        """Take what is waiting now, for tests that drive the agent by hand; False when nothing was."""
        try:
            event = self._inbox.get_nowait()
        except Empty:
            return False
        if event is not None:
            self._take(event)
            self._show()
        return True

    def _next(self) -> ev.Event | None:
        while True:
            now = self._clock().at
            if self._wakes and self._wakes[0] <= now:
                while self._wakes and self._wakes[0] <= now:
                    heapq.heappop(self._wakes)
                return ev.Woke()
            try:
                return self._inbox.get(timeout=self._wakes[0] - now if self._wakes else None)
            except Empty:
                continue

    def _take(self, event: ev.Event) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", named(event))
        try:
            commands = self._state.handle(event, self._clock())
        except Exception:
            self._tell_bug(f"the worker's state broke at {named(event)}")
            return
        for command in commands:
            try:
                self._do(command)
            except Exception:
                self._tell_bug(f"{type(command).__name__} was not done")

    def _tell_bug(self, what: str) -> None:
        """A bug in the state, or in an adapter that may not raise: loud, no new tasks, what runs goes on to its end."""
        log.critical("%s\n%s", what, "\n".join(self._state.story()), exc_info=True)
        if not self._broken:
            self._broken = True
            self.post(ev.BugFound("agent", traceback.format_exc(limit=5)))

    def _show(self) -> None:
        snapshot = self._state.snapshot()
        self._link.see(snapshot)
        self._publish(snapshot)

    def _do(self, command: do.Command) -> None:
        match command:
            case do.OpenLink():
                self._link.open()
            case do.CloseLink():
                self._link.close()
            case do.TellFreeSlots(free):
                self._link.tell_free_slots(free)
            case do.ClaimTask(offer_id, granted):
                self._link.claim(offer_id, granted)
            case do.RefuseOffer(offer_id, reason, fields, lasting):
                self._link.refuse(offer_id, reason, fields, lasting)
            case do.TellStage(attempt):
                self._tell_stage(attempt)
            case do.Deliver(attempt):
                self._link.deliver(attempt)
            case do.GiveBack(finished):
                self._link.give_back(finished)
            case do.StartRun():
                self._containers.start(command)
            case do.StopRun(attempt, reason, grace_s):
                self._containers.stop(attempt, reason, grace_s)
            case do.FreezeRun(attempt):
                self._containers.freeze(attempt)
            case do.ThawRun(attempt):
                self._containers.thaw(attempt)
            case do.SetCpus(attempt, cpus):
                self._containers.set_cpus(attempt, cpus)
            case do.ProbeEngine():
                self._containers.probe()
            case do.SaveWishes(stopped, since, until):
                self._keeper.save_wishes(stopped, since, until)
            case do.KeepHistory(view, image, finished, kept):
                self._keeper.keep_history(view, image, finished, kept)
            case do.KeepDelivery(attempt, state, reward):
                self._keeper.keep_delivery(attempt, state, reward)
            case do.WakeAt(at):
                heapq.heappush(self._wakes, at)
            case do.Exit():
                pass
            case _:
                raise TypeError(f"no room does {named(command)}")

    def _tell_stage(self, attempt: AttemptKey) -> None:
        view = self._state.view_of(attempt)
        if view:
            self._link.tell_stage(view)
