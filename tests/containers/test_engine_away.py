"""The engine goes away while a task runs: a proxy before the real one is cut. Nothing is lost or doubled, and nothing is blamed on the task."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
from requests.exceptions import ConnectionError as Broken

from hivemind_desktop.containers.messages import TooMuchLog
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker.events import RunFrozen
from tests.containers.desk import Desk, kept_reason

COUNTING = "import time\nfor i in range(60):\n    print(i)\n    time.sleep(0.1)\n"


class Proxy:
    """Between the worker and the engine's socket; `cut` drops every connection and refuses new ones, `mend` lets them in again."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path = path
        self._engine = engine
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._server: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen(32)
        self._server = server
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()

    def cut(self) -> None:
        assert self._server is not None
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        os.unlink(self.path)
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._engine)
            with self._lock:
                self._pairs.append((near, far))
            threading.Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            back.start()
            self._pump(near, far)
            back.join()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.cut()


@pytest.fixture
def proxy(tmp_path: Path, base_image: str) -> Iterator[Proxy]:
    made = Proxy(tmp_path / "engine.sock", "/var/run/docker.sock")
    yield made
    made.close()


def test_a_run_goes_on_where_it_was_when_the_engine_is_back(tmp_path: Path, proxy: Proxy) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": COUNTING})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    threading.Event().wait(1.5)  # what the task prints now is read later
    proxy.mend()
    finished = desk.end(attempt)
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert desk.text(attempt).split() == [b"%d" % n for n in range(60)]
    desk.close()


def test_a_run_whose_engine_stays_away_is_lost_and_cleaned_up_later(
    tmp_path: Path, proxy: Proxy, docker_client: docker.DockerClient
) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}", engine_patience_s=1.0)
    attempt = desk.start({"main.py": COUNTING.replace("60", "6000")})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    finished = desk.end(attempt)
    assert kept_reason(finished) == (Reason.ENGINE_LOST, None, "engine.lost_run")
    mine: dict[str, str | list[str] | bool] = {"label": f"hivemind.installation={desk.installation_id}"}
    assert len(docker_client.containers.list(filters=mine)) == 1
    proxy.mend()
    assert desk.containers.clean_leftovers() == []
    assert docker_client.containers.list(all=True, filters=mine) == []
    desk.close()


def test_a_cancel_while_the_engine_is_away_is_heard(tmp_path: Path, proxy: Proxy) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": COUNTING.replace("60", "6000")})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    asked = time.monotonic()
    desk.containers.stop(attempt, Reason.CANCELLED, 0.5)
    finished = desk.end(attempt)
    assert finished.reason is Reason.CANCELLED
    assert time.monotonic() - asked < 30  # not the patience of a run that is to go on
    assert not desk.outbox.path(attempt).exists()
    proxy.mend()
    desk.containers.clean_leftovers()
    desk.close()


FOR_EVER = COUNTING.replace("60", "6000")


def container_of(desk: Desk, client: docker.DockerClient) -> Container:
    (found,) = client.containers.list(filters={"label": f"hivemind.installation={desk.installation_id}"})
    return found


def eventually(holds: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def fail_once(monkeypatch: pytest.MonkeyPatch, name: str, but_do_it: bool = False) -> None:
    """The connection breaks at the next call of `name`, before or after the engine has done it."""
    call = getattr(docker.APIClient, name)
    broken: list[bool] = []

    def breaks(client: docker.APIClient, *arguments: object, **named: object) -> object:
        if broken:
            return call(client, *arguments, **named)
        broken.append(True)
        if but_do_it:
            call(client, *arguments, **named)
        raise Broken("Connection aborted")

    monkeypatch.setattr(docker.APIClient, name, breaks)


def test_a_pause_while_the_engine_is_away_holds_once_it_is_back(
    tmp_path: Path, proxy: Proxy, docker_client: docker.DockerClient
) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": COUNTING})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    desk.containers.freeze(attempt)
    desk.frozen(attempt, False)  # not yet
    proxy.mend()
    desk.frozen(attempt, True)
    assert container_of(desk, docker_client).status == "paused"
    desk.containers.thaw(attempt)
    finished = desk.end(attempt)
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert desk.text(attempt).split() == [b"%d" % n for n in range(60)]
    desk.close()


def test_a_thaw_while_the_engine_is_away_holds_once_it_is_back(tmp_path: Path, proxy: Proxy) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": COUNTING})
    desk.printed(attempt, b"5\n")
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    proxy.cut()
    desk.containers.thaw(attempt)
    eventually(lambda: desk.events.of(RunFrozen) == [RunFrozen(attempt, True)] * 2)
    proxy.mend()
    assert kept_reason(desk.end(attempt)) == (Reason.OK, 0, "")
    desk.close()


def test_a_quota_that_came_while_the_engine_was_away_holds_once_it_is_back(
    tmp_path: Path, proxy: Proxy, docker_client: docker.DockerClient
) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": FOR_EVER})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    desk.containers.set_cpus(attempt, 0.3)
    eventually(lambda: desk.containers._runs[attempt]._inbox.empty())
    proxy.mend()
    eventually(lambda: container_of(desk, docker_client).attrs["HostConfig"]["CpuQuota"] == 30_000)
    desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
    desk.end(attempt)
    desk.close()


def test_too_much_output_that_was_told_while_the_engine_was_away_ends_the_run(
    tmp_path: Path, proxy: Proxy
) -> None:
    desk = Desk(tmp_path / "worker", docker_host=f"unix://{proxy.path}")
    attempt = desk.start({"main.py": FOR_EVER})
    desk.printed(attempt, b"5\n")
    proxy.cut()
    desk.containers.freeze(attempt)
    desk.frozen(attempt, False)  # it knows that the engine is away
    desk.containers.thaw(attempt)
    desk.containers._runs[attempt]._inbox.put(TooMuchLog())
    eventually(lambda: desk.containers._runs[attempt]._inbox.empty())
    proxy.mend()
    assert desk.end(attempt).reason is Reason.LOG_LIMIT
    desk.close()


@pytest.mark.parametrize("but_do_it", [False, True])
def test_a_pause_at_which_the_connection_breaks_is_told_and_asked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, but_do_it: bool
) -> None:
    attempt = desk.start({"main.py": COUNTING})
    desk.printed(attempt, b"5\n")
    fail_once(monkeypatch, "pause", but_do_it)
    desk.containers.freeze(attempt)
    desk.frozen(attempt, False)  # the agent is answered at once
    eventually(lambda: not desk.containers._runs[attempt]._watch.going)
    desk.containers.thaw(attempt)
    assert kept_reason(desk.end(attempt)) == (Reason.OK, 0, "")


def test_a_quota_at_which_the_connection_breaks_is_asked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, docker_client: docker.DockerClient
) -> None:
    attempt = desk.start({"main.py": FOR_EVER})
    desk.printed(attempt, b"5\n")
    fail_once(monkeypatch, "update_container")
    desk.containers.set_cpus(attempt, 0.3)
    eventually(lambda: container_of(desk, docker_client).attrs["HostConfig"]["CpuQuota"] == 30_000)
    desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
    desk.end(attempt)


POLITE = (
    "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
    "print('up')\ntime.sleep(600)"
)


@pytest.mark.parametrize("call", ["unpause", "kill"])
def test_a_stop_of_a_frozen_run_is_heard_by_the_task_though_the_connection_breaks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    attempt = desk.start({"main.py": POLITE})
    desk.printed(attempt, b"up")
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    fail_once(monkeypatch, call)
    desk.containers.stop(attempt, Reason.PREEMPTED, 20.0)
    finished = desk.end(attempt)
    assert (finished.reason, finished.exit_code) == (Reason.PREEMPTED, 0)
    assert desk.text(attempt) == b"up\nbye\n"
