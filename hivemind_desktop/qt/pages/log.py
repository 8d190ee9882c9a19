"""The log of one attempt, read in parts while it is seen: nothing is asked for on a hidden page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.qt import words
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.pages.logtail import LogTail
from hivemind_desktop.qt.pages.logview import LogView
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.widgets.buttons import Button
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.label import Name, Sentence, label, plain_tip
from hivemind_desktop.wording import say_error
from hivemind_desktop.worker.queries import Answer, LogPart
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate
VIEW_PX = 216


class LogCard(Card):
    closed = Signal()

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._tail: LogTail | None = None
        self._length = 0
        self._ended = False
        self._asking = False
        self._shown = -1
        self.head.addWidget(label(theme, "heading", text=translate("log", "Log")))
        self._name = Name(theme, "body_strong", "secondary")
        self.head.addWidget(self._name, 1)
        self._close = Button(theme, "", self.close_log, kind="quiet", drawing="ui-cross")
        self._close.setAccessibleName(translate("log", "Close the log"))
        plain_tip(self._close, translate("log", "Close the log"))
        self._close.setFixedWidth(32)
        self.head.addWidget(self._close)
        self.view = LogView(theme)
        self.view.setMinimumHeight(VIEW_PX)
        self.view.following_changed.connect(lambda _: self._say_foot())
        self.body.addWidget(self.view, 1)
        self._message = Sentence(theme, "body", "error")
        self._message.hide()
        self.body.addWidget(self._message)
        foot = QHBoxLayout()
        self._size = label(theme, "caption", "secondary")
        self._follow = label(theme, "caption", "secondary")
        foot.addWidget(self._size)
        foot.addStretch(1)
        foot.addWidget(self._follow)
        self.body.addLayout(foot)
        QShortcut(QKeySequence("Esc"), self).activated.connect(self.close_log)
        self.hide()

    @property
    def attempt(self) -> AttemptKey | None:
        return None if self._tail is None else self._tail.attempt

    def open_log(self, attempt: AttemptKey, name: str) -> None:
        if attempt != self.attempt:
            self._tail = LogTail(attempt)
            self._length, self._ended, self._shown = 0, False, -1
            self._message.hide()
            self.view.show_lines(())
            self._size.setText("")
            self._name.setText(harmless_line(name))
        self.show()
        self.show_snapshot(self._bridge.snapshot)

    def close_log(self) -> None:
        self._tail = None
        self.hide()
        self.closed.emit()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self._tail is None:
            return
        run = next((run for run in snapshot.runs if run.attempt == self._tail.attempt), None)
        if run is not None:
            self._length = run.log_bytes
            self._ask(run.log_bytes)
        elif not self._ended:
            self._ask(None)

    def _ask(self, length: int | None) -> None:
        if self._tail is None or self._asking:
            return
        query = self._tail.ask(length)
        if query is None:
            return
        self._asking = True
        self._bridge.ask(query, self._answer_for(self._tail, last=length is None))

    def _answer_for(self, tail: LogTail, *, last: bool) -> Callable[[Answer | None, Exception | None], None]:
        def answered(answer: Answer | None, error: Exception | None) -> None:
            self._asking = False
            if tail is not self._tail:
                self.show_snapshot(self._bridge.snapshot)
            elif isinstance(answer, LogPart):
                self._take(tail, answer, last)
            elif isinstance(error, KnownError):
                self._ended = True
                self._message.setText(say_error(error))
                self._message.show()
            elif error is not None:
                raise error

        return answered

    def _take(self, tail: LogTail, part: LogPart, last: bool) -> None:
        tail.take(part)
        self._length = part.length
        if tail.changed != self._shown:
            self._shown = tail.changed
            self.view.show_lines([*tail.lines, *tail.open_lines()])
        self._say_foot()
        if tail.is_behind and part.data:
            self._ask(None if last else part.length)
        elif last:
            self._ended = True

    def _say_foot(self) -> None:
        tail = self._tail
        if tail is None:
            return
        text = words.size(self._length)
        if tail.cut:
            text = translate("log", "{size}, only the end is shown").format(size=text)
        self._size.setText(text)
        following = translate("log", "Following. Scrolling up stops it; End starts it again.")
        self._follow.setText(following if self.view.follows else translate("log", "End follows again."))
