"""One run, the loop container-N: received, prepared, started, followed, collected, told, cleaned. RunEnded and RunCleaned come once each, whatever happens."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hivemind_desktop.containers import cleaning, ending, faults, package, places, volume
from hivemind_desktop.containers.configured import bounded_volumes, unset_variables
from hivemind_desktop.containers.ending import COLLECTED, Ending, Over
from hivemind_desktop.containers.facts import Facts, ignored_limits
from hivemind_desktop.containers.follower import Follower, Output
from hivemind_desktop.containers.images import Image, Stopped
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.containers.messages import Broke, Cpus, Created, Freeze, Message, Stop
from hivemind_desktop.containers.outcome import Outcome, Source
from hivemind_desktop.containers.rooms import Rooms, User
from hivemind_desktop.containers.running import Running
from hivemind_desktop.containers.sampling import Sampling
from hivemind_desktop.containers.spec import Surroundings, create_body, kept
from hivemind_desktop.containers.stopwatch import Stopwatch
from hivemind_desktop.containers.workspace import (
    DiskWorkspace,
    FolderWorkspace,
    Mode,
    VolumeWorkspace,
    Workspace,
)
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.events import (
    LimitsFound,
    LogGrew,
    Progressed,
    RunCleaned,
    RunFrozen,
    StageEntered,
)
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.ports import LOG_NAME, Hosted
from hivemind_desktop.worker.snapshot import LimitsKept

if TYPE_CHECKING:
    from docker import APIClient

STOP_FOLLOWER_S = 30.0
DEVICE_LOOK_S = 0.1
"""Between two looks for a GPU that is free again."""

_log = logging.getLogger(__name__)


class Run:
    """`number` names its threads. `seccomp` is the profile's text. `leave` is called when nothing of the run is left."""

    def __init__(
        self,
        rooms: Rooms,
        order: StartRun,
        run_id: str,
        number: int,
        user: User,
        seccomp: str,
        leave: Callable[[Run], None],
    ) -> None:
        self.order = order
        self.run_id = run_id
        self.number = number
        self.limits: LimitsKept | None = None
        """What holds, once its container is made."""
        self._rooms = rooms
        self._user = user
        self._seccomp = seccomp
        self._leave = leave
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stop: Stop | None = None
        self._cpus = order.granted.cpus
        self._watch = Stopwatch(rooms.awake)
        self._sampling = Sampling(order.attempt, rooms.post, self._watch, rooms.gpu_loads)
        self._folder: Path | None = None
        self._log: RunLog | None = None
        self._workspace: Workspace | None = None
        self._mode = Mode.FOLDER
        self._marks: package.Marks = {}
        self._image = Image("", "", "")
        self._container_id = ""
        self._follower: Follower | None = None
        self._hosted: Hosted | None = None
        self._started = 0.0
        self._body_disk: int | None = None

    # ------------------------------------------------------------------ from any thread

    def ask(self, message: Stop | Freeze | Cpus) -> None:
        """A wish of the agent's; never blocks."""
        if isinstance(message, Stop) and (self._stop is None or message.reason is Reason.CANCELLED):
            self._stop = message
        if isinstance(message, Cpus):
            self._cpus = message.cpus
        self._inbox.put(message)

    def stop(self) -> None:
        """The process ends: no grace."""
        self.ask(Stop(Reason.PREEMPTED, 0.0))

    # ------------------------------------------------------------------ the run's own thread

    def run(self) -> None:
        self._started = self._rooms.clock().wall
        bug: Exception | None = None
        try:
            result = self._work()
        except Over as over:
            result = over.ending
        except Exception as error:
            result, bug = self._of_error(error)
        try:
            self._let_go_of_threads()
            outcome = Outcome(self._rooms, self.order, self._log, lambda: self._stop)
            outcome.tell(self._base(result), self._source(result))
        finally:
            try:
                self._clean()
            finally:
                self._rooms.devices.free(self.run_id)
                self._leave(self)
                self._rooms.post(RunCleaned(self.order.attempt))
        if bug is not None:
            raise bug

    def _of_error(self, error: Exception) -> tuple[Ending, Exception | None]:
        if isinstance(error, Stopped) or (self._stop is not None and faults.known(error) is not None):
            return self._stopped_ending(), None
        fault = faults.known(error)
        if fault is None:
            return Ending(
                Reason.WORKER_LOST, None, "run.bug", {"detail": f"{type(error).__name__}: {error}"}
            ), error
        if isinstance(error, OSError) and not faults.is_engines(error):
            _log.error("run %s ended by a fault of this computer", self.run_id, exc_info=error)
        return ending.of_fault(fault), None

    def _stopped_ending(self) -> Ending:
        assert self._stop is not None
        return Ending(self._stop.reason, None, self._stop.message)

    def _check_stopped(self) -> None:
        if self._stop is not None:
            raise Over(self._stopped_ending())

    def _is_stopped(self) -> bool:
        return self._stop is not None

    def _enter(self, stage: Stage) -> None:
        self._rooms.post(StageEntered(self.order.attempt, stage))

    def _work(self) -> Ending:
        self._enter(Stage.RECEIVED)
        rooms, order = self._rooms, self.order
        options = rooms.options
        self._folder = rooms.runs.make(self.run_id, order.attempt)
        self._log = RunLog(
            rooms.outbox.folder(order.attempt) / LOG_NAME,
            options.log_head_bytes,
            options.log_tail_bytes,
            wait=self._wait_for_room,
            retry_s=options.outbox_retry_s,
        )
        self._enter(Stage.PREPARING)
        command, line = package.choose_command(order.spec)
        facts, client = rooms.engine.facts(), rooms.engine.client()
        self._get_image()
        around = self._surroundings(facts, command)
        self._make_workspace(around, client)
        assert self._workspace is not None
        gpus = self._take_gpus()
        around = replace(around, mounts=self._workspace.mounts, tmpdir=self._workspace.tmpdir, gpus=gpus)
        if line:
            self._log.notice(line)
        output = Output(self._log, self._tell_output, options.log_limit_bytes, rooms.awake)
        self._listen(client, around, output)
        self._fill()
        self._await_created()
        if self._mode is Mode.VOLUME:
            labels = {
                places.LABEL_INSTALLATION: rooms.installation_id,
                places.LABEL_RUN: self.run_id,
            }
            volume.fill(
                client,
                places.container_name(self.run_id),
                self._image.id,
                labels,
                self._workspace.task_folder,
                self._user.uid,
                self._user.gid,
            )
        self._enter(Stage.SCHEDULED)
        self._check_stopped()
        self._start(client)
        running = Running(
            rooms, order, client, self._container_id, self._inbox, self._watch, self._sampling, self._workspace,
            output, f"log-{self.number}", around.cpus,
        )  # fmt: skip
        running.hosted = self._hosted
        self._enter(Stage.RUNNING)
        self._sampling.begin(client, self._container_id, facts, rooms.spawn, "sampler", gpus)
        self._inbox.put(Cpus(self._cpus))
        try:
            return running.follow(self._stop)
        finally:
            self._watch.hold()
            self._hosted = running.hosted

    def _get_image(self) -> None:
        assert self._log is not None
        images, spec = self._rooms.images, self.order.spec
        name = images.name_for(spec.image, spec.has_manifest)
        self._image = images.ensure(name, self._is_stopped, self._log.notice)
        self._check_stopped()

    def _surroundings(self, facts: Facts, command: tuple[str, ...]) -> Surroundings:
        return Surroundings(
            facts=facts,
            installation_id=self._rooms.installation_id,
            run_id=self.run_id,
            image=self._image.id,
            command=command,
            uid=self._user.uid,
            gid=self._user.gid,
            lone_uid=self._user.lone,
            mounts=(),
            tmpdir=places.SCRATCH,
            seccomp=self._seccomp,
            cpus=self._cpus,
            nofile=self._rooms.options.nofile,
            nproc=self._rooms.options.nproc,
            io_weight=self._rooms.options.io_weight,
            volumes=bounded_volumes(self._image.name, self._image.configured),
            unset=unset_variables(self._image.name, self._image.configured),
        )

    def _make_workspace(self, around: Surroundings, client: APIClient) -> None:
        assert self._folder is not None
        order, user = self.order, self._user
        if order.spec.package.size > order.granted.disk_bytes:
            raise KnownError(
                "package.over_disk", size=order.spec.package.size, limit=order.granted.disk_bytes
            )
        base = self._rooms.images.here(self._rooms.options.base_image)
        self._mode = self._rooms.probing.mode(around, self._folder, base.id if base is not None else "")
        if self._mode is Mode.DISK:
            self._workspace = DiskWorkspace(
                self._folder, self._rooms.blanks, order.granted.disk_bytes, user.uid, user.gid
            )
        elif self._mode is Mode.FOLDER:
            self._workspace = FolderWorkspace(self._folder, order.granted.disk_bytes, user.uid, user.gid)
        else:
            labels = {places.LABEL_INSTALLATION: around.installation_id, places.LABEL_RUN: around.run_id}
            name = places.container_name(self.run_id)
            self._workspace = VolumeWorkspace(self._folder, name, self._rooms.engine.client, labels)
            self._workspace.prepare()
        self._body_disk = order.granted.disk_bytes

    def _take_gpus(self) -> tuple[int, ...]:
        """The devices of this run alone; one that ended a moment ago may still be letting go of its own."""
        rooms, count = self._rooms, self.order.granted.gpus
        deadline = rooms.awake() + rooms.options.engine_patience_s
        while (taken := rooms.devices.take(self.run_id, count)) is None:
            if rooms.awake() > deadline:
                raise KnownError("engine.gpus_taken", count=count)
            self._wait_for_room(DEVICE_LOOK_S)
            self._check_stopped()
        return taken

    def _listen(self, client: APIClient, around: Surroundings, output: Output) -> None:
        """The follower makes the container while this thread makes the disk and fetches the package."""
        body = create_body(self.order, around)
        name = places.container_name(self.run_id)

        folder = self._folder
        assert folder is not None

        def create() -> tuple[str, tuple[str, ...]]:
            self._rooms.runs.keep(folder)
            told = client.create_container_from_config(body, name)  # type: ignore[no-untyped-call]
            warnings = tuple(told.get("Warnings") or ())
            ignored = ignored_limits(list(warnings)) | around.facts.ignored
            self.limits = kept(body, ignored, self._body_disk)
            self._rooms.post(LimitsFound(self.order.attempt, self.limits))
            if warnings:
                self._rooms.engine.note_ignored(ignored)
                _log.info("the engine ignores: %s", "; ".join(warnings))
            return str(told["Id"]), warnings

        self._follower = Follower(client, output, self._inbox.put, self._sampling.take, create)
        self._hosted = self._rooms.spawn(f"log-{self.number}", self._follower)

    def _fill(self) -> None:
        assert self._workspace is not None
        spec, folder = self.order.spec, self._workspace.task_folder
        if self._mode is not Mode.VOLUME:
            self._workspace.prepare()
        self._check_stopped()
        self._fetch(folder)
        self._check_stopped()
        package.finish(folder, spec.package)
        self._workspace.hand_over()
        if not spec.has_manifest and self._mode is not Mode.VOLUME:
            self._marks = package.mark(folder, spec.package)

    def _fetch(self, folder: Path) -> None:
        """A link that is down is waited for; the agent stops the run when its lease is gone."""
        rooms = self._rooms
        deadline = rooms.awake() + rooms.options.fetch_patience_s
        pause = 0.5
        while True:
            try:
                rooms.fetch(self.order.attempt, self.order.spec.package, folder, self._is_stopped)
                return
            except KnownError as fault:
                if fault.code != "link.down" or rooms.awake() > deadline:
                    raise
            if self._wait_for_room(pause):
                return
            pause = min(10.0, pause * 2)

    def _await_created(self) -> None:
        """Wait for the follower's container. A stop waits for it too, so that there is something to remove."""
        while not self._container_id:
            match self._inbox.get():
                case Created(container_id, _):
                    self._container_id = container_id
                case Broke(error):
                    if faults.is_missing(error):
                        self._rooms.images.forget(self._image.name)
                        raise KnownError("image.gone", image=self._image.name) from error
                    raise error
                case Freeze():
                    self._rooms.post(RunFrozen(self.order.attempt, False))
                case _:
                    pass
        self._check_stopped()

    def _start(self, client: APIClient) -> None:
        try:
            client.start(self._container_id)
        except Exception as error:
            text = faults.text_of(error)
            if "device driver" in text and "gpu" in text:
                raise KnownError("engine.no_gpu", detail=text) from error
            if "exec:" in text or "no such file or directory" in text:
                raise KnownError("package.command", detail=text) from error
            raise
        self._watch.go()
        self._started = self._rooms.clock().wall

    def _tell_output(self, length: int, progress: tuple[float, str] | None) -> None:
        """From the follower's thread."""
        if progress is not None:
            self._rooms.post(Progressed(self.order.attempt, *progress))
        self._rooms.post(LogGrew(self.order.attempt, length))
        self._rooms.log_grew(self.order.attempt, length)

    def _wait_for_room(self, seconds: float) -> bool:
        """Wait; true as soon as the run is being stopped."""
        deadline = self._rooms.awake() + seconds
        while self._stop is None and (left := deadline - self._rooms.awake()) > 0:
            cleaning.doze(min(0.1, left))
        return self._stop is not None

    def _let_go_of_threads(self) -> None:
        if self._hosted is not None:
            self._hosted.stop_and_wait(STOP_FOLLOWER_S)
        if self._follower is not None and not self._container_id:
            self._container_id = self._follower.container_id
        self._sampling.end()

    # ------------------------------------------------------------------ the result

    def _source(self, result: Ending) -> Source | None:
        """Where files come back from; None where none do."""
        if result.reason not in COLLECTED or self._watch.elapsed == 0 or self._workspace is None:
            return None
        assert self._folder is not None
        return Source(self._mode, self._folder, self._workspace.task_folder, self._container_id, self._marks)

    def _base(self, result: Ending) -> Finished:
        return Finished(
            attempt=self.order.attempt,
            reason=result.reason,
            exit_code=result.exit_code,
            message=result.message,
            fields=result.fields,
            usage=self._sampling.usage(self.order.granted),
            started=self._started,
            ended=self._rooms.clock().wall,
            image_digest=self._image.digest,
            granted=self.order.granted,
        )

    def _clean(self) -> None:
        self._enter(Stage.CLEANING)
        left = cleaning.remove_run(
            self._rooms.engine, self._rooms.runs, self._container_id, self._workspace, self._folder
        )
        if left:
            _log.warning("of run %s something is left for the next clean-up: %s", self.run_id, left)
