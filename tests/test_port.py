"""The port, one suite for both forms: in-process, and over the control socket."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.control.client import RemotePort
from hivemind_desktop.control.server import ControlServer
from hivemind_desktop.errors import KnownError
from hivemind_desktop.feed import Feed
from hivemind_desktop.port import LocalPort
from hivemind_desktop.worker.change import ALL_PARTS, Change
from hivemind_desktop.worker.events import (
    BugFound,
    DrainAsked,
    Event,
    PauseAsked,
    QuitAsked,
    ResumeAsked,
    StartAsked,
    StopAsked,
)
from hivemind_desktop.worker.front import OwnerEvent, Port
from hivemind_desktop.worker.ports import Loop
from hivemind_desktop.worker.queries import (
    Answer,
    AskFile,
    AskFiles,
    AskHistory,
    AskLog,
    AskSettings,
    AskTotals,
    FileBytes,
    FileList,
    HistoryPage,
    HistoryRow,
    LogPart,
    Query,
    SettingList,
    SettingView,
    Totals,
)
from hivemind_desktop.worker.snapshot import Phase
from tests.store.views import finished, snapshot

KEY = AttemptKey("TASK", 1, 2)
ANSWERS: dict[type[Query], Answer] = {
    AskHistory: HistoryPage((HistoryRow(KEY, "名", "s", "stored", fields={"a": "b"}),), 7),
    AskTotals: Totals(1, 2, 3, 4, 5),
    AskLog: LogPart(3, bytes(range(256)), 300),
    AskFiles: FileList(finished(KEY).result.entries, ("output/a.png",)),
    AskFile: FileBytes(os.urandom(3_000_000)),
    AskSettings: SettingList((SettingView("max_tasks", "3", "default"),)),
}


@dataclass
class Bench:
    """A port, and the other side of it in the test's hand."""

    port: Port
    feed: Feed
    posted: queue.SimpleQueue[Event]
    asked: list[Query]
    fail: list[Exception]
    threads: list[threading.Thread] = field(default_factory=list)


def host(loop: Loop, name: str) -> threading.Thread:
    thread = threading.Thread(target=loop.run, name=name, daemon=True)
    thread.start()
    return thread


@pytest.fixture(params=["local", "remote"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    feed = Feed(snapshot(1))
    posted: queue.SimpleQueue[Event] = queue.SimpleQueue()
    asked: list[Query] = []
    fail: list[Exception] = []

    def answer(query: Query) -> Answer:
        asked.append(query)
        if fail:
            raise fail[0]
        return ANSWERS[type(query)]

    local = LocalPort(feed, posted.put, answer)
    hosted: list[tuple[Loop, threading.Thread]] = [(local.asks, host(local.asks, "asks"))]
    port: Port = local
    if request.param == "remote":
        (tmp_path / "run").mkdir(mode=0o700)
        server = ControlServer(tmp_path / "run" / "a.sock", local, lambda: {"log_file": "/l", "pid": 1})
        hosted.append((server, host(server, "server")))
        remote = RemotePort(tmp_path / "run" / "a.sock")
        hosted.append((remote, host(remote, "client")))
        port = remote
    yield Bench(port, feed, posted, asked, fail)
    for loop, thread in reversed(hosted):
        loop.stop()
        thread.join(10)
        assert not thread.is_alive(), thread.name


def test_snapshot_is_the_newest(bench: Bench) -> None:
    assert bench.port.snapshot() == snapshot(1)
    bench.feed.publish(snapshot(2, phase=Phase.PAUSED, reading=None, engine_version="", runs=()))
    assert bench.port.snapshot() == snapshot(2, phase=Phase.PAUSED, reading=None, engine_version="", runs=())


def test_since_answers_at_once_later_or_not(bench: Bench) -> None:
    assert bench.port.since(0, 5.0) == Change(snapshot(1), ALL_PARTS)
    assert bench.port.since(1, 0.05) is None
    bench.feed.publish(snapshot(2, earned=50))
    assert bench.port.since(1, 5.0) == Change(snapshot(2, earned=50), frozenset({"earned"}))
    got: list[Change | None] = []
    waiter = threading.Thread(target=lambda: got.append(bench.port.since(2, 30.0)), daemon=True)
    waiter.start()
    bench.feed.publish(snapshot(3, earned=51))
    waiter.join(30)
    assert got == [Change(snapshot(3, earned=51), frozenset({"earned"}))]


@pytest.mark.parametrize(
    "event",
    [
        PauseAsked(),
        PauseAsked(90.5),
        ResumeAsked(),
        StartAsked(),
        StopAsked(),
        DrainAsked(),
        QuitAsked(),
    ],
)
def test_the_owners_wishes_arrive(bench: Bench, event: OwnerEvent) -> None:
    assert bench.port.post(event) == 1
    assert bench.posted.get(timeout=10) == event
    assert bench.posted.empty()


def test_nothing_else_can_be_posted(bench: Bench) -> None:
    with pytest.raises(TypeError, match="BugFound"):
        bench.port.post(BugFound("a", "b"))  # type: ignore[arg-type]
    assert bench.posted.empty()


@pytest.mark.parametrize(
    "query",
    [
        AskHistory(search="圖", since=1.0, limit=7, descending=False),
        AskTotals(),
        AskLog(KEY, 3, 9),
        AskFiles(KEY),
        AskFile(KEY, "output/圖.png"),
        AskSettings(),
    ],
)
def test_queries_are_answered(bench: Bench, query: Query) -> None:
    assert bench.port.ask(query) == ANSWERS[type(query)]
    assert bench.asked == [query]
    answered: queue.SimpleQueue[tuple[Answer | None, Exception | None, int]] = queue.SimpleQueue()
    bench.port.ask_later(query, lambda answer, error: answered.put((answer, error, threading.get_ident())))
    answer, error, thread = answered.get(timeout=10)
    assert (answer, error) == (ANSWERS[type(query)], None)
    assert thread != threading.get_ident()


def test_what_cannot_be_answered_is_told(bench: Bench) -> None:
    bench.fail.append(KnownError("log.gone", usage=True, task_id="TASK", attempt="1.2"))
    with pytest.raises(KnownError) as told:
        bench.port.ask(AskLog(KEY))
    assert (told.value.code, told.value.fields["task_id"], told.value.usage) == ("log.gone", "TASK", True)
    answered: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    bench.port.ask_later(AskLog(KEY), lambda _, error: answered.put(error))
    error = answered.get(timeout=10)
    assert isinstance(error, KnownError)
    assert error.code == "log.gone"


def test_a_bug_in_an_answer_does_not_end_the_answering(bench: Bench) -> None:
    bench.fail.append(RuntimeError("bug"))
    answered: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    bench.port.ask_later(AskTotals(), lambda _, error: answered.put(error))
    assert answered.get(timeout=10) is not None
    bench.fail.clear()
    bench.port.ask_later(AskTotals(), lambda _, error: answered.put(error))
    assert answered.get(timeout=10) is None


def wait_for(condition: Callable[[], bool]) -> None:
    woken = threading.Event()
    for _ in range(1000):
        if condition():
            return
        woken.wait(0.01)
    raise AssertionError("it did not come true within 10 s")


def test_subscribers_hear_until_they_leave(bench: Bench) -> None:
    heard: queue.SimpleQueue[Change] = queue.SimpleQueue()
    others: queue.SimpleQueue[Change] = queue.SimpleQueue()
    leave = bench.port.subscribe(heard.put)
    bench.port.subscribe(others.put)
    bench.feed.publish(snapshot(2, earned=43))
    assert heard.get(timeout=10) == Change(snapshot(2, earned=43), frozenset({"earned"}))
    assert others.get(timeout=10).number == 2
    leave()
    bench.feed.publish(snapshot(3, over=True))
    assert others.get(timeout=10).snapshot.over
    assert heard.empty()


def test_many_changes_end_with_the_newest(bench: Bench) -> None:
    numbers: list[int] = []
    bench.port.subscribe(lambda change: numbers.append(change.number))
    for number in range(2, 1000):
        bench.feed.publish(snapshot(number, earned=number))
    wait_for(lambda: bool(numbers) and numbers[-1] == 999)
    assert numbers == sorted(set(numbers))


def test_a_wish_before_the_first_snapshot_is_taken() -> None:
    posted: list[Event] = []
    port = LocalPort(Feed(), posted.append, lambda query: Totals())
    assert port.post(StopAsked()) == 0
    assert posted == [StopAsked()]
