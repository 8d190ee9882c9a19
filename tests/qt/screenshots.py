"""docs/screenshots/*.png from the real widgets: `python -m tests.qt.screenshots [FOLDER]`. One process for each language and theme."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtWidgets import QWidget

from hivemind_desktop.qt.app import App, WindowOptions, application
from hivemind_desktop.qt.theme import Choice
from hivemind_desktop.worker.snapshot import Phase, Why
from tests.qt.scenes import CORES, DONE, NOW, RUNS, Theatre, log_bytes, run, snapshot

ROOT = Path(__file__).resolve().parents[2]
_ALIAS = (
    '<match target="pattern"><test name="family"><string>{name}</string></test>'
    '<edit name="family" mode="prepend" binding="strong">'
    "<string>Inter</string><string>Noto Sans CJK TC</string></edit></match>"
)
FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
    "<include>/etc/fonts/fonts.conf</include>"
    + "".join(_ALIAS.format(name=name) for name in ("Sans Serif", "sans-serif", "sans"))
    + "</fontconfig>"
)
"""A desktop's usual fonts where they are installed (fonts-inter, fonts-noto-cjk); else the system's."""
DOCS = ROOT / "docs" / "screenshots"
IN_DOCS = (
    "dashboard-light-en", "dashboard-dark-en", "dashboard-light-zh-TW", "dashboard-dark-zh-TW",
    "dashboard-compact-light-zh-TW", "log-dark-en", "paused-dark-zh-TW", "tray-light-en", "tray-dark-zh-TW",
)  # fmt: skip
"""Every picture goes to another folder; the docs keep these."""
LANGUAGES, THEMES = ("en", "zh-TW"), ("light", "dark")


def picture() -> bytes:
    """A PNG that stands for a task's output: the Julia set of -0.8 + 0.156i."""
    width, height = 480, 320
    image = QImage(width, height, QImage.Format.Format_RGB32)
    for y in range(height):
        for x in range(width):
            z, steps = complex((x - width / 2) / 150, (y - height / 2) / 150), 0
            while abs(z) < 2 and steps < 80:
                z, steps = z * z + complex(-0.8, 0.156), steps + 1
            share = min(1.0, steps / 45)
            image.setPixelColor(x, y, QColor.fromHsvF(0.115, 1.0 - share**6, share**1.4))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def pump(app: App, until_s: float = 1.3) -> None:
    """Let the window take in and draw what is waiting."""
    end = time.monotonic() + until_s
    while time.monotonic() < end:
        app._app.processEvents()
        time.sleep(0.01)


def scene(language: str, theme: Choice, phase: Phase, gpus: int = 1) -> tuple[App, Theatre]:
    port = Theatre(snapshot(phase))
    port.logs = {RUNS[0]: log_bytes()}
    port.files = {DONE[0]: {"output/julia.png": picture()}}
    port.show(runs=tuple(replace(view, log_bytes=len(log_bytes())) for view in port.snapshot().runs))
    app = App(port, WindowOptions(language=language, theme=theme), clock=lambda: NOW)
    app.open()
    app.window.message.clear()
    app.window._top.hide()
    port.play([ago for ago in range(1, 300) if not 150 < ago < 192], gpus)
    pump(app)
    return app, port


def shoot(app: App, folder: Path, name: str) -> None:
    app._app.processEvents()
    keep(app.window, folder, name)


def keep(widget: QWidget, folder: Path, name: str) -> None:
    if folder != DOCS or name in IN_DOCS:
        widget.grab().save(str(folder / f"{name}.png"))


def paint(folder: Path, language: str, theme: Choice) -> None:
    os.cpu_count = lambda: CORES
    end = f"{theme}-{language}"
    app, port = scene(language, theme, Phase.BUSY)
    app.window.resize(1100, 900)
    pump(app)
    shoot(app, folder, f"dashboard-{end}")
    from hivemind_desktop.qt.pages.dashboard import Dashboard

    (page,) = app.window.findChildren(Dashboard)
    page.running.choose(RUNS[0])
    page.log.open_log(RUNS[0], run(0).name)
    pump(app)
    page.ensureWidgetVisible(page.results)
    shoot(app, folder, f"log-{end}")
    page.log.close_log()
    page.verticalScrollBar().setValue(0)
    app.window.resize(800, 600)
    pump(app)
    shoot(app, folder, f"dashboard-compact-{end}")
    app.window.resize(1100, 720)
    why = Why("paused.timed", since=NOW - 1200, until=NOW + 41 * 60)
    runs = tuple(replace(view, frozen=True, cpus=0.0) for view in port.snapshot().runs)
    port.show(phase=Phase.PAUSED, why=why, rules=(why, Why("busy.working", {"tasks": "3"})), runs=runs)
    pump(app)
    shoot(app, folder, f"paused-{end}")
    app.window.open_page(1)
    pump(app, 0.2)
    shoot(app, folder, f"about-{end}")
    if app.tray is None:
        from hivemind_desktop.qt.tray import Tray

        tray = Tray(app.bridge.post, app.window, clock=lambda: NOW)
        tray.show_snapshot(port.snapshot())
        tray.menu.ensurePolished()
        tray.menu.adjustSize()
        keep(tray.menu, folder, f"tray-{end}")
    app.close()


def main(folder: Path) -> int:
    """Every picture, each language and theme in a process of its own: a language is chosen once."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TZ": "Asia/Taipei"}
    with tempfile.TemporaryDirectory(prefix="hivemind-fonts-") as name:
        fonts = Path(name) / "fonts.conf"
        fonts.write_text(FONTS, "utf-8")
        environment["FONTCONFIG_FILE"] = str(fonts)
        for language in LANGUAGES:
            for theme in THEMES:
                command = [sys.executable, "-m", "tests.qt.screenshots", str(folder), language, theme]
                subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return 0


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    if len(sys.argv) > 3:
        application()
        paint(target, sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
    else:
        sys.exit(main(target))
