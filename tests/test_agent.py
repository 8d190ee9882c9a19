"""The loop round the state, driven by hand: a fault of one adapter costs no other command."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from hivemind_desktop.agent import Agent
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.snapshot import Phase, Snapshot
from tests.worker.playbook import ALLOWED, LINK_UP, WALL


class Recorder:
    """Every adapter at once: writes down what it was told; `broken` names what raises."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.broken: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Mapping[str, Any]) -> None:
            if name in self.broken:
                raise OSError(f"{name} does not work")
            self.told.append((name, arguments))

        return call

    def names(self) -> list[str]:
        return [name for name, _ in self.told if name != "see"]


def run(agent: Agent, *events: ev.Event) -> None:
    for event in events:
        agent.post(event)
    while agent.step():
        pass


def test_commands_reach_their_rooms_and_snapshots_the_readers() -> None:
    seen: list[Snapshot] = []
    rooms = Recorder()
    agent = Agent(lambda: ev.Moment(1.0, WALL), rooms, rooms, rooms, seen.append)
    run(agent, ev.Started(ALLOWED), ev.EngineAnswered("20.10"), LINK_UP, ev.PauseAsked(60))
    assert rooms.names() == ["probe", "open", "tell_free_slots", "save_wishes", "tell_free_slots"]
    assert [snapshot.number for snapshot in seen] == [1, 2, 3, 4]
    assert seen[-1].phase is Phase.PAUSED


def test_a_room_that_raises_costs_no_other_command_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Snapshot] = []
    rooms = Recorder()
    rooms.broken = frozenset({"save_wishes"})
    agent = Agent(lambda: ev.Moment(1.0, WALL), rooms, rooms, rooms, seen.append)
    with caplog.at_level(logging.CRITICAL):
        run(agent, ev.Started(ALLOWED), ev.EngineAnswered("20.10"), LINK_UP, ev.PauseAsked(60))
        run(agent, ev.ResumeAsked(), ev.QuitAsked(), ev.LinkClosed())
    assert "SaveWishes was not done" in caplog.text
    assert any(snapshot.why.code == "faulty.bug" for snapshot in seen)
    assert rooms.names()[-1] == "close"
    assert seen[-1].over
