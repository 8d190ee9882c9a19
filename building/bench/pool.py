"""A master and a headless worker of their own, each a process with a state folder of its own, and a client that stays connected."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from building.places import tool
from building.say import BuildError
from hivemind_desktop.master.access import read_access
from hivemind_desktop.master.client import MasterClient
from hivemind_desktop.settings import TABLE

SERVE = ("hivemind-master", "serve", "--listen", "127.0.0.1:0")
WORK = ("hivemind-desktop", "--headless")
START_LIMIT_S = 60.0
END_LIMIT_S = 12.0
SETTLED_LIMIT_S = 30.0
LOOK_S = 0.01
QUIET_S = 0.1
"""After the last trace of a run is gone, before the next thing is measured."""


def until(true: Callable[[], bool], what: str, limit_s: float, look_s: float = 0.1) -> None:
    """Raises BuildError when it does not come true in time."""
    deadline = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > deadline:
            raise BuildError(f"{what}: not within {limit_s:.0f} s")
        time.sleep(look_s)


class Pool:
    """Made and ended by `pool`; each program has a state folder of its own below `folder`."""

    def __init__(self, folder: Path, worker_environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._worker_environ = worker_environ
        self.worker_home = folder / "worker"
        self.master = self._start(SERVE, "master", self.environ("master"))
        self.worker: subprocess.Popen[bytes] | None = None

    def environ(self, name: str) -> dict[str, str]:
        """Ours without any setting of the person's, and the state folder of that name."""
        named = {row.env for row in TABLE if row.env}
        kept = {name: value for name, value in os.environ.items() if name not in named}
        return {**kept, **self._worker_environ, "HIVEMIND_HOME": str(self._folder / name)}

    @property
    def processes(self) -> dict[str, psutil.Process]:
        assert self.worker is not None
        return {"worker": psutil.Process(self.worker.pid), "master": psutil.Process(self.master.pid)}

    @property
    def worker_log(self) -> Path:
        return self.worker_home / "worker.log"

    def client(self) -> MasterClient:
        access = read_access(self._folder / "master")
        assert access is not None
        return MasterClient(access.address, access.admin_token)

    def open(self) -> None:
        """Until the worker has joined and is ready."""
        until(self._master_answers, "the master listens", START_LIMIT_S)
        environ = self.join("worker")
        self.worker = self._start(WORK, "worker", environ)
        until(lambda: self._is_ready(environ), "the worker is ready", START_LIMIT_S)

    def join(self, name: str) -> dict[str, str]:
        """A new installation of that name joins; the environment that leads to it."""
        environ = self.environ(name)
        with self.client() as client:
            link = client.invite(600.0, 1).join_link
        _call(environ, "join", link)
        return environ

    def end_worker(self) -> None:
        if self.worker is not None:
            _end(self.worker)
            self.worker = None

    def close(self) -> None:
        self.end_worker()
        _end(self.master)

    def wait_until_clean(self) -> None:
        """Until no run has left anything: the worker drops a run's folder last."""
        runs = self.worker_home / "worker" / "runs"
        until(lambda: not runs.is_dir() or not os.listdir(runs), "runs are gone", SETTLED_LIMIT_S, LOOK_S)

    def settle(self) -> None:
        """Clean, and a moment more."""
        self.wait_until_clean()
        time.sleep(QUIET_S)

    def _master_answers(self) -> bool:
        if self.master.poll() is not None:
            raise BuildError(f"the master ended: {self._said('master')}")
        return "listening on" in self._said("master")

    def _is_ready(self, environ: Mapping[str, str]) -> bool:
        if self.worker is not None and self.worker.poll() is not None:
            raise BuildError(f"the worker ended: {self._said('worker')}")
        return bool(json.loads(_call(environ, "status", "--json", codes=(0, 1)))["phase"] == "ready")

    def _start(
        self, command: tuple[str, ...], name: str, environ: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{name}.err").open("wb") as said:
            return subprocess.Popen(
                [str(tool(command[0])), *command[1:]],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def _said(self, name: str) -> str:
        return (self._folder / f"{name}.err").read_text("utf-8", "replace").strip()[-500:]


def _call(environ: Mapping[str, str], *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    """What `hivemind-desktop ARGUMENTS` prints. Raises BuildError for another exit code."""
    done = subprocess.run(
        [str(tool("hivemind-desktop")), *arguments], env=environ, capture_output=True, text=True, timeout=60
    )
    if done.returncode not in codes:
        raise BuildError(f"hivemind-desktop {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def pool(**worker_environ: str) -> Iterator[Pool]:
    """A pool whose worker is ready; nothing of it is left when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="hivemind-bench-"))
    try:
        made = Pool(folder, worker_environ)
        try:
            made.open()
            yield made
        finally:
            made.close()
    finally:
        shutil.rmtree(folder)
