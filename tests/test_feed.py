"""The feed: the newest state for every reader, nobody waits for a slow or broken one."""

from __future__ import annotations

import threading
import time

import pytest

from hivemind_desktop.feed import REMEMBERED, Feed
from hivemind_desktop.worker.change import ALL_PARTS, Change
from hivemind_desktop.worker.snapshot import Phase
from tests.store.views import snapshot


def test_before_the_first_there_is_nothing() -> None:
    feed = Feed()
    with pytest.raises(LookupError):
        feed.snapshot()
    assert feed.since(0) is None
    feed.publish(snapshot(1))
    assert feed.snapshot().number == 1
    assert feed.since(0) == Change(snapshot(1), ALL_PARTS)


def test_a_change_names_what_is_new() -> None:
    feed = Feed(snapshot(1))
    feed.publish(snapshot(2, earned=50))
    feed.publish(snapshot(3, earned=50, phase=Phase.BUSY))
    assert feed.since(2) == Change(feed.snapshot(), frozenset({"phase"}))
    assert feed.since(1) == Change(feed.snapshot(), frozenset({"phase", "earned"}))
    assert feed.since(3) is None
    assert feed.since(99) == Change(feed.snapshot(), ALL_PARTS)


def test_who_is_too_far_behind_is_told_everything() -> None:
    feed = Feed(snapshot(1))
    for number in range(2, REMEMBERED + 10):
        feed.publish(snapshot(number, earned=number))
    assert feed.since(1) == Change(feed.snapshot(), ALL_PARTS)
    assert feed.since(REMEMBERED) == Change(feed.snapshot(), frozenset({"earned"}))


def test_the_same_number_is_no_news_and_a_lower_one_a_bug() -> None:
    feed = Feed(snapshot(5))
    seen: list[Change] = []
    feed.subscribe(seen.append)
    feed.publish(snapshot(5, earned=1))
    assert seen == []
    assert feed.snapshot().earned == 42
    with pytest.raises(ValueError, match="4 after 5"):
        feed.publish(snapshot(4))


def test_since_waits_for_the_next() -> None:
    feed = Feed(snapshot(1))
    got: list[Change | None] = []
    waiter = threading.Thread(target=lambda: got.append(feed.since(1, 30.0)), daemon=True)
    waiter.start()
    feed.publish(snapshot(2))
    waiter.join(30)
    assert [change.number if change else None for change in got] == [2]


def test_since_gives_up() -> None:
    began = time.monotonic()
    assert Feed(snapshot(1)).since(1, 0.05) is None
    assert 0.05 <= time.monotonic() - began < 5


def test_subscribers_hear_on_the_publishers_thread_until_they_leave() -> None:
    feed = Feed(snapshot(1))
    heard: list[tuple[int, int]] = []
    leave = feed.subscribe(lambda change: heard.append((change.number, threading.get_ident())))
    publisher = threading.Thread(target=lambda: feed.publish(snapshot(2)), daemon=True)
    publisher.start()
    publisher.join(30)
    leave()
    leave()
    feed.publish(snapshot(3))
    assert heard == [(2, publisher.ident)]


def test_a_broken_subscriber_is_told_once_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bugs: list[tuple[str, str]] = []
    feed = Feed(snapshot(1), on_bug=lambda where, text: bugs.append((where, text)))
    heard: list[int] = []

    def broken(_: Change) -> None:
        raise RuntimeError("no")

    feed.subscribe(broken)
    feed.subscribe(lambda change: heard.append(change.number))
    feed.publish(snapshot(2))
    feed.publish(snapshot(3))
    assert heard == [2, 3]
    assert len(bugs) == 1
    assert bugs[0][1] == "RuntimeError: no"
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_a_subscriber_may_subscribe_and_leave_in_its_call() -> None:
    feed = Feed(snapshot(1))
    heard: list[str] = []

    def once(change: Change) -> None:
        leave()
        feed.subscribe(lambda later: heard.append(f"second {later.number}"))
        heard.append(f"first {change.number}")

    leave = feed.subscribe(once)
    feed.publish(snapshot(2))
    feed.publish(snapshot(3))
    assert heard == ["first 2", "second 3"]


def test_a_reader_that_sleeps_loses_changes_but_not_the_newest() -> None:
    feed = Feed(snapshot(1))
    numbers: list[int] = []
    go, over = threading.Event(), threading.Event()

    def read() -> None:
        at = 1
        go.wait(30)
        while not over.is_set() or at != feed.snapshot().number:
            change = feed.since(at, 0.05)
            if change is not None:
                at = change.number
                numbers.append(at)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    for number in range(2, 2000):
        feed.publish(snapshot(number))
    go.set()
    over.set()
    reader.join(30)
    assert numbers[-1] == 1999
    assert numbers == sorted(set(numbers))
