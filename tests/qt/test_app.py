"""The whole front-end: how it ends, what it says of its own faults, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from hivemind_desktop.qt import display
from hivemind_desktop.qt.app import App, WindowOptions
from hivemind_desktop.worker.events import DrainAsked, QuitAsked
from hivemind_desktop.worker.snapshot import Phase
from tests.qt.conftest import OpenApp
from tests.qt.scenes import NOW, WHYS, Theatre, run, snapshot


@pytest.fixture
def child(repository: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.qt.tray_program", "en"],
        cwd=repository,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def hears(child: subprocess.Popen[str], beginning: str) -> str:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(beginning):
            return line.strip()
    raise AssertionError(f"it ended without {beginning!r}")


def say(child: subprocess.Popen[str], command: str) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{command}\n")
    child.stdin.flush()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_the_worker_and_ends_cleanly(
    child: subprocess.Popen[str], number: signal.Signals
) -> None:
    hears(child, "up")
    say(child, "shown")
    assert hears(child, "shown") == "shown True False False"
    child.send_signal(number)
    child.send_signal(number)
    hears(child, "QuitAsked")
    out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert out.strip() == "ended"
    assert "Traceback" not in err
    assert "QThread" not in err


def test_a_fault_of_the_window_is_loud_and_the_window_lives(child: subprocess.Popen[str]) -> None:
    hears(child, "up")
    say(child, "fail")
    say(child, "message")
    assert hears(child, "message") == "message A part of this window failed; the program log has more."
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 0
    assert "ValueError: a slot is wrong" in err


def test_quit_without_a_task_asks_nothing(open_app: OpenApp) -> None:
    app, port = open_app(Phase.READY)
    app.ask_quit()
    app.ask_quit()
    assert (app.dialog, port.posted) == (None, [QuitAsked()])


def buttons(box: QMessageBox) -> dict[str, object]:
    return {button.text(): button for button in box.buttons()}


def test_quit_with_tasks_says_what_is_lost(open_app: OpenApp) -> None:
    app, port = open_app(first=snapshot(Phase.BUSY, runs=(run(0), run(2))))
    app.ask_quit()
    assert app.dialog is not None
    assert app.dialog.text() == "2 tasks still at work."
    assert app.dialog.informativeText() == "Stopping now loses 38 min of work."
    assert set(buttons(app.dialog)) == {"Finish first", "Stop now", "Stay"}
    assert app.dialog.defaultButton().text() == "Stay"
    app.dialog.defaultButton().click()
    assert port.posted == []
    assert app.window.isVisible()


def test_another_start_of_the_program_opens_the_window(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.READY)
    app.window.hide()
    port.show(show_asked=1)
    qtbot.waitUntil(app.window.isVisible)


def test_stop_now_quits(open_app: OpenApp) -> None:
    app, port = open_app(Phase.BUSY)
    app.ask_quit()
    assert app.dialog is not None
    next(button for button in app.dialog.buttons() if button.text() == "Stop now").click()
    assert port.posted == [QuitAsked()]


def test_finish_first_drains_and_quits_when_it_has_stopped(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.BUSY)
    app.ask_quit()
    assert app.dialog is not None
    next(button for button in app.dialog.buttons() if button.text() == "Finish first").click()
    assert port.posted == [DrainAsked()]
    port.show(phase=Phase.DRAINING, why=WHYS[Phase.DRAINING])
    port.show(phase=Phase.STOPPED, why=WHYS[Phase.STOPPED], runs=())
    qtbot.waitUntil(lambda: port.posted == [DrainAsked(), QuitAsked()])


def test_the_worker_that_is_over_ends_the_window(qtbot: QtBot) -> None:
    port = Theatre(snapshot(Phase.READY, over=True))
    assert App(port, WindowOptions(language="en"), clock=lambda: NOW).main() == 0


def test_a_worker_that_does_not_end_is_left(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    app = App(
        Theatre(snapshot(Phase.READY)), WindowOptions(language="en"), end_limit_ms=50, clock=lambda: NOW
    )
    app.stop()
    with capture_exceptions() as seen:
        assert app.main() == 1
    assert seen == []
    assert "did not end within 0.05 s" in caplog.text


def test_whether_there_is_a_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "X11_SOCKETS", tmp_path)
    assert not display.has_display({})
    assert not display.has_display({"DISPLAY": ":7"})
    assert not display.has_display({"DISPLAY": "nonsense"})
    assert not display.has_display({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert display.has_display({"QT_QPA_PLATFORM": "offscreen"})
    assert not display.has_display({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":7"})
    for name, environ in (
        ("X7", {"DISPLAY": ":7.0"}),
        ("wayland-0", {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}),
    ):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / name))
            server.listen()
            assert display.has_display(environ)
