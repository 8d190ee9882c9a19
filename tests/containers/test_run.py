"""Runs on the real engine: how they end, what they may do, what comes back."""

from __future__ import annotations

from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.worker.events import StageEntered
from tests.containers.desk import Desk, kept_reason


def test_a_task_that_does_nothing_ends_ok(desk: Desk) -> None:
    finished = desk.run({"main.py": "print('hello')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert desk.text(finished.attempt) == b"hello\n"
    stages = [event.stage for event in desk.events.of(StageEntered) if isinstance(event, StageEntered)]
    assert stages == list(Stage)
