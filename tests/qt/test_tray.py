"""The tray's menu and icon, offscreen; the real protocol is in test_status_notifier.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from hivemind_desktop.qt import pause
from hivemind_desktop.qt.language import Speech
from hivemind_desktop.qt.tray import Tray
from hivemind_desktop.worker.events import DrainAsked, PauseAsked, ResumeAsked, StartAsked, StopAsked
from hivemind_desktop.worker.front import OwnerEvent
from hivemind_desktop.worker.snapshot import Phase, Snapshot, Why
from tests.qt.scenes import NOW, WHYS, run, snapshot

TAIPEI = timezone(timedelta(hours=8))
EVENING = datetime(2026, 11, 24, 22, 30, tzinfo=TAIPEI)
Made = tuple[Tray, list[OwnerEvent]]


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[str], Made]]:
    speeches: list[Speech] = []
    windows: list[QWidget] = []

    def made(language: str = "en") -> Made:
        speeches.append(Speech(qapp, language))
        posted: list[OwnerEvent] = []
        window = QWidget()
        qtbot.addWidget(window)
        windows.append(window)
        return Tray(posted.append, window, clock=lambda: NOW, now=lambda: EVENING), posted

    yield made
    for speech in speeches:
        speech.end()


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isVisible() and not action.isSeparator()]


def action(menu: QMenu, text: str) -> QAction:
    return next(one for one in menu.actions() if one.text() == text and one.isVisible())


LAST = ["Open HiveMind", "Quit"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (snapshot(Phase.BUSY), ["Working, 3 tasks", "3 tasks are running within your limits.", "Pause", "Finish then stop", "Stop"]),
        (snapshot(Phase.BUSY, Why("busy.working", {"tasks": "1"}), runs=(run(),)), ["Working, 1 task", "1 task is running within your limits.", "Pause", "Finish then stop", "Stop"]),
        (snapshot(Phase.READY), ["Ready", "lab-north has no task for this computer right now.", "Pause", "Finish then stop", "Stop"]),
        (snapshot(Phase.PAUSED), ["Paused, 41 min left", None, "Resume now", "Change pause", "Finish then stop", "Stop"]),
        (snapshot(Phase.STOPPED), ["Stopped", None, "Start"]),
        (snapshot(Phase.DRAINING), ["Finishing, 3 tasks", "Finishing 3 tasks, then it stops.", "Take tasks again", "Pause", "Stop"]),
    ],
)  # fmt: skip
def test_the_menu_has_what_can_be_done_now(
    make: Callable[[str], Made], shown: Snapshot, expected: list[str | None]
) -> None:
    tray, _ = make("en")
    tray.show_snapshot(shown)
    found = texts(tray.menu)
    assert [
        None if wanted is None else text for text, wanted in zip(found, expected, strict=False)
    ] == expected
    assert found[len(expected) :] == LAST


def test_the_menu_in_chinese(make: Callable[[str], Made]) -> None:
    tray, _ = make("zh-TW")
    tray.show_snapshot(snapshot(Phase.BUSY))
    assert texts(tray.menu) == [
        "工作中，3 個任務",
        "3 個任務執行中，不超過你設的上限。",
        "暫停",
        "做完就停止",
        "停止",
        "開啟 HiveMind",
        "結束",
    ]
    tray.show_snapshot(snapshot(Phase.PAUSED))
    assert texts(tray.menu)[0] == "已暫停，還有 41 分鐘"
    assert texts(tray.menu.pause) == ["15 分鐘", "1 小時", "4 小時", "到明天 08:00", "直到我按繼續"]


def test_every_verb_posts_its_wish(make: Callable[[str], Made]) -> None:
    tray, posted = make("en")
    opened: list[str] = []
    tray.open_asked.connect(lambda: opened.append("open"))
    tray.quit_asked.connect(lambda: opened.append("quit"))
    tray.show_snapshot(snapshot(Phase.BUSY))
    for text in (
        "Finish then stop",
        "Stop",
        "Open HiveMind",
        "Quit",
        "Working, 3 tasks",
        "3 tasks are running within your limits.",
    ):
        action(tray.menu, text).trigger()
    tray.show_snapshot(snapshot(Phase.PAUSED))
    action(tray.menu, "Resume now").trigger()
    tray.show_snapshot(snapshot(Phase.STOPPED))
    action(tray.menu, "Start").trigger()
    assert posted == [DrainAsked(), StopAsked(), ResumeAsked(), StartAsked()]
    assert opened == ["open", "quit", "open", "open"]


def test_pauses_are_as_long_as_they_say(make: Callable[[str], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    tray, posted = make("en")
    tray.show_snapshot(snapshot(Phase.BUSY))
    monkeypatch.setattr(pause, "seconds_to_morning", lambda now: (now - EVENING).total_seconds() + 34_200)
    for one in tray.menu.pause.actions():
        one.trigger()
    assert posted == [
        PauseAsked(900),
        PauseAsked(3600),
        PauseAsked(14_400),
        PauseAsked(34_200),
        PauseAsked(None),
    ]


def test_tomorrow_is_the_next_day_by_the_clocks_here() -> None:
    evening = datetime(2026, 11, 24, 22, 30).astimezone()
    assert pause.seconds_to_morning(evening) == 9.5 * 3600
    night = datetime(2026, 11, 24, 0, 30).astimezone()
    assert pause.seconds_to_morning(night) == 31.5 * 3600


def test_the_icon_is_set_only_when_it_changes(
    make: Callable[[str], Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    tray, _ = make("en")
    drawn: list[object] = []
    draw = tray._draw

    def noting(phase: Phase, warned: bool) -> QIcon:
        drawn.append((phase, warned))
        return draw(phase, warned)

    monkeypatch.setattr(tray, "_draw", noting)
    warning = Why("faulty.engine_stopped", {"engine": "Docker"})
    for shown in (
        snapshot(Phase.BUSY),
        snapshot(Phase.BUSY, runs=(run(),)),
        snapshot(Phase.BUSY, warnings=(warning,)),
        snapshot(Phase.BUSY, warnings=(warning, warning)),
        snapshot(Phase.READY),
    ):
        tray.show_snapshot(shown)
    assert drawn == [(Phase.BUSY, False), (Phase.BUSY, True), (Phase.READY, False)]
    assert tray.icon.toolTip() == "HiveMind: Ready\nlab-north has no task for this computer right now."


def test_a_name_of_others_is_no_markup_for_the_panel(make: Callable[[str], Made]) -> None:
    tray, _ = make("en")
    tray.show_snapshot(snapshot(Phase.READY, Why("ready.no_task", {"pool": "<img src=/x>"})))
    assert tray.icon.toolTip().endswith("\u2039img src=/x> has no task for this computer right now.")


def test_a_name_with_an_ampersand_is_no_mnemonic(make: Callable[[str], Made]) -> None:
    tray, _ = make("en")
    tray.show_snapshot(snapshot(Phase.READY, Why("ready.no_task", {"pool": "R&D"})))
    assert tray.menu.why.text() == "R&&D has no task for this computer right now."


def test_the_countdown_is_right_when_the_menu_opens(make: Callable[[str], Made]) -> None:
    tray, _ = make("en")
    tray.show_snapshot(snapshot(Phase.PAUSED))
    tray._clock = lambda: NOW + 30 * 60
    tray.menu.aboutToShow.emit()
    assert tray.menu.headline.text() == "Paused, 11 min left"


def test_every_phase_has_a_word_and_a_why(make: Callable[[str], Made]) -> None:
    for language in ("en", "zh-TW"):
        tray, _ = make(language)
        for phase in Phase:
            tray.show_snapshot(snapshot(phase))
            headline, why = texts(tray.menu)[:2]
            assert "phase." not in headline
            assert WHYS[phase].code not in why
