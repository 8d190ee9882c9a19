"""A master and a headless worker of their own, each a process with a state folder of its own, and a client that stays connected."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from building.places import tool
from building.say import BuildError
from hivemind_desktop.master.access import read_access
from hivemind_desktop.master.client import MasterClient
from hivemind_desktop.settings import TABLE

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


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours without any setting of the person's."""
    named = {name for row in TABLE for name in (row.env,) if name}
    kept = {name: value for name, value in os.environ.items() if name not in named}
    return {**kept, "HIVEMIND_HOME": str(home), **more}


class Pool:
    """Running; made by `pool`."""

    def __init__(self, folder: Path, worker_environ: dict[str, str]) -> None:
        self.master_home, self.worker_home = folder / "master", folder / "worker"
        self._folder = folder
        self._environ = {
            "hivemind-master": environment(self.master_home),
            "hivemind-desktop": environment(self.worker_home, **worker_environ),
        }
        self.master = self._start("hivemind-master", "serve", "--listen", "127.0.0.1:0")
        self.worker: subprocess.Popen[bytes] | None = None

    @property
    def worker_log(self) -> Path:
        return self.worker_home / "worker.log"

    @property
    def processes(self) -> dict[str, psutil.Process]:
        assert self.worker is not None
        return {"worker": psutil.Process(self.worker.pid), "master": psutil.Process(self.master.pid)}

    def client(self) -> MasterClient:
        access = read_access(self.master_home)
        assert access is not None
        return MasterClient(access.address, access.admin_token)

    def open(self) -> None:
        """Join, start the worker, wait until it is ready."""
        until(self._master_answers, "the master listens", START_LIMIT_S)
        with self.client() as client:
            link = client.invite(600.0, 1).join_link
        self._call("hivemind-desktop", "join", link)
        self.worker = self._start("hivemind-desktop", "--headless")
        until(self._is_ready, "the worker is ready", START_LIMIT_S)

    def close(self) -> None:
        for process in (self.worker, self.master):
            if process is None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

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
            raise BuildError(f"the master ended: {self._said('hivemind-master')}")
        if read_access(self.master_home) is None:
            return False
        with self.client() as client, contextlib.suppress(Exception):
            client.nodes()
            return True
        return False

    def _is_ready(self) -> bool:
        if self.worker is not None and self.worker.poll() is not None:
            raise BuildError(f"the worker ended: {self._said('hivemind-desktop')}")
        status = self._call("hivemind-desktop", "status", "--json", codes=(0, 1))
        return bool(json.loads(status)["phase"] == "ready")

    def _call(self, name: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [str(tool(name)), *arguments], env=self._environ[name], capture_output=True, text=True, timeout=60
        )
        if done.returncode not in codes:
            raise BuildError(f"{name} {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{name}.err").open("wb") as said:
            return subprocess.Popen(
                [str(tool(name)), *arguments],
                env=self._environ[name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def _said(self, name: str) -> str:
        return (self._folder / f"{name}.err").read_text("utf-8", "replace").strip()[-500:]


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
