"""The control socket under clients that are slow, hostile, too many or somebody else."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hivemind_desktop.control.client import RemotePort, connected
from hivemind_desktop.control.protocol import MAX_REQUEST
from hivemind_desktop.control.server import MAX_CLIENTS, ControlServer
from hivemind_desktop.control.session import MAX_CALLS
from hivemind_desktop.errors import KnownError
from hivemind_desktop.feed import Feed
from hivemind_desktop.port import LocalPort
from hivemind_desktop.worker.events import Event, PauseAsked, QuitAsked
from hivemind_desktop.worker.queries import Answer, AskFile, FileBytes, Query, Totals
from tests.store.views import snapshot

ABOUT = {"program": "0.1.0", "pid": 17, "installation": "abc", "log_file": "/x/worker.log"}


@dataclass
class Running:
    path: Path
    feed: Feed
    server: ControlServer
    thread: threading.Thread
    posted: list[Event] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir(mode=0o700)
    return place


def start(folder: Path, *, stall_s: float = 30.0, hello_s: float = 10.0) -> tuple[Running, LocalPort]:
    feed = Feed(snapshot(1))
    posted: list[Event] = []
    bugs: list[str] = []

    def answer(query: Query) -> Answer:
        return FileBytes(b"x" * 6_000_000) if isinstance(query, AskFile) else Totals(all=9)

    port = LocalPort(feed, posted.append, answer, on_bug=lambda where, text: bugs.append(where + text))
    server = ControlServer(folder / "a.sock", port, lambda: ABOUT, stall_s=stall_s, hello_s=hello_s)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    return Running(folder / "a.sock", feed, server, thread, posted, bugs), port


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    running, port = start(folder)
    asks = threading.Thread(target=port.asks.run, daemon=True)
    asks.start()
    yield running
    running.stop()
    port.asks.stop()
    asks.join(10)
    assert not asks.is_alive()
    assert running.bugs == []
    assert not running.path.exists()


class Raw:
    """A client that says what it likes."""

    def __init__(self, path: Path, *, hello: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.rest = b""
        if hello:
            self.say({"call": 0, "verb": "hello", "with": {"version": 1}})
            assert self.hear()["ok"]["version"] == 1

    def say(self, message: Any) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def hear(self) -> Any:
        while b"\n" not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def ask(self, verb: str, **arguments: Any) -> Any:
        self.say({"call": 5, "verb": verb, "with": arguments})
        return self.hear()

    def was_hung_up(self) -> bool:
        """Without reading a byte."""
        poll = select.poll()
        poll.register(self.socket, select.POLLRDHUP)
        return bool(poll.poll(0))

    def is_closed(self) -> bool:
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        self.socket.close()
        return True

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def code(message: Any) -> str:
    return str(message["error"]["code"])


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        select.select([], [], [], 0.005)


def test_only_this_user_can_reach_it(running: Running) -> None:
    assert running.path.stat().st_mode & 0o777 == 0o600
    assert running.path.parent.stat().st_mode & 0o777 == 0o700


def test_hello_tells_who_is_there_and_status_begins_with_the_state(running: Running) -> None:
    with Raw(running.path, hello=False) as raw:
        raw.say({"call": "a", "verb": "hello", "with": {"version": 1}})
        assert raw.hear() == {"call": "a", "ok": {"version": 1, **ABOUT}}
        status = raw.ask("status")["ok"]
    assert status["phase"] == "ready"
    assert status["why"] == {"code": "why.ready", "fields": {"pool": "家"}, "since": 5.0, "until": None}
    assert status["log_file"] == "/x/worker.log"
    assert next(iter(status["runs"][0])) == "task_id"
    assert status["runs"][0]["attempt"] == "1.2"
    for key in (
        "rules",
        "link",
        "engine",
        "results",
        "outbox",
        "limits",
        "earned",
        "reading",
    ):
        assert key in status
    assert '"id"' not in json.dumps(status)


def test_another_version_or_no_hello_is_refused_clearly(running: Running) -> None:
    with Raw(running.path, hello=False) as raw:
        assert code(raw.ask("status")) == "control.no_hello"
        told = raw.ask("hello", version=2)
        assert code(told) == "control.version"
        assert told["error"]["fields"] == {"theirs": "2", "ours": 1}
        assert raw.is_closed()


GARBAGE = [
    b"\n",
    b"hello\n",
    b"\xff\xfe\x00\n",
    b"{}\n",
    b"[1]\n",
    b"null\n",
    b'{"call": 1}\n',
    b'{"call": null, "verb": "status"}\n',
    b'{"call": {}, "verb": "status"}\n',
    b'{"call": 1, "verb": 7}\n',
    b'{"call": 1, "verb": ["status"]}\n',
    b'{"call": 1, "verb": "status", "with": 3}\n',
    b'{"call": 1, "verb": "shutdown"}\n',
    b'{"call": 1, "verb": "pause", "with": {"seconds": -1}}\n',
    b'{"call": 1, "verb": "pause", "with": {"seconds": NaN}}\n',
    b'{"call": 1, "verb": "pause", "with": {"seconds": 1e999}}\n',
    b'{"call": 1, "verb": "pause", "with": {"seconds": true}}\n',
    b'{"call": 1, "verb": "pause", "with": {"seconds": "9"}}\n',
    b'{"call": 1, "verb": "since"}\n',
    b'{"call": 1, "verb": "since", "with": {"number": "1", "timeout_s": 1}}\n',
    b'{"call": 1, "verb": "since", "with": {"number": 1' + b"0" * 400 + b', "timeout_s": 1}}\n',
    b'{"call": 1, "verb": "ask"}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "rm"}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": ["log"]}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "log"}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "log", "fields": 1}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "log", "fields": {"task_id": 1, "attempt": "1.1"}}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "log", "fields": {"task_id": "a", "attempt": "x"}}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "history", "fields": {"limit": "5"}}}\n',
    b'{"call": 1, "verb": "ask", "with": {"query": "history", "fields": {"since": 1' + b"0" * 400 + b"}}}\n",
    b'{"call": 1, "verb": "ask", "with": {"query": "history", "fields": {"search": "\\ud800"}}}\n',
    b"[" * 60_000 + b"\n",
    b'{"a":' * 12_000 + b"\n",
    b'{"call": 1' + b"0" * 5000 + b', "verb": "status"}\n',
]


@pytest.mark.parametrize("line", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_answered_and_the_connection_lives(running: Running, line: bytes) -> None:
    with Raw(running.path) as raw:
        raw.socket.sendall(line)
        assert code(raw.hear()).startswith("control.")
        assert raw.ask("status")["ok"]["phase"] == "ready"
    assert running.posted == []


@pytest.mark.parametrize(
    "line", [b"x" * 10_000_000, b"x" * 10_000_000 + b"\n", b'{"a":"' + b"\n" * 0 + b"x" * MAX_REQUEST]
)
def test_a_line_of_ten_megabytes_is_refused_and_costs_no_memory(running: Running, line: bytes) -> None:
    with Raw(running.path) as raw:
        with suppress(BrokenPipeError, ConnectionResetError):
            raw.socket.sendall(line)
        with suppress(EOFError, ConnectionResetError):
            assert code(raw.hear()) == "control.line_too_long"
        assert raw.is_closed()
    with Raw(running.path) as raw:
        assert raw.ask("status")["ok"]["phase"] == "ready"


def test_a_line_cut_anywhere_and_many_at_once(running: Running) -> None:
    with Raw(running.path) as raw:
        for byte in b'{"call": 1, "verb": "status"}\n':
            raw.socket.sendall(bytes([byte]))
        assert raw.hear()["call"] == 1
        raw.socket.sendall(b"".join(b'{"call": %d, "verb": "status"}\n' % n for n in range(50)))
        assert [raw.hear()["call"] for _ in range(50)] == list(range(50))


def test_a_client_that_leaves_in_the_middle_harms_nobody(running: Running) -> None:
    with Raw(running.path) as raw:
        raw.say({"call": 1, "verb": "since", "with": {"number": 1, "timeout_s": 60}})
        raw.say(
            {
                "call": 2,
                "verb": "ask",
                "with": {"query": "file", "fields": {"task_id": "a", "attempt": "1.1", "path": "p"}},
            }
        )
        raw.say({"call": 3, "verb": "subscribe"})
        raw.socket.sendall(b'{"call": 4, "ver')
    running.feed.publish(snapshot(2))
    with connected(running.path) as port:
        assert port.snapshot().number == 2


def test_too_many_clients_are_turned_away(running: Running) -> None:
    raws = [Raw(running.path) for _ in range(MAX_CLIENTS)]
    with Raw(running.path, hello=False) as one_more:
        assert code(one_more.hear()) == "control.too_many"
        assert one_more.is_closed()
    with pytest.raises(KnownError) as told:
        RemotePort(running.path)
    assert told.value.code in ("control.too_many", "control.lost")
    for raw in raws:
        raw.socket.close()

    def let_in() -> bool:
        try:
            with connected(running.path) as port:
                return port.snapshot().number == 1
        except KnownError:
            return False

    until(let_in)


def test_too_many_calls_of_one_client_are_refused(running: Running) -> None:
    with Raw(running.path) as raw:
        for call in range(MAX_CALLS + 1):
            raw.say({"call": call, "verb": "since", "with": {"number": 1, "timeout_s": 60}})
        assert code(raw.hear()) == "control.too_many_calls"
        running.feed.publish(snapshot(2))
        assert {raw.hear()["call"] for _ in range(MAX_CALLS)} == set(range(MAX_CALLS))


def test_who_says_nothing_is_dropped(folder: Path) -> None:
    running, _ = start(folder, hello_s=0.2)
    with Raw(running.path, hello=False) as silent, Raw(running.path) as polite:
        assert silent.is_closed()
        assert polite.ask("status")["ok"]["phase"] == "ready"
    running.stop()


def test_a_slow_client_is_dropped_and_the_others_do_not_notice(folder: Path) -> None:
    running, _ = start(folder, stall_s=0.5)
    with Raw(running.path) as slow, connected(running.path) as port:
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.ask("subscribe")
        big = "x" * 2_000_000
        heard: list[int] = []
        port.subscribe(lambda change: heard.append(change.number))
        for number in range(2, 10):
            began = time.monotonic()
            running.feed.publish(snapshot(number, engine_version=f"{number}{big}"))
            assert time.monotonic() - began < 0.5, "the publisher waited"
        until(lambda: bool(heard) and heard[-1] == 9)
        until(slow.was_hung_up)
        assert slow.is_closed()
        assert port.snapshot().number == 9
    running.stop()


def test_a_subscriber_that_sleeps_gets_the_newest_not_all(running: Running) -> None:
    with Raw(running.path) as raw:
        raw.ask("subscribe")
        for number in range(2, 3000):
            running.feed.publish(snapshot(number, engine_version="y" * 1000))
        numbers: list[int] = []
        while not numbers or numbers[-1] != 2999:
            numbers.append(raw.hear()["change"]["snapshot"]["number"])
        assert numbers == sorted(set(numbers))
        assert len(numbers) < 2998


def test_quit_is_answered_before_the_server_ends(running: Running) -> None:
    with connected(running.path) as port:
        assert port.call("quit") == {"accepted": True, "number": 1}
        assert running.posted == [QuitAsked()]
        running.feed.publish(snapshot(2, over=True))
        change = port.since(1, 5.0)
        assert change is not None
        assert change.snapshot.over


def test_the_last_word_reaches_everybody_when_the_server_stops(running: Running) -> None:
    with Raw(running.path) as waiting, Raw(running.path) as watching:
        watching.ask("subscribe")
        waiting.say({"call": 9, "verb": "since", "with": {"number": 1, "timeout_s": 60}})
        until(lambda: bool(waiting.socket))
        with connected(running.path) as port:
            port.snapshot()
        running.feed.publish(snapshot(2, over=True))
        running.stop()
        assert waiting.hear()["ok"]["snapshot"]["over"] is True
        assert watching.hear()["change"]["snapshot"]["over"] is True


def test_who_waits_when_the_server_stops_is_answered_or_told(running: Running) -> None:
    failed: list[KnownError] = []
    with connected(running.path) as port:
        got: list[object] = []

        def wait() -> None:
            try:
                got.append(port.since(1, 60.0))
            except KnownError as error:
                failed.append(error)

        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        until(lambda: port.snapshot().number == 1)
        running.stop()
        waiter.join(10)
        assert got == [None] or [error.code for error in failed] == ["control.lost"]
        with pytest.raises(KnownError) as told:
            port.snapshot()
        assert told.value.code == "control.lost"


def test_stopping_is_quick_with_a_client_that_does_not_read(folder: Path) -> None:
    running, port = start(folder)
    asks = threading.Thread(target=port.asks.run, daemon=True)
    asks.start()
    with Raw(running.path) as raw:
        raw.say(
            {
                "call": 1,
                "verb": "ask",
                "with": {"query": "file", "fields": {"task_id": "a", "attempt": "1.1", "path": "p"}},
            }
        )
        raw.socket.recv(10)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 3
    port.asks.stop()
    asks.join(10)


def test_before_the_first_snapshot_it_says_so(folder: Path) -> None:
    port = LocalPort(Feed(), lambda _: None, lambda _: Totals())
    server = ControlServer(folder / "a.sock", port, lambda: ABOUT)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with connected(folder / "a.sock") as remote:
        with pytest.raises(KnownError) as told:
            remote.snapshot()
        assert told.value.code == "control.starting"
        assert remote.post(PauseAsked()) == 0
        assert remote.since(0, 0.05) is None
    server.stop()
    thread.join(10)


OTHER_USER = """
import os, socket, sys
os.setgid(65534); os.setgroups([]); os.setuid(65534)
client = socket.socket(socket.AF_UNIX)
client.settimeout(20)
try:
    client.connect(sys.argv[1])
except PermissionError:
    print("no permission")
    raise SystemExit
try:
    client.sendall(b'{"call": 1, "verb": "hello", "with": {"version": 1}}\\n{"call": 2, "verb": "quit"}\\n')
except OSError:
    pass
told = b""
try:
    while data := client.recv(65536):
        told += data
except ConnectionResetError:
    pass
print(told.decode())
"""


def as_another_user(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_USER, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def open_way(path: Path) -> None:
    """Let anybody walk to `path`: only the folders that pytest made are changed."""
    path.chmod(0o666)
    for folder in path.parents:
        if folder == Path("/tmp"):
            break
        folder.chmod(0o711)


def test_another_user_does_not_reach_it(running: Running) -> None:
    open_way(running.path.parent)
    running.path.parent.chmod(0o700)
    assert as_another_user(running.path) == "no permission\n"


def test_another_user_who_reaches_it_is_refused(running: Running) -> None:
    open_way(running.path)
    told = as_another_user(running.path)
    assert '"control.not_yours"' in told or told == "\n"
    assert '"ok"' not in told
    assert running.posted == []
    with connected(running.path) as port:
        assert port.snapshot().number == 1


def test_descriptors_and_threads_do_not_grow(running: Running) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    with connected(running.path) as port:
        port.snapshot()
    before, threads = descriptors(), threading.active_count()
    for _ in range(50):
        with connected(running.path) as port:
            port.snapshot()
        Raw(running.path).socket.close()
    until(lambda: descriptors() <= before + 1)
    assert threading.active_count() == threads
