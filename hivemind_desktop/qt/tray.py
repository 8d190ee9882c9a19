"""The tray: the phase as a picture, the why line, and every verb. Icon, tooltip and menu change only when what they say has changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtGui import QAction, QColor, QFont, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from hivemind_desktop.qt import icons, pause, words
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.worker.events import DrainAsked, ResumeAsked, StartAsked, StopAsked
from hivemind_desktop.worker.front import OwnerEvent
from hivemind_desktop.worker.snapshot import Phase, Snapshot

translate = QCoreApplication.translate
Post = Callable[[OwnerEvent], None]


class TrayMenu(QMenu):
    """Text and icons only: on most Linux desktops it is drawn by the panel, from what D-Bus carries."""

    open_asked = Signal()
    quit_asked = Signal()

    def __init__(self, post: Post, parent: QWidget, now: pause.Now) -> None:
        super().__init__(parent)
        self.headline = self._add("", self.open_asked.emit)
        bold = QFont(self.font())
        bold.setBold(True)
        self.headline.setFont(bold)
        self.why = self._add("", self.open_asked.emit)
        self.addSeparator()
        self.resume = self._add(translate("tray", "Resume now"), lambda: post(ResumeAsked()))
        self.start = self._add(translate("tray", "Start"), lambda: post(StartAsked()))
        self.again = self._add(translate("tray", "Take tasks again"), lambda: post(StartAsked()))
        self.pause = self.addMenu("")
        pause.fill(self.pause, post, now)
        self.drain = self._add(translate("tray", "Finish then stop"), lambda: post(DrainAsked()))
        self.stop = self._add(translate("tray", "Stop"), lambda: post(StopAsked()))
        self.addSeparator()
        self._add(translate("tray", "Open HiveMind"), self.open_asked.emit)
        self.addSeparator()
        self._add(translate("tray", "Quit"), self.quit_asked.emit)

    def show_snapshot(self, snapshot: Snapshot, headline: str, why: str) -> None:
        phase = snapshot.phase
        _say(self.headline, headline)
        _say(self.why, why)
        paused, stopped, draining = (
            phase is Phase.PAUSED,
            phase is Phase.STOPPED,
            any(rule.code.startswith("draining.") for rule in snapshot.rules),
        )
        _say(
            self.pause.menuAction(),
            translate("tray", "Change pause") if paused else translate("tray", "Pause"),
        )
        _show(self.resume, paused)
        _show(self.start, stopped)
        _show(self.again, draining and not stopped)
        _show(self.pause.menuAction(), not stopped)
        _show(self.drain, not stopped and not draining)
        _show(self.stop, not stopped)

    def _add(self, text: str, chosen: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: chosen())
        self.addAction(action)
        return action


class Tray(QObject):
    """The icon with its menu. `window` owns the menu, so that both end before the application does."""

    open_asked = Signal()
    quit_asked = Signal()

    def __init__(
        self,
        post: Post,
        window: QWidget,
        *,
        clock: Callable[[], float],
        single_colour: bool = False,
        now: pause.Now = pause.local_now,
    ) -> None:
        super().__init__(window)
        self._single = single_colour
        self._clock = clock
        self._shown: tuple[Phase, bool] | None = None
        self._snapshot: Snapshot | None = None
        self.menu = TrayMenu(post, window, now)
        self.menu.open_asked.connect(self.open_asked)
        self.menu.quit_asked.connect(self.quit_asked)
        self.menu.aboutToShow.connect(self._count_down)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.open_asked)

    def show(self) -> None:
        """Needs an icon: `show_snapshot` first."""
        self.icon.show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        headline = words.headline(snapshot, self._clock())
        why = words.why_line(snapshot, self._clock())
        self.menu.show_snapshot(snapshot, headline, why)
        self._snapshot = snapshot
        tip = f"HiveMind: {words.phase_word(snapshot.phase)}\n{_unmarked(why)}"
        if tip != self.icon.toolTip():
            self.icon.setToolTip(tip)
        wanted = (snapshot.phase, bool(snapshot.warnings))
        if wanted != self._shown:
            self._shown = wanted
            self.icon.setIcon(self._draw(*wanted))
            self.menu.headline.setIcon(icons.icon(f"phase-{snapshot.phase}"))

    def say(self, title: str, text: str) -> None:
        """A notification of the desktop."""
        self.icon.showMessage(title, _unmarked(text), self.icon.icon())

    def hide(self) -> None:
        """Before the application ends."""
        self.icon.hide()
        self.icon.setContextMenu(None)  # type: ignore[arg-type]

    def _draw(self, phase: Phase, warned: bool) -> QIcon:
        badge = QColor(tokens().phase[Phase.FAULTY]["tray"]) if warned else None
        return icons.tray_icon(phase, badge, single_colour=self._single)

    @Slot()
    def _count_down(self) -> None:
        """What is left of a pause is right when the menu opens; nothing ticks for it."""
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_asked.emit()


def _unmarked(text: str) -> str:
    """Text that no desktop takes for markup; the panel draws tooltip and notification, some as HTML and some as they are, so nothing is escaped."""
    return text.replace("<", "\u2039")


def _say(action: QAction, text: str) -> None:
    """`&` of a task's or pool's name is no mnemonic."""
    text = text.replace("&", "&&")
    if action.text() != text:
        action.setText(text)


def _show(action: QAction, shown: bool) -> None:
    if action.isVisible() != shown:
        action.setVisible(shown)
