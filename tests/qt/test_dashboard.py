"""The dashboard: what runs, what came of it, in the right place, and nothing while nobody looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry
from hivemind_desktop.qt import pictures
from hivemind_desktop.qt.app import App
from hivemind_desktop.qt.charts.plot import Chart, Plot
from hivemind_desktop.qt.pages import grid
from hivemind_desktop.qt.pages.dashboard import Dashboard
from hivemind_desktop.qt.pages.results import ResultRow
from hivemind_desktop.qt.pages.running import RunRow, cpu_use, left, memory_use, taken
from hivemind_desktop.qt.widgets.label import Name
from hivemind_desktop.worker.queries import MAX_FILE, AskLog, AskTotals, FileList, Totals
from hivemind_desktop.worker.snapshot import Phase
from tests.qt.conftest import OpenApp
from tests.qt.scenes import CORES, DONE, NOW, RUNS, Theatre, log_bytes, result, run, snapshot


def page_of(app: App) -> Dashboard:
    (page,) = app.window.findChildren(Dashboard)
    return page


def png(width: int = 30, height: int = 20, kind: bytes = b"png") -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("orange"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(kind)).write(image)
    return bytes(buffer.data().data())


def labels(row: RunRow | ResultRow) -> list[str]:
    return [label.text() for label in row.findChildren(QLabel) if label.text()]


# ------------------------------------------------------------------ places


@pytest.mark.parametrize(("width", "columns"), [(860, 3), (859, 2), (560, 2), (559, 1), (300, 1)])
def test_columns_follow_the_width(width: int, columns: int) -> None:
    assert grid.columns_for(width) == columns


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("gpus", range(6))
def test_no_two_cards_share_a_place(columns: int, gpus: int) -> None:
    found = grid.places(columns, gpus)
    fields = [
        (row, column)
        for place in found.values()
        for row in range(place.row, place.row + place.rows)
        for column in range(place.column, place.column + place.columns)
    ]
    assert len(fields) == len(set(fields))
    assert max(column for _, column in fields) == columns - 1
    assert len(found) == 8 + gpus
    assert set(range(max(row for row, _ in fields) + 1)) == {row for row, _ in fields}


def test_the_cards_move_with_the_window(open_app: OpenApp) -> None:
    app, _ = open_app(Phase.BUSY)
    page = page_of(app)
    for width, columns in ((1100, 3), (800, 2), (720, 2)):
        app.window.resize(width, 700)
        app._app.processEvents()
        cpu, memory, disk = (page._cards[name].geometry() for name in ("cpu", "memory", "disk"))
        assert cpu.top() == memory.top()
        assert abs(cpu.width() - memory.width()) <= 1
        assert (disk.left() in (cpu.left(), memory.left())) == (columns == 2 or len(page._gpus) == 1)
        assert page._inner.width() <= page.viewport().width()


# ------------------------------------------------------------------ running


def test_a_row_says_how_far_it_is_and_what_it_uses(open_app: OpenApp) -> None:
    app, _ = open_app(Phase.BUSY)
    rows = app.window.findChildren(RunRow)
    assert labels(rows[0]) == [
        "render-asteroids-40",
        "from lab-north",
        "62%",
        "12 min",
        "about 7 min left",
        "1.5 of 1.6 cores, 1 GPU",
        "1.6 GB of 2 GB",
    ]
    assert rows[0].accessibleName() == "render-asteroids-40, 62%, Running"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stage": Stage.PREPARING, "started": None, "progress": None}, ("Preparing", "")),
        ({"stage": Stage.COLLECTING, "started": NOW - 90}, ("1 min", "Collecting results")),
        ({"started": NOW - 5, "progress": 0.5}, ("under 1 min", "under 1 min left")),
        ({"progress": None}, ("12 min", "")),
        ({"progress": 0.001}, ("12 min", "")),
        ({"progress": 1.0}, ("12 min", "")),
        ({"frozen": True}, ("12 min", "paused")),
        ({"started": NOW + 60}, ("under 1 min", "under 1 min left")),
    ],
)
def test_times_are_words_and_no_guess_is_made_of_nothing(
    changes: dict[str, object], expected: tuple[str, str]
) -> None:
    shown = run(0, **changes)
    assert (taken(shown, NOW), left(shown, NOW)) == expected


def test_what_is_not_measured_is_a_dash() -> None:
    shown = run(1, cpus=None, memory_bytes=None)
    assert (cpu_use(shown), memory_use(shown)) == ("– of 1.6 cores", "– of 4 GB")


def test_rows_come_and_go(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.READY)
    page = page_of(app)
    assert page.running._empty.isVisible()
    port.show(runs=(run(0), run(2)))
    qtbot.waitUntil(lambda: len(page.running._rows) == 2)
    assert not page.running._empty.isVisible()
    port.show(runs=(run(2),))
    qtbot.waitUntil(lambda: list(page.running._rows) == [RUNS[2]])
    assert page.running._count.text() == "1"


def test_text_of_others_is_shown_as_text(open_app: OpenApp) -> None:
    evil = run(0, name="<b>x</b>\x1b[2J\u202egnp", sender="a\nb", progress_text="\x07")
    app, _ = open_app(first=snapshot(Phase.BUSY, runs=(evil,)))
    (row,) = app.window.findChildren(RunRow)
    assert labels(row)[:2] == [r"<b>x</b>\x1b[2J\u202egnp", r"from a\nb"]
    assert {label.textFormat() for label in row.findChildren(QLabel)} == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize(
    "evil", ["<img src=/etc/passwd>x", "a &lt;b>\n<table>", "<b>" + "x" * 200, "R&D", "plain", ""]
)
def test_no_tooltip_takes_text_of_others_for_html(evil: str, open_app: OpenApp) -> None:
    first = snapshot(
        Phase.BUSY,
        runs=(run(0, name=evil, progress_text=evil),),
        results=(result(2, name=evil, message="link.down", fields={"address": evil, "detail": evil}),),
    )
    app, _ = open_app(first=first)
    told = [w.toolTip() for row in (RunRow, ResultRow) for w in app.window.findChildren(row)]
    for name in app.window.findChildren(Name):
        name.setText(evil)
        name.resize(64, 20)
        name.grab()
        told.append(name.toolTip())
    assert any(told)
    for tip in told:
        drawn = QTextDocument()
        if QtGui.Qt.mightBeRichText(tip):
            assert tip.count("<") == 2, "the one element that keeps the lines"
            drawn.setHtml(tip)
            assert evil[:8] in drawn.toPlainText()


# ------------------------------------------------------------------ the log


def test_a_pressed_row_shows_its_log_and_follows_it(open_app: OpenApp, qtbot: QtBot) -> None:
    port = Theatre(snapshot(Phase.BUSY))
    whole = log_bytes()
    port.logs[RUNS[0]] = whole[:200]
    port.show(runs=(run(0, log_bytes=200),))
    app, _ = open_app(port=port)
    page = page_of(app)
    assert not page.log.isVisible()
    (row,) = app.window.findChildren(RunRow)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "2,048 asteroids" in page.log.view.text())
    assert row.isChecked()
    port.logs[RUNS[0]] = whole
    port.show(runs=(run(0, log_bytes=len(whole)),))
    qtbot.waitUntil(lambda: page.log.view.text().endswith("frame 45: tile 7/16"))
    assert r"\x1b[31m不是紅色\x1b[0m" in page.log.view.text()
    assert page.log.view.follows
    asked = len([query for query in port.asked if isinstance(query, AskLog)])
    port.show(reading=replace(port.snapshot().reading, at=NOW + 1))  # type: ignore[type-var]
    qtbot.wait(1300)
    assert len([query for query in port.asked if isinstance(query, AskLog)]) == asked
    page.log.view.keyPressEvent(key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier))
    assert "2,048 asteroids" in QGuiApplication.clipboard().text()
    page.log.close_log()
    assert not page.log.isVisible()
    assert not row.isChecked()
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert page.log.isVisible()


def key(which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QEvent.Type.KeyPress, which, modifier)


def test_scrolling_up_stops_following_and_end_starts_it(open_app: OpenApp, qtbot: QtBot) -> None:
    port = Theatre(snapshot(Phase.BUSY))
    port.logs[RUNS[0]] = log_bytes()
    app, _ = open_app(port=port)
    page = page_of(app)
    port.show(runs=(run(0, log_bytes=len(log_bytes())),))
    page._open_log(RUNS[0])
    qtbot.waitUntil(lambda: page.log.view.text() != "")
    view = page.log.view
    view.keyPressEvent(key(Qt.Key.Key_Home))
    assert not view.follows
    assert page.log._follow.text() == "End follows again."
    view.keyPressEvent(key(Qt.Key.Key_End))
    assert view.follows


def test_a_log_that_is_gone_is_said(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.READY)
    page = page_of(app)
    row = app.window.findChildren(ResultRow)[0]
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.log._message.isVisible())
    asked = len(port.asked)
    page._refreshed(port.snapshot())
    assert len(port.asked) == asked


# ------------------------------------------------------------------ results and pictures


def test_results_say_how_they_ended(open_app: OpenApp) -> None:
    app, _ = open_app(Phase.READY)
    rows = [row for row in app.window.findChildren(ResultRow) if row.isVisible()]
    assert labels(rows[0]) == [
        "julia-set-8k", "from lab-north", "Done", "Delivered", rows[0]._ended.text(), "4 min 20 s", "12 CPT",
    ]  # fmt: skip
    assert labels(rows[2])[2:4] == ["Out of memory", "Delivered"]
    assert labels(rows[3])[2:4] == ["Stopped by the owner", "Given back"]


def test_the_newest_results_picture_is_shown(open_app: OpenApp, qtbot: QtBot) -> None:
    port = Theatre(snapshot(Phase.READY))
    port.files[DONE[0]] = {"output/notes.txt": b"x", "output/b.png": png(), "output/a.png": png(40, 30)}
    app, _ = open_app(port=port)
    pane = page_of(app).results.pane
    qtbot.waitUntil(lambda: pane.image is not None)
    assert pane.image is not None
    assert (pane.image.width(), pane.isVisible()) == (40, True)
    newer = AttemptKey("01Z", 1, 1)
    port.show(results=(result(0, attempt=newer, name="no-picture"), *port.snapshot().results))
    qtbot.waitUntil(lambda: pane.image is None)
    assert not pane.isVisible()


@pytest.mark.parametrize("asked", ["01DEMO", "next"])
def test_the_demo_shows_its_task_at_work_and_its_picture(open_app: OpenApp, qtbot: QtBot, asked: str) -> None:
    task = AttemptKey("01DEMO", 1, 1)
    port = Theatre(snapshot(Phase.READY))
    port.files[DONE[0]] = {"a.png": png()}
    app, _ = open_app(port=port, show_result_of=asked, minimized=True)
    page = page_of(app)
    assert app.window.isVisible()
    port.logs[task] = log_bytes()
    port.show(phase=Phase.BUSY, runs=(run(0, attempt=task, name="julia", log_bytes=30),))
    qtbot.waitUntil(lambda: page.log.attempt == task)
    port.files[task] = {"output/julia.png": png(64, 48)}
    ended = result(0, attempt=task, name="julia", reason=Reason.OK, delivered="", reward=0)
    port.show(phase=Phase.READY, runs=(), results=(ended, *port.snapshot().results))
    qtbot.waitUntil(lambda: page.results.pane.image is not None and page.results.pane.image.width() == 64)
    assert "2,048 asteroids" in page.log.view.text()
    assert page.visibleRegion().boundingRect().intersects(page.rect())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>", "neither"),
        (b"BM" + bytes(60), "neither"),
        (
            b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + bytes(20),
            "too large",
        ),
    ],
)
def test_what_is_no_picture_or_too_large_is_not_decoded(data: bytes, said: str) -> None:
    with pytest.raises(pictures.NotShown, match=said):
        pictures.decode(data)


def test_half_a_picture_is_not_shown() -> None:
    with pytest.raises(pictures.NotShown):
        pictures.decode(png()[:60])


def test_large_pictures_are_kept_small() -> None:
    image = pictures.decode(png(3000, 1500))
    assert (image.width(), image.height()) == (1200, 600)
    assert pictures.decode(png(kind=b"jpeg")).width() == 30


def test_only_files_that_are_here_and_small_are_chosen() -> None:
    entries = (
        FileEntry("output/b.PNG", 10),
        FileEntry("output/a.png", MAX_FILE + 1),
        FileEntry("output/aa.png", 10),
        FileEntry("c.txt", 10),
    )
    assert pictures.first_picture(FileList(entries, ("output/b.PNG", "output/a.png"))) == "output/b.PNG"
    assert pictures.first_picture(FileList(entries, ())) is None


# ------------------------------------------------------------------ earned, charts, cost


def test_what_was_earned_is_asked_again_when_it_has_grown(open_app: OpenApp, qtbot: QtBot) -> None:
    app, port = open_app(Phase.READY)
    figures = page_of(app)._earned._figures
    qtbot.waitUntil(lambda: figures[0].text() == "184")
    assert [figure.text() for figure in figures] == ["184", "1,026", "4,310", "12,874"]
    port.totals = Totals(200, 1042, 4326, 12_890, 403)
    port.show(earned=12_890, results=port.snapshot().results[1:])
    qtbot.waitUntil(lambda: figures[0].text() == "200")
    assert len([query for query in port.asked if isinstance(query, AskTotals)]) == 2


def test_charts_are_described_for_those_who_cannot_see_them(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: CORES)
    app, port = open_app(Phase.BUSY)
    port.play([3, 2, 1, 0])
    page_of(app)._refreshed(port.snapshot())
    said = {chart.accessibleName(): chart.accessibleDescription() for chart in app.window.findChildren(Chart)}
    assert said["CPU"].startswith("CPU: HiveMind 5")
    assert said["CPU"].endswith("limit 60%")
    assert {"Memory", "Disk", "Download", "Upload", "Load", "Temperature", "Power"} <= said.keys()


def test_charts_step_once_a_reading_and_not_while_hidden(
    open_app: OpenApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, port = open_app(Phase.BUSY)
    drawn: list[object] = []
    draw: Callable[..., None] = Plot.show_figure

    def noting(plot: Plot, *shown: object) -> None:
        drawn.append(plot)
        draw(plot, *shown)

    monkeypatch.setattr(Plot, "show_figure", noting)
    page = page_of(app)
    page._refreshed(port.snapshot())
    assert drawn == []
    port.play([0])
    app.window.hide()
    for second in range(5):
        port.play([-second])
    qtbot.wait(1200)
    assert drawn == []
    app.window.bring_up()
    assert len(drawn) == len(app.window.findChildren(Plot))


def test_whether_the_charts_are_looked_at_is_told(open_app: OpenApp) -> None:
    told: list[bool] = []
    app, _ = open_app(Phase.BUSY, see_charts=told.append)
    app.window.open_page(1)
    app.window.open_page(0)
    app.window.showMinimized()
    app.window.bring_up()
    app.window.hide()
    assert told == [True, False, True, False, True, False]


def test_the_colours_of_the_charts_follow_the_theme(open_app: OpenApp) -> None:
    app, port = open_app(Phase.BUSY, theme="light")
    port.play([1, 0])
    page_of(app)._refreshed(port.snapshot())
    plot = app.window.findChildren(Plot)[0]
    app.theme.choose("dark")
    app._app.processEvents()
    image = plot.grab().toImage()
    assert image.pixelColor(image.width() - 2, 2).lightness() < 100
    assert image.pixelColor(2, image.height() // 3).name() != app.theme.color("bg.window").name()


def test_nothing_of_the_charts_is_loaded_before_they_are_seen(repository: Path) -> None:
    code = (
        "import sys\n"
        "from tests.qt.scenes import Theatre, snapshot\n"
        "from hivemind_desktop.worker.snapshot import Phase\n"
        "from hivemind_desktop.qt.app import App, WindowOptions\n"
        "app = App(Theatre(snapshot(Phase.READY)), WindowOptions(language='en', minimized=True))\n"
        "app.open()\n"
        "heavy = ('pyqtgraph', 'numpy', 'docker', 'keyring', 'cryptography', 'pynvml', 'sqlalchemy')\n"
        "before = [name for name in heavy if name in sys.modules]\n"
        "qt = sorted(name for name in sys.modules if name.startswith('PySide6.Qt'))\n"
        "app._tray_wait.stop()\n"
        "app._open_window()\n"
        "print(before, qt, 'pyqtgraph' in sys.modules)\n"
        "app.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    expected = "[] ['PySide6.QtCore', 'PySide6.QtGui', 'PySide6.QtSvg', 'PySide6.QtWidgets'] True"
    assert done.stdout.strip() == expected
