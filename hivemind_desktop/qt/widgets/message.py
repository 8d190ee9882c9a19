"""The one box for what happened: icon, sentence, at most one link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.widgets.buttons import Button
from hivemind_desktop.qt.widgets.label import Sentence
from hivemind_desktop.qt.widgets.picture import Drawing

translate = QCoreApplication.translate
Kind = Literal["info", "ok", "warn", "error"]
_DRAWINGS = {"info": "ui-about", "ok": "ui-check", "warn": "ui-warnings", "error": "ui-cross"}


class Message(QWidget):
    """Hidden while it has nothing to say."""

    closed = Signal()
    """By the person."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        self._icon = Drawing(theme, "ui-about", 16, "info")
        self._text = Sentence(theme)
        self._link = Button(theme, translate("message", "Close"), self._pressed, kind="link")
        self._action: Callable[[], None] | None = None
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._link, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(self, kind: Kind, text: str, action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Without an action the link closes the box."""
        if self.objectName() != kind:
            self.setObjectName(kind)
            self.style().unpolish(self)
            self.style().polish(self)
        self._icon.show_as(_DRAWINGS[kind], kind)
        self._text.setText(text)
        self.setAccessibleName(text)
        label, self._action = action or (translate("message", "Close"), None)
        self._link.setText(label)
        self._link.setVisible(action is not None or kind in ("info", "ok", "error"))
        self.show()

    def clear(self) -> None:
        self.hide()

    def _pressed(self) -> None:
        action = self._action
        self.hide()
        self.closed.emit()
        if action is not None:
            action()
