"""Everything of one worker, started in order and ended in reverse: the rooms, the agent, their threads, the port."""

from __future__ import annotations

import logging
import os
import platform
import random
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from hivemind_desktop import __version__
from hivemind_desktop.agent import Agent
from hivemind_desktop.compose.access import JoinedPool, OwnPool, joined_credential
from hivemind_desktop.compose.commands import settings_list
from hivemind_desktop.compose.place import Place, resources
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Capacity
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.errors import KnownError
from hivemind_desktop.feed import Feed
from hivemind_desktop.host.clock import now
from hivemind_desktop.host.embedded import EmbeddedMaster
from hivemind_desktop.host.folders import control_socket
from hivemind_desktop.host.interrupts import EarlyInterrupts
from hivemind_desktop.host.lock import InstanceLock
from hivemind_desktop.host.log import log_bugs, start_log
from hivemind_desktop.host.machine import machine
from hivemind_desktop.settings import allowed, gpus_allowed
from hivemind_desktop.settings import table as option
from hivemind_desktop.wording import say, say_why
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import BugFound, Started, WarningCleared, WarningRaised
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.ports import Hosted, Loop
from hivemind_desktop.worker.queries import AskHistory, AskTotals, HistoryPage, HistoryRow, Totals
from hivemind_desktop.worker.snapshot import ResultView, Snapshot

log = logging.getLogger(__name__)

AGENT_LIMIT_S = 10.0
END_LIMIT_S = 3.0
FEATURES = ("attempts", "blobs", "spool")
MIB = 1024**2
DAY_S = 86400.0
HISTORY_DAYS = 365
"""Rows of ended attempts are kept that long; a setting of its own comes with the history page."""
GB = 1000**3


class FrontEnd(Protocol):
    """`main` blocks on the main thread until the worker has ended; the exit code."""

    def main(self) -> int: ...


class Worker:
    """The worker of one installation. Made and started on the main thread; `port` is for front-ends."""

    def __init__(self, place: Place, ending: ExitStack) -> None:
        """Opens the files; each is closed by `ending`. Raises KnownError: another worker is here, or a file cannot be used."""
        from hivemind_desktop.port import LocalPort
        from hivemind_desktop.store.answers import Answers
        from hivemind_desktop.store.credentials import Credentials
        from hivemind_desktop.store.history import open_history
        from hivemind_desktop.store.keeper import StoreKeeper
        from hivemind_desktop.store.kept import Kept
        from hivemind_desktop.store.outbox import Outbox
        from hivemind_desktop.store.wishes import WishFile
        from hivemind_desktop.threads import Threads

        self.place = place
        self._interrupts = ending.enter_context(EarlyInterrupts())
        values, folder = place.loaded.values, place.folders.worker
        folder.mkdir(mode=0o700, exist_ok=True)
        ending.enter_context(InstanceLock(folder))
        credentials = Credentials(place.folders.credentials)
        address = values[option.MASTER_URL]
        self._pool = (
            JoinedPool(joined_credential(address, credentials, place.installation))
            if address
            else OwnPool(
                EmbeddedMaster(place.folders.root, place.config, self._nudge), credentials, place.installation
            )
        )
        kept = Kept(folder / "kept")
        self._outbox = Outbox(folder, kept)
        ending.callback(self._outbox.close)
        self._kept = kept
        self._history, self._torn = open_history(folder / "history.sqlite")
        ending.callback(self._history.close)
        self._wishes = WishFile(folder / "wishes.json")
        self._disk_waits = False
        self._keeper = StoreKeeper(self._history, self._wishes, self._disk_trouble)
        self._capacity = _capacity(place)
        self._threads = Threads(self._post)
        self._link = self._make_link()
        self._containers = self._make_containers()
        self._sampler = self._make_sampler()
        self._agent = Agent(now, self._link, self._containers, self._keeper, self._publish)
        self._feed = Feed(self._agent.snapshot(), self._bug)
        answers = Answers(self._history, self._outbox, kept, lambda: settings_list(place))
        self._local = LocalPort(self._feed, self._agent.post, answers.answer, self._bug)
        self.port: Port = self._local
        self._hosted: Hosted | None = None

    # ------------------------------------------------------------------ life

    def start(self, *, fresh: bool = False) -> None:
        """Start every thread. `fresh`: what the owner wished in an earlier life (stopped, paused) does not hold."""
        from hivemind_desktop.control.server import ControlServer

        wishes, unreadable = self._wishes.load()
        for problem in self.place.loaded.problems:
            told = {name: str(value) for name, value in problem.fields.items()}
            self._post(WarningRaised(f"setting {problem.key or told}", problem.code, told))
        for trouble in (unreadable, self._torn):
            if trouble is not None:
                self._warn(trouble.code, trouble)
        control = ControlServer(control_socket(self.place.folders.root), self.port, self._about)
        self.spawn("answers", self._local.asks)
        # answers while results of an earlier life are collected, however long that takes
        self.spawn("control", control)
        self._settle_outbox()
        self._feed.subscribe(self._keeper.see)
        self._feed.subscribe(self._set_pace)
        self._feed.subscribe(self._retry_disk)
        self._pool.open(self.spawn)
        self._hosted = self.spawn("agent", self._agent)
        self.spawn("sampler", self._sampler)
        totals, last = self._local.ask(AskTotals()), self._local.ask(AskHistory(sort="ended", limit=20))
        assert isinstance(totals, Totals)
        assert isinstance(last, HistoryPage)
        held = not fresh
        self._agent.post(
            Started(
                allowed=allowed(self.place.loaded.values, self._capacity),
                stopped=held and wishes.stopped,
                pause_since=wishes.pause_since if held else None,
                pause_until=wishes.pause_until if held else None,
                outbox=self._outbox.pending(),
                earned=totals.all,
                results=tuple(result_of(row) for row in last.rows if row.ended is not None),
            )
        )

    def end(self) -> None:
        """Whatever the front-end left running is ended: the agent by a quit, then every thread."""
        from hivemind_desktop.worker.events import QuitAsked

        if self._hosted is not None and not self._feed.snapshot().over:
            self._agent.post(QuitAsked())
            self._wait_for_the_end()
        stuck = self._threads.stop_all(END_LIMIT_S)
        self._containers.close()
        self._keeper.retry()
        if stuck:
            # Qt aborts when a running thread's object goes: better an honest end than that
            log.critical("left with running threads: %s", ", ".join(stuck))
            logging.shutdown()
            os._exit(1)

    def spawn(self, role: str, loop: Loop) -> Hosted:
        return self._threads.spawn(role, loop)

    def front_end(self, windowed: bool, *, opened: bool = False) -> FrontEnd:
        """The window and tray (`opened`: the window at once, whatever the settings say), or none. Main thread only."""
        if not windowed:
            from hivemind_desktop.service.headless import Headless

            headless = Headless(self.port)
            self._interrupts.check()
            return headless
        from hivemind_desktop.qt.app import NEXT_TASK, App, WindowOptions
        from hivemind_desktop.qt.theme import Choice

        loaded = self.place.loaded
        theme: str = loaded.values[option.THEME]
        options = WindowOptions(
            language=loaded.values[option.LANGUAGE],
            theme=cast(Choice, theme),
            single_colour=loaded.values[option.TRAY_ICON] == "single",
            minimized=loaded.values[option.MINIMIZED] and not opened,
            show_result_of=NEXT_TASK if opened else "",
        )
        app = App(self.port, options, see_charts=self.see_charts)
        self._interrupts.check()
        return app

    def see_charts(self, seen: bool) -> None:
        """A chart is looked at: sample every second."""
        self._charts_seen = seen
        self._set_pace(Change(self._feed.snapshot()))

    def say_why(self, snapshot: Snapshot) -> str:
        return say_why(snapshot.why)

    # ------------------------------------------------------------------ rooms

    def _make_link(self) -> Any:
        from hivemind_desktop.link.facts import NodeFacts
        from hivemind_desktop.link.link import GrpcLink

        facts = NodeFacts(
            version=__version__,
            features=FEATURES,
            hostname=socket.gethostname(),
            installation_id=self.place.installation,
            capacity=self._capacity,
        )
        return GrpcLink(
            self._pool.resolve,
            lambda: facts,
            self._outbox,
            self._post,
            self.spawn,
            now,
            random.random,
            spoiled=self._outbox.set_aside,
            report_s=float(self.place.loaded.values[option.REPORT_INTERVAL_S]),
            deadline_s=self.place.loaded.values[option.DEADLINE_S],
        )

    def _make_containers(self) -> Any:
        from hivemind_desktop.containers.docker_containers import DockerContainers
        from hivemind_desktop.containers.options import Options

        values = self.place.loaded.values
        return DockerContainers(
            post=self._post,
            spawn=self.spawn,
            clock=now,
            outbox=self._outbox,
            fetch=self._link.fetch,
            log_grew=self._link.log_grew,
            folder=self.place.folders.worker,
            options=Options(
                seccomp=resources() / "seccomp.json",
                image_sources=resources() / "image",
                base_image=f"{values[option.IMAGE_NAME]}:{values[option.IMAGE_TAG]}",
                docker_host=values[option.ENGINE_ADDRESS],
                nofile=values[option.TASK_NOFILE],
                nproc=values[option.TASK_NPROC],
                io_weight=values[option.TASK_IO_WEIGHT],
                log_head_bytes=int(values[option.TASK_LOG_HEAD_MB] * MIB),
                log_tail_bytes=int(values[option.TASK_LOG_TAIL_MB] * MIB),
                log_limit_bytes=int(values[option.TASK_LOG_LIMIT_GB] * GB),
            ),
            installation_id=self.place.installation,
            make_run_id=lambda: uuid.uuid4().hex,
            held=self._held,
            gpus=gpus_allowed(values, self._capacity),
            gpu_loads=lambda: self._sampler.gpu_loads(),
        )

    def _make_sampler(self) -> Any:
        from hivemind_desktop.sensors.sampler import Sampler

        self._charts_seen = False
        return Sampler(self._post, now, self.place.folders.root)

    # ------------------------------------------------------------------ small things

    def _post(self, event: Any) -> None:
        self._agent.post(event)

    def _publish(self, snapshot: Snapshot) -> None:
        self._feed.publish(snapshot)

    def _bug(self, where: str, text: str) -> None:
        self._post(BugFound(where, text))

    def _nudge(self) -> None:
        self._link.nudge()

    def _set_pace(self, change: Change) -> None:
        """1 s while a chart is seen, 5 s while a task runs, 10 s otherwise (look: nothing costs while nobody looks)."""
        self._sampler.set_interval(1.0 if self._charts_seen else 5.0 if change.snapshot.runs else 10.0)

    def _settle_outbox(self) -> None:
        """Bring outbox and history in order after a crash; runs that left no result are given back."""
        from hivemind_desktop.worker.finished import Finished

        wall = now().wall
        settled = self._outbox.settle()
        for broken in settled.broken:
            self._post(
                WarningRaised(f"outbox {broken.moved_to or broken.fields}", broken.code, broken.fields)
            )
        recovered = self._containers.recover_results()
        for attempt in settled.unfinished:
            if attempt in recovered:
                continue
            log.warning("the run of %s did not live to its end: given back", attempt)
            self._outbox.put(Finished(attempt, Reason.WORKER_LOST, started=wall, ended=wall))
        days = self.place.loaded.values[option.OUTBOX_DAYS]
        for attempt in self._outbox.expire(days * DAY_S):
            self._post(
                WarningRaised(
                    f"expired {attempt}", "outbox.expired", {"task_id": attempt.task_id, "days": str(days)}
                )
            )
        self._history.close_running(self._outbox.pending(), wall)
        self._kept.forget(self._history.prune(wall - HISTORY_DAYS * DAY_S))

    def _warn(self, about: str, error: KnownError) -> None:
        log.error("%s", error)
        self._post(
            WarningRaised(about, error.code, {name: str(value) for name, value in error.fields.items()})
        )

    def _disk_trouble(self, error: KnownError) -> None:
        """History or wishes could not be written; they wait in memory and are tried again with every reading."""
        self._disk_waits = True
        self._warn("history", error)

    def _retry_disk(self, change: Change) -> None:
        if self._disk_waits and "reading" in change.parts and self._keeper.retry():
            self._disk_waits = False
            self._post(WarningCleared("history"))

    def _held(self, attempt: AttemptKey, fault: KnownError | None) -> None:
        """A result waits for room on the disk, or waits no longer."""
        about = f"held {attempt}"
        if fault is None:
            self._post(WarningCleared(about))
        else:
            self._warn(about, fault)

    def _about(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "installation": self.place.installation,
            "log_file": str(self.place.log_path),
            "python": platform.python_version(),
        }

    def _wait_for_the_end(self) -> None:
        deadline = now().at + AGENT_LIMIT_S
        snapshot = self._feed.snapshot()
        while not snapshot.over and now().at < deadline:
            change = self._feed.since(snapshot.number, deadline - now().at)
            snapshot = change.snapshot if change else snapshot


def result_of(row: HistoryRow) -> ResultView:
    """A row of the history as the window shows it among the last results."""
    delivered = {"uploading": "", "cancelled": "dropped"}.get(row.state, row.state)
    return ResultView(
        attempt=row.attempt,
        name=row.name,
        sender=row.sender,
        reason=row.reason or Reason.WORKER_LOST,
        exit_code=row.exit_code,
        ended=row.ended or row.claimed,
        duration_s=row.usage.duration_s,
        delivered=delivered,
        reward=row.reward,
        message=row.message,
        fields=row.fields,
    )


def _capacity(place: Place) -> Capacity:
    from hivemind_desktop.sensors.sampler import capacity

    return capacity(machine(place.folders.root))


@contextmanager
def running(place: Place, *, fresh: bool = False, stderr_level: str | None = None) -> Iterator[Worker]:
    """A started worker; ended when the context ends, however it ends."""
    with ExitStack() as ending:
        program_log = start_log(place.log_path, place.log_level, stderr_level=stderr_level)
        ending.callback(program_log.close)
        log.info("version %s, installation %s in %s", __version__, place.installation, place.folders.root)
        for problem in place.loaded.problems:
            log.warning("its default is used: %s", say(problem.code, problem.fields))
        worker = Worker(place, ending)
        log_bugs(worker._bug)
        ending.callback(worker.end)
        worker.start(fresh=fresh)
        yield worker
