"""The engine goes away while a task runs: a proxy before the real one is cut. Nothing is lost or doubled, and nothing is blamed on the task."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from hivemind_desktop.contract.states import Reason
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
    desk.containers.stop(attempt, Reason.CANCELLED, 0.5)
    finished = desk.end(attempt)
    assert finished.reason is Reason.CANCELLED
    assert not desk.outbox.path(attempt).exists()
    proxy.mend()
    desk.containers.clean_leftovers()
    desk.close()
