"""The front-end with window and tray: built around a port, it ends when the worker has ended. No exit of the process in here."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox, QSystemTrayIcon, QWidget

from hivemind_desktop.qt import icons, quitting
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.language import Speech
from hivemind_desktop.qt.options import NEXT_TASK, WindowOptions
from hivemind_desktop.qt.shell.window import Window
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tray import Tray
from hivemind_desktop.service.headless import END_LIMIT_MS
from hivemind_desktop.service.signals import Signals
from hivemind_desktop.worker.events import DrainAsked
from hivemind_desktop.worker.front import Port
from hivemind_desktop.worker.snapshot import Phase, Snapshot

__all__ = ["NEXT_TASK", "App", "WindowOptions", "application"]

translate = QCoreApplication.translate
log = logging.getLogger(__name__)

TRAY_WAIT_S = 60
"""A desktop that has just started may show its tray later than it starts programs."""


def application(argv: list[str] | None = None) -> QApplication:
    """The one QApplication, made when there is none. Call it on the main thread before other Qt objects are made."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(argv or sys.argv[:1])
    app.setApplicationName("HiveMind")
    app.setApplicationDisplayName("HiveMind")
    app.setDesktopFileName("hivemind-desktop")
    app.setQuitOnLastWindowClosed(False)
    return app


class App(QObject):
    """`main` blocks until the worker has ended and gives the exit code; `stop` asks for that, from any thread."""

    _stop_asked = Signal()

    def __init__(
        self,
        port: Port,
        options: WindowOptions,
        *,
        end_limit_ms: int = END_LIMIT_MS,
        clock: Callable[[], float] = time.time,
        see_charts: Callable[[bool], None] | None = None,
    ) -> None:
        """`see_charts` hears whether somebody looks at the charts."""
        super().__init__()
        self._app = application()
        self._options = options
        self._limit = QTimer(self, interval=end_limit_ms, singleShot=True)
        self._limit.timeout.connect(self._give_up)
        self.speech = Speech(self._app, options.language)
        self.theme = Theme(self._app, options.theme, chinese=self.speech.chinese)
        self._app.setWindowIcon(icons.app_icon())
        self.bridge = Bridge(port, clock=clock)
        self.window = Window(self.theme, self.bridge)
        self.window.add_page(translate("shell", "Dashboard"), "ui-dashboard", self._make_dashboard, "Ctrl+1")
        self.window.add_page(translate("shell", "About"), "ui-about", self._make_about, "F1", last=True)
        self._see_charts = see_charts
        self._charts_seen = False
        self.dashboard: QWidget | None = None
        self.bridge.seen_changed.connect(self._tell_charts)
        self.tray: Tray | None = None
        self.dialog: QMessageBox | None = None
        self._show_asked = self.bridge.snapshot.show_asked
        self._on_close: list[Callable[[], None]] = []
        self._asked = self._finishing = self._told_hidden = False
        self._tray_wait = QTimer(self, interval=1000)
        self._tray_wait.timeout.connect(self._look_for_tray)
        self._tray_tries = 0
        self.window.quit_asked.connect(self.ask_quit)
        self.window.hidden_by_owner.connect(self._tell_hidden)
        self.bridge.over.connect(lambda: self._app.exit(0))
        self.bridge.changed.connect(self._changed)
        self._stop_asked.connect(self._quit, Qt.ConnectionType.QueuedConnection)
        self._app.commitDataRequest.connect(self._session_ends, Qt.ConnectionType.DirectConnection)

    def main(self) -> int:
        """0 when the worker ended, 1 when it did not within the limit."""
        signals = Signals(self._signalled)
        hook, sys.excepthook = sys.excepthook, self._failed
        try:
            self.open()
            if self.bridge.snapshot.over:
                return 0
            return self._app.exec()
        finally:
            sys.excepthook = hook
            signals.close()
            self.close()

    def stop(self) -> None:
        self._stop_asked.emit()

    def open(self) -> None:
        """Tray and window, as far as they are wanted and there."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._make_tray()
        elif self._options.minimized:
            self._tray_wait.start()
        if not self._options.minimized or self._options.show_result_of:
            self._open_window()

    def _open_window(self) -> None:
        self.window.open_page(0)
        self.window.bring_up()
        if self.tray is None and not self._tray_wait.isActive():
            self._say_no_tray()

    def _look_for_tray(self) -> None:
        self._tray_tries += 1
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray_wait.stop()
            self._make_tray()
        elif self._tray_tries >= TRAY_WAIT_S:
            self._tray_wait.stop()
            self.window.open_page(0)
            self.window.showMinimized()
            self._say_no_tray()

    def _say_no_tray(self) -> None:
        text = translate(
            "app", "This desktop shows no tray icons: HiveMind stays in this window and ends with it."
        )
        self.window.say("info", text)

    def _make_tray(self) -> None:
        tray = Tray(
            self.bridge.post, self.window, clock=self.bridge.clock, single_colour=self._options.single_colour
        )
        tray.open_asked.connect(self._open_window)
        tray.quit_asked.connect(self.ask_quit)
        tray.show_snapshot(self.bridge.snapshot)
        self.bridge.changed.connect(tray.show_snapshot)
        tray.show()
        self.tray = tray
        self.window.hides = True

    def _make_dashboard(self) -> QWidget:
        from hivemind_desktop.qt.pages.dashboard import Dashboard

        page = Dashboard(self.theme, self.bridge, self._options.show_result_of)
        page.verticalScrollBar().valueChanged.connect(self.window.ring.place)
        self._on_close.append(page.close_down)
        page.seen_changed.connect(self._tell_charts)
        self.dashboard = page
        return page

    def _tell_charts(self) -> None:
        seen = self.bridge.seen and self.dashboard is not None and self.dashboard.isVisible()
        if seen != self._charts_seen:
            self._charts_seen = seen
            if self._see_charts is not None:
                self._see_charts(seen)

    def _make_about(self) -> QWidget:
        from hivemind_desktop.qt.pages.about import About

        return About(self.theme, self.bridge)

    def ask_quit(self) -> None:
        """Quit; with tasks at work ask how."""
        snapshot = self.bridge.snapshot
        if not snapshot.runs or self._asked:
            self._quit()
        elif self.dialog is None:
            self.dialog = quitting.ask_how(
                self.window, snapshot, self.bridge.clock(), self._finish_first, self._quit
            )
            self.dialog.destroyed.connect(self._dialog_gone)
        else:
            self.dialog.raise_()

    @Slot()
    def _dialog_gone(self) -> None:
        self.dialog = None

    def _finish_first(self) -> None:
        self._finishing = True
        self.bridge.post(DrainAsked())

    @Slot()
    def _quit(self) -> None:
        if self._asked:
            return
        self._asked = True
        self.bridge.quit()
        self._limit.start()

    def _changed(self, snapshot: Snapshot) -> None:
        if snapshot.show_asked != self._show_asked:
            self._show_asked = snapshot.show_asked
            self._open_window()
        if self._finishing and snapshot.phase is Phase.STOPPED and not snapshot.runs:
            self._quit()

    def _tell_hidden(self) -> None:
        if self.tray is not None and not self._told_hidden:
            self._told_hidden = True
            title = translate("app", "HiveMind goes on in the tray")
            self.tray.say(title, translate("app", "Quit is in the menu of its icon."))

    def _session_ends(self) -> None:
        self._quit()

    def _signalled(self, name: str) -> None:
        log.info("%s: quitting", name)
        self._quit()

    def _give_up(self) -> None:
        log.critical("the worker did not end within %g s of the quit", self._limit.interval() / 1000)
        self._app.exit(1)

    def _failed(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception left a slot: a bug of the window, told in the log and on the screen."""
        text = "".join(traceback.format_exception(kind, error, trace))
        log.critical("a part of the window failed\n%s", text)
        self.window.say("error", translate("app", "A part of this window failed; the program log has more."))

    def close(self) -> None:
        """Give everything back to Qt in order; without it the process may crash at its end."""
        self._tray_wait.stop()
        self._limit.stop()
        self.bridge.close()
        for close in self._on_close:
            close()
        if self.tray is not None:
            self.tray.hide()
        self.window.hides = False
        self.window.hide()
        self.window.deleteLater()
        self.theme.deleteLater()
        self.speech.end()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._app.processEvents()
