"""From the worker's thread into the GUI thread: at once what matters, the rest once a second, nothing while nobody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.worker.change import Change
from hivemind_desktop.worker.events import QuitAsked, StopAsked
from hivemind_desktop.worker.queries import AskTotals
from hivemind_desktop.worker.snapshot import Phase, Snapshot
from tests.qt.scenes import NOW, WHYS, Theatre, reading, run, snapshot

REFRESH_MS = 120


class Heard:
    def __init__(self, bridge: Bridge) -> None:
        self.changed: list[Snapshot] = []
        self.refreshed: list[Snapshot] = []
        self.over = 0
        bridge.changed.connect(self.changed.append)
        bridge.refreshed.connect(self.refreshed.append)
        bridge.over.connect(self._over)

    def _over(self) -> None:
        self.over += 1


@pytest.fixture
def port() -> Theatre:
    return Theatre(snapshot(Phase.READY))


@pytest.fixture
def bridge(port: Theatre, qtbot: QtBot) -> Iterator[Bridge]:
    made = Bridge(port, REFRESH_MS)
    yield made
    made.close()


def settle(qtbot: QtBot) -> None:
    """Longer than two refreshes."""
    qtbot.wait(3 * REFRESH_MS)


def test_readings_do_not_wake_a_hidden_window_and_are_kept(
    bridge: Bridge, port: Theatre, qtbot: QtBot
) -> None:
    heard = Heard(bridge)
    for second in range(1, 20):
        port.show(reading=reading(NOW + second))
    settle(qtbot)
    assert (heard.changed, heard.refreshed) == ([], [])
    assert len(bridge.recent.samples()) == 20


def test_a_phase_arrives_at_once_even_while_hidden(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    heard = Heard(bridge)
    port.show(phase=Phase.PAUSED, why=WHYS[Phase.PAUSED])
    qtbot.waitUntil(lambda: len(heard.changed) == 1)
    assert heard.changed[0].phase is Phase.PAUSED
    assert heard.refreshed == []


def test_a_burst_is_shown_once(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    heard = Heard(bridge)
    bridge.set_seen(True)
    assert len(heard.refreshed) == 1
    for second in range(1, 50):
        port.show(reading=reading(NOW + second))
    settle(qtbot)
    assert len(heard.refreshed) == 2
    newest = heard.refreshed[-1].reading
    assert newest is not None
    assert newest.at == NOW + 49
    settle(qtbot)
    assert len(heard.refreshed) == 2


def test_ordinary_news_wait_but_a_new_task_does_not(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    heard = Heard(bridge)
    bridge.set_seen(True)
    port.show(reading=reading(NOW + 1))
    qtbot.wait(10)
    assert len(heard.refreshed) == 1
    port.show(runs=(run(0),))
    qtbot.waitUntil(lambda: len(heard.refreshed) == 2, timeout=REFRESH_MS)
    assert len(heard.changed) == 1


def test_hidden_again_nothing_is_drawn(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    heard = Heard(bridge)
    bridge.set_seen(True)
    port.show(reading=reading(NOW + 1))
    bridge.set_seen(False)
    settle(qtbot)
    assert len(heard.refreshed) == 1
    bridge.set_seen(True)
    assert len(heard.refreshed) == 2


def test_from_another_thread_to_this_one(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    threads: list[str] = []
    bridge.changed.connect(lambda _: threads.append(threading.current_thread().name))
    worker = threading.Thread(target=lambda: port.show(phase=Phase.BUSY, why=WHYS[Phase.BUSY]), name="agent")
    worker.start()
    qtbot.waitUntil(lambda: bool(threads))
    worker.join()
    assert threads == [threading.current_thread().name]


def test_answers_come_in_this_thread_and_not_after_the_end(
    bridge: Bridge, port: Theatre, qtbot: QtBot
) -> None:
    answers: list[object] = []
    bridge.ask(
        AskTotals(), lambda answer, error: answers.append((answer, error, threading.current_thread().name))
    )
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(port.totals, None, threading.current_thread().name)]
    bridge.ask(AskTotals(), lambda answer, error: answers.append(answer))
    bridge.close()
    settle(qtbot)
    assert len(answers) == 1


def test_the_end_is_told_and_wishes_are_handed_on(bridge: Bridge, port: Theatre, qtbot: QtBot) -> None:
    heard = Heard(bridge)
    bridge.post(StopAsked())
    bridge.quit()
    assert port.posted == [StopAsked(), QuitAsked()]
    port.show(over=True)
    qtbot.waitUntil(lambda: heard.over == 1)


def test_a_change_between_the_first_look_and_the_subscription_is_not_missed(qtbot: QtBot) -> None:
    class Late(Theatre):
        def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
            self.show(phase=Phase.PAUSED)  # before anybody hears it
            return super().subscribe(callback)

    bridge = Bridge(Late(snapshot(Phase.READY)))
    qtbot.waitUntil(lambda: bridge.snapshot.phase is Phase.PAUSED)
    bridge.close()
