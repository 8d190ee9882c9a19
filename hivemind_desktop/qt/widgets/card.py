"""A card: one hairline, no shadow, a heading row and rows below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens


class Card(QWidget):
    """`body` takes the content; `head` is the row above it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = tokens().space
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(space["card_padding"], space["m"], space["card_padding"], space["m"])
        self.body.setSpacing(space["s"])
        self.head = QHBoxLayout()
        self.head.setSpacing(space["s"])
        self.body.addLayout(self.head)


class Hairline(QWidget):
    """Parts rows inside a card."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("border.subtle"))
