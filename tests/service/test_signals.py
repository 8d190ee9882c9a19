"""A signal in the middle of the answer to another one waits its turn: `timeout` and a second Ctrl+C send two at once."""

from __future__ import annotations

import os
import signal

from pytestqt.qtbot import QtBot

from hivemind_desktop.service.signals import Signals


def test_a_signal_within_the_answer_to_another_is_told_after_it(qtbot: QtBot) -> None:
    told: list[str] = []
    inside: list[bool] = []

    def asked(name: str) -> None:
        inside.append(True)
        assert len(inside) == 1, "answered in the middle of an answer"
        if not told:
            os.kill(os.getpid(), signal.SIGTERM)
        told.append(name)
        inside.pop()

    signals = Signals(asked)
    try:
        os.kill(os.getpid(), signal.SIGINT)
        qtbot.waitUntil(lambda: len(told) == 2)
    finally:
        signals.close()
    assert told == ["SIGINT", "SIGTERM"]
