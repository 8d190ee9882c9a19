"""The shell: status bar, navigation, messages, closing; in both languages and at three widths."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hivemind_desktop.qt.app import App
from hivemind_desktop.qt.shell.rules import Rules
from hivemind_desktop.qt.shell.window import Window
from hivemind_desktop.qt.tray import Tray
from hivemind_desktop.qt.widgets.label import Name, Sentence
from hivemind_desktop.worker.events import PauseAsked, QuitAsked, ResumeAsked, StartAsked
from hivemind_desktop.worker.snapshot import Phase, Why
from tests.qt.conftest import OpenApp
from tests.qt.scenes import NOW, WHYS, snapshot

WIDTHS = (1100, 800, 720)
LONGEST = Why(
    "offline.no_answer", {"pool": "lab-north-of-the-river", "tasks": "2", "results": "11"}, since=NOW - 300
)


def cut(window: QWidget) -> list[str]:
    """Texts that do not fit their box. Names of others may be cut: they are whole in the tooltip."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or isinstance(label, Name) or not label.text():
            continue
        metrics = QFontMetrics(label.font())
        if isinstance(label, Sentence):
            if label.heightForWidth(label.width()) > label.height():
                found.append(label.text())
        elif metrics.horizontalAdvance(label.text()) > label.width() or metrics.height() > label.height():
            found.append(label.text())
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.sizeHint().width() > button.width():
            found.append(button.text())
    return found


def shows(app: App, phase: Phase) -> bool:
    return app.bridge.snapshot.phase is phase


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut(open_app: OpenApp, qtbot: QtBot, language: str, width: int) -> None:
    app, port = open_app(Phase.BUSY, language=language)
    window = app.window
    window.resize(width, 700)
    for phase in Phase:
        port.show(**{name: getattr(snapshot(phase), name) for name in ("phase", "why", "rules", "runs")})
        qtbot.waitUntil(partial(shows, app, phase))
        port.play(list(range(20)))
        app._app.processEvents()
        assert cut(window) == [], (phase, language, width)
    port.show(phase=Phase.OFFLINE, why=LONGEST, rules=(LONGEST,))
    qtbot.waitUntil(lambda: app.bridge.snapshot.why == LONGEST)
    app._app.processEvents()
    assert cut(window) == []


def test_the_status_bar_says_phase_and_why_and_offers_what_can_be_done(
    open_app: OpenApp, qtbot: QtBot
) -> None:
    app, port = open_app(Phase.BUSY)
    bar = app.window.status
    assert (bar.word.text(), bar.aside.text()) == ("Working", "3 tasks")
    assert bar.why.text() == "3 tasks are running within your limits."
    assert (bar.resume.isVisible(), bar.start.isVisible(), bar.pause.text()) == (False, False, "Pause")
    port.show(phase=Phase.PAUSED, why=WHYS[Phase.PAUSED])
    qtbot.waitUntil(lambda: bar.word.text() == "Paused")
    assert (bar.resume.isVisible(), bar.pause.text(), bar.cell.accessibleName()) == (
        True,
        "Change pause",
        "Paused",
    )
    QTest.mouseClick(bar.resume, Qt.MouseButton.LeftButton)
    port.show(phase=Phase.STOPPED, why=WHYS[Phase.STOPPED])
    qtbot.waitUntil(lambda: bar.start.isVisible())
    assert not bar.pause.isVisible()
    QTest.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    assert port.posted == [ResumeAsked(), StartAsked()]


def test_the_phase_word_has_the_colour_of_its_phase(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.BUSY, theme="light")
    word = app.window.status.word
    for phase in (Phase.FAULTY, Phase.READY):
        port.show(phase=phase, why=WHYS[phase])
        qtbot.waitUntil(partial(shows, app, phase))
        assert word.property("phase") == phase
        assert word.palette().windowText().color() == app.theme.phase_color(phase)


def test_control_p_pauses_and_resumes(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.BUSY)
    app.window.status.toggle_pause()
    port.show(phase=Phase.PAUSED, why=WHYS[Phase.PAUSED])
    qtbot.waitUntil(lambda: app.window.status.word.text() == "Paused")
    app.window.status.toggle_pause()
    assert port.posted == [PauseAsked(None), ResumeAsked()]


def test_the_navigation_collapses_below_960(open_app: OpenApp) -> None:
    app, _ = open_app(Phase.READY)
    for width, expected in ((960, 196), (959, 56), (720, 56), (1100, 196)):
        app.window.resize(width, 700)
        app._app.processEvents()
        assert app.window.nav.width() == expected
    assert app.window.minimumSize().toTuple() == (720, 520)


def test_only_what_is_built_is_in_the_navigation(open_app: OpenApp) -> None:
    app, _ = open_app(Phase.READY)
    names = {button.text() for button in app.window.nav.findChildren(QAbstractButton)}
    assert names == {"Dashboard", "About"}


def test_all_rules_lists_every_reason_the_deciding_one_strong(open_app: OpenApp, qtbot: QtBot) -> None:
    rules = (WHYS[Phase.PAUSED], LONGEST)
    warning = Why("faulty.engine_stopped", {"engine": "Docker"})
    app, _ = open_app(first=snapshot(Phase.PAUSED, rules=rules, warnings=(warning,)))
    app.window.status._open_rules()
    popup = app.window.findChild(Rules)
    assert popup is not None
    sentences = popup.findChildren(Sentence)
    assert [one.text()[:10] for one in sentences] == ["You paused", "lab-north-", "Docker is "]
    assert [one.font().weight() >= 600 for one in sentences] == [True, False, False]
    assert cut(popup) == []
    popup.close()


def test_a_warning_stands_above_the_page_and_goes_with_its_cause(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.BUSY)
    app.window.message.clear()
    port.show(warnings=(Why("faulty.engine_stopped", {"engine": "Docker"}),))
    qtbot.waitUntil(lambda: app.window.message.text == "Docker is not running, so no task can start.")
    port.show(warnings=())
    qtbot.waitUntil(lambda: app.window.message.text == "")


def test_without_a_tray_the_window_says_so_and_closing_it_quits(open_app: OpenApp) -> None:
    app, port = open_app(Phase.READY)
    assert app.tray is None
    assert app.window.message.text.startswith("This desktop shows no tray icons")
    app.window.close()
    assert app.window.isVisible()
    assert port.posted == [QuitAsked()]


def test_with_a_tray_closing_hides_and_says_so_once(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("PySide6.QtWidgets.QSystemTrayIcon.isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(Tray, "say", lambda _, title, text: said.append(title))
    app, port = open_app(Phase.READY)
    for _ in range(2):
        app.window.bring_up()
        assert app.window.isVisible()
        app.window.close()
        assert not app.window.isVisible()
    assert (said, port.posted) == (["HiveMind goes on in the tray"], [])


def test_only_a_seen_window_is_fed(open_app: OpenApp, qtbot: QtBot) -> None:
    app, _ = open_app(Phase.READY)
    seen = [app.bridge.seen]
    for change in (app.window.showMinimized, app.window.bring_up, app.window.hide):
        change()
        seen.append(app.bridge.seen)
    assert seen == [True, False, True, False]


def test_the_ring_follows_the_keyboard_and_not_the_mouse(open_app: OpenApp, qtbot: QtBot) -> None:
    app, _ = open_app(Phase.BUSY)
    window: Window = app.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.status.pause.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not window.ring.isVisible()
    QTest.keyClick(window.status.pause, Qt.Key.Key_Tab)
    focused = window.focusWidget()
    assert focused is not None
    assert focused is not window.status.pause
    assert window.ring.isVisible()
    assert window.ring.width() == focused.width() + 8
    QTest.keyClick(focused, Qt.Key.Key_Backtab)
    assert window.focusWidget() is window.status.pause


def test_every_control_has_a_name(open_app: OpenApp) -> None:
    app, port = open_app(Phase.BUSY)
    port.play([1, 0])
    nameless = [
        type(button).__name__
        for button in app.window.findChildren(QAbstractButton)
        if not (button.accessibleName() or button.text())
    ]
    assert nameless == []
