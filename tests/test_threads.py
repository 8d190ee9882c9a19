"""LoopThread and Threads with real threads; loops themselves are tested by calling them."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hivemind_desktop.threads import LoopThread, Threads
from hivemind_desktop.worker.events import BugFound, Event


class Waiter:
    """Runs until stopped."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self._stop = threading.Event()
        self.thread_name = ""

    def run(self) -> None:
        self.thread_name = threading.current_thread().name
        self.began.set()
        self._stop.wait(30)

    def stop(self) -> None:
        self._stop.set()


class Deaf(Waiter):
    """Does not stop when asked."""

    def stop(self) -> None:
        pass

    def let_go(self) -> None:
        self._stop.set()


class Crasher:
    def run(self) -> None:
        raise ValueError("the loop is wrong")

    def stop(self) -> None:
        pass


class BadStop(Waiter):
    def stop(self) -> None:
        self._stop.set()
        raise ValueError("stop is wrong")


class Short:
    def run(self) -> None:
        pass

    def stop(self) -> None:
        pass


def until(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.005)


@pytest.fixture
def posted() -> list[Event]:
    return []


@pytest.fixture
def threads(posted: list[Event]) -> Iterator[Threads]:
    held = Threads(posted.append)
    yield held
    assert held.stop_all(10) == ()


def test_a_loop_runs_under_its_role_and_stops(threads: Threads) -> None:
    loop = Waiter()
    thread = threads.spawn("heartbeat", loop)
    assert loop.began.wait(10)
    assert (loop.thread_name, threads.running) == ("heartbeat", ("heartbeat",))
    assert thread.stop_and_wait(10)
    assert threads.running == ()


def test_waiting_has_an_end(posted: list[Event]) -> None:
    loop = Deaf()
    thread = LoopThread("sampler", loop, posted.append)
    thread.start()
    assert loop.began.wait(10)
    assert not thread.stop_and_wait(0.05)
    loop.let_go()
    assert thread.wait(10_000)
    assert posted == []


def test_a_crash_is_posted_and_logged(
    threads: Threads, posted: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    thread = threads.spawn("dispatch", Crasher())
    assert thread.wait(10_000)
    (event,) = posted
    assert isinstance(event, BugFound)
    assert event.where == "dispatch"
    assert "Traceback" in event.text
    assert "ValueError: the loop is wrong" in event.text
    assert "the loop dispatch crashed" in caplog.text


def test_all_are_stopped_the_newest_first(posted: list[Event]) -> None:
    order: list[str] = []

    class Noting(Waiter):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def stop(self) -> None:
            order.append(self.name)
            super().stop()

    threads = Threads(posted.append)
    for name in ("agent", "sampler", "heartbeat"):
        threads.spawn(name, Noting(name))
    assert threads.stop_all(10) == ()
    assert order == ["heartbeat", "sampler", "agent"]
    with pytest.raises(RuntimeError, match="container-0"):
        threads.spawn("container-0", Waiter())


def test_one_that_does_not_end_is_named_and_leaves_time_for_the_rest(posted: list[Event]) -> None:
    threads = Threads(posted.append)
    agent, deaf = Waiter(), Deaf()
    first = threads.spawn("agent", agent)
    threads.spawn("dispatch", deaf)
    assert deaf.began.wait(10)
    assert threads.stop_all(0.4) == ("dispatch",)
    assert first.isFinished()
    assert threads.running == ("dispatch",)
    deaf.let_go()
    assert threads.stop_all(10) == ()


def test_a_wrong_stop_is_told_and_the_others_are_still_stopped(posted: list[Event]) -> None:
    threads = Threads(posted.append)
    threads.spawn("agent", Waiter())
    threads.spawn("sampler", BadStop())
    assert threads.stop_all(10) == ()
    assert [event.where for event in posted if isinstance(event, BugFound)] == ["sampler"]


def test_nobody_has_to_hold_what_spawn_gave(threads: Threads) -> None:
    loops = [Waiter() for _ in range(3)]
    for number, loop in enumerate(loops):
        threads.spawn(f"container-{number}", loop)
    gc.collect()
    assert all(loop.began.wait(10) for loop in loops)
    assert len(threads.running) == 3


def test_ended_threads_are_let_go(threads: Threads) -> None:
    for _ in range(50):
        threads.spawn("container-0", Short())
        until(lambda: threads.running == ())
    assert len(threads._held) == 1


def test_threads_need_qtcore_alone() -> None:
    code = (
        "import sys, hivemind_desktop.threads\n"
        "loaded = {name.split('.')[1] for name in sys.modules if name.startswith('PySide6.')}\n"
        "print(sorted(loaded - {'QtCore', 'support', '_config', '_git_pyside_version'}))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
