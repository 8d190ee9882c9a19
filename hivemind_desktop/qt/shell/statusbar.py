"""The status bar: phase, why and pause, at the same place on every page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from hivemind_desktop.qt import pause, words
from hivemind_desktop.qt.shell.rules import Rules
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.buttons import Button
from hivemind_desktop.qt.widgets.cell import Cell
from hivemind_desktop.qt.widgets.label import Sentence, label, set_tone
from hivemind_desktop.worker.events import DrainAsked, PauseAsked, ResumeAsked, StartAsked, StopAsked
from hivemind_desktop.worker.front import OwnerEvent
from hivemind_desktop.worker.snapshot import Phase, Snapshot

translate = QCoreApplication.translate


class StatusBar(QWidget):
    """Grows with its text; never cuts it."""

    def __init__(
        self,
        theme: Theme,
        post: Callable[[OwnerEvent], None],
        clock: Callable[[], float],
        now: pause.Now = pause.local_now,
    ) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._post, self._clock = theme, post, clock
        self._snapshot: Snapshot | None = None
        self.setMinimumHeight(tokens().space["status_bar_height"])
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 8, 24, 8)
        row.setSpacing(12)
        self.cell = Cell(theme, 32)
        row.addWidget(self.cell)
        row.addLayout(self._words(), 1)
        self.resume = Button(theme, translate("shell", "Resume now"), self._resume, kind="primary")
        self.start = Button(theme, translate("shell", "Start"), self._start, kind="primary")
        self.pause = Button(theme, "", drawing="ui-chevron-down", behind=True)
        self.pause.setMenu(self._menu(now))
        for button in (self.resume, self.start, self.pause):
            row.addWidget(button)

    def _words(self) -> QVBoxLayout:
        self.word = label(self._theme, "heading")
        self.aside = label(self._theme, "body", "secondary")
        self.why = Sentence(self._theme)
        self.rules = Button(
            self._theme,
            translate("shell", "All rules"),
            self._open_rules,
            kind="link",
            drawing="ui-chevron-down",
            behind=True,
        )
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(8)
        second.setSpacing(10)
        first.addWidget(self.word)
        first.addWidget(self.aside)
        first.addStretch(1)
        second.addWidget(self.why)
        second.addWidget(self.rules, 0, Qt.AlignmentFlag.AlignTop)
        second.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addStretch(1)
        column.addLayout(first)
        column.addLayout(second)
        column.addStretch(1)
        return column

    def _menu(self, now: pause.Now) -> QMenu:
        menu = QMenu(self)
        pause.fill(menu, self._post, now)
        menu.addSeparator()
        self.again = self._add(menu, translate("tray", "Take tasks again"), StartAsked())
        self.drain = self._add(menu, translate("tray", "Finish then stop"), DrainAsked())
        self._add(menu, translate("tray", "Stop"), StopAsked())
        return menu

    def _add(self, menu: QMenu, text: str, event: OwnerEvent) -> QAction:
        action = QAction(text, menu)
        action.triggered.connect(lambda: self._post(event))
        menu.addAction(action)
        return action

    def show_snapshot(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        phase = snapshot.phase
        paused, stopped = phase is Phase.PAUSED, phase is Phase.STOPPED
        draining = any(rule.code.startswith("draining.") for rule in snapshot.rules)
        self.word.setText(words.phase_word(phase))
        set_tone(self.word, "phase", phase)
        self.aside.setText(words.aside(snapshot, self._clock()))
        self._say_why(words.why_line(snapshot, self._clock()))
        self.resume.setVisible(paused)
        self.start.setVisible(stopped)
        self.pause.setVisible(not stopped)
        self.pause.setText(translate("shell", "Change pause") if paused else translate("shell", "Pause"))
        self.again.setVisible(draining)
        self.drain.setVisible(not draining)
        if before is None or before.phase is not phase:
            self.cell.show_phase(phase)
            if before is not None:
                text = f"{words.phase_word(phase)}. {words.why_line(snapshot, self._clock())}"
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def toggle_pause(self) -> None:
        """Ctrl+P: pause until resumed, or resume."""
        if self._snapshot is None or self._snapshot.phase is Phase.STOPPED:
            return
        paused = self._snapshot.phase is Phase.PAUSED
        self._post(ResumeAsked() if paused else PauseAsked())

    def _say_why(self, text: str) -> None:
        if text != self.why.text():
            self.why.setText(text)
            self.why.updateGeometry()

    def _resume(self) -> None:
        self._post(ResumeAsked())

    def _start(self) -> None:
        self._post(StartAsked())

    def _open_rules(self) -> None:
        if self._snapshot is not None:
            Rules(self._theme, self._snapshot, self._clock(), self).open_below(self.rules)
