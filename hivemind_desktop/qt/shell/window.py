"""The window: navigation, status bar, one message, one page. It hides in the tray and asks nobody for anything while hidden."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hivemind_desktop.qt import icons
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.shell.nav import Nav, NavButton
from hivemind_desktop.qt.shell.statusbar import StatusBar
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.message import Message
from hivemind_desktop.qt.widgets.ring import Ring
from hivemind_desktop.wording import say_why
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate
MakePage = Callable[[], QWidget]


class Window(QWidget):
    """`hides`: closing puts it into the tray; else closing asks to quit."""

    quit_asked = Signal()
    hidden_by_owner = Signal()

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._theme, self._bridge = theme, bridge
        self.hides = False
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("HiveMind")
        self.setWindowIcon(icons.app_icon())
        size = tokens().window
        self.setMinimumSize(*size["minimum"])
        self.resize(*size["default"])
        self.nav = Nav(theme)
        self.status = StatusBar(theme, bridge.post, bridge.clock)
        self.message = Message(theme)
        self.message.closed.connect(lambda: self.show_snapshot(bridge.snapshot))
        self._warned = ""
        self._pages = QStackedWidget()
        self._places: list[QWidget] = []
        self._makers: dict[int, MakePage] = {}
        self._nav_buttons: list[NavButton] = []
        self._lay_out()
        self.ring = Ring(theme, self)
        self._shortcut("Ctrl+P", self.status.toggle_pause)
        self._shortcut("Ctrl+W", self.close)
        self._shortcut("Ctrl+Q", self.quit_asked.emit)
        bridge.changed.connect(self.show_snapshot)
        bridge.refreshed.connect(self.show_snapshot)
        self.show_snapshot(bridge.snapshot)

    def _lay_out(self) -> None:
        top = QWidget()
        self._top = top
        padded = QVBoxLayout(top)
        padded.setContentsMargins(24, 16, 24, 8)
        padded.addWidget(self.message)
        top.hide()
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.status)
        column.addWidget(top)
        column.addWidget(self._pages, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.nav)
        row.addLayout(column, 1)

    def add_page(self, text: str, drawing: str, make: MakePage, key: str, *, last: bool = False) -> None:
        """`make` is called when the page is first opened. `key`: its shortcut."""
        place = QWidget()
        QVBoxLayout(place).setContentsMargins(0, 0, 0, 0)
        self._places.append(place)
        number = self._pages.addWidget(place)
        self._makers[number] = make
        button = self.nav.add(text, drawing, lambda: self.open_page(number), last=last)
        self._nav_buttons.append(button)
        self._shortcut(key, lambda: self.open_page(number))

    def open_page(self, number: int) -> None:
        make = self._makers.pop(number, None)
        if make is not None:
            layout = self._places[number].layout()
            assert layout is not None
            layout.addWidget(make())
        self._pages.setCurrentIndex(number)
        self._nav_buttons[number].setChecked(True)

    def bring_up(self) -> None:
        """Show it, whatever state it was in."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def say(self, kind: str, text: str) -> None:
        """A message of the program itself: stands before warnings, until it is closed."""
        self._warned = ""
        self.message.say(kind, text)  # type: ignore[arg-type]
        self._top.show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.status.show_snapshot(snapshot)
        self.nav.show_link(snapshot.link)
        warning = say_why(snapshot.warnings[0], now=self._bridge.clock()) if snapshot.warnings else ""
        if warning and (not self.message.text or self._warned):
            self._warned = warning
            self.message.say("warn", warning)
        elif self._warned and not warning:
            self._warned = ""
            self.message.clear()
        self._top.setVisible(bool(self.message.text))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab and Shift+Tab: the ring shows where the focus went."""
        self.ring.by_key = True
        try:
            return super().focusNextPrevChild(forward)
        finally:
            self.ring.by_key = False

    def closeEvent(self, event: QCloseEvent) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and app.isSavingSession():
            event.accept()
            return
        event.ignore()
        if self.hides:
            self.hide()
            self.hidden_by_owner.emit()
        else:
            self.quit_asked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.nav.collapse(event.size().width() < tokens().window["nav_collapses_below"])
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_seen()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._tell_seen()

    def _tell_seen(self) -> None:
        self._bridge.set_seen(self.isVisible() and not self.isMinimized())

    def _shortcut(self, key: str, pressed: Callable[[], object]) -> None:
        QShortcut(QKeySequence(key), self).activated.connect(lambda: pressed())
