"""A row of a card that can be pressed: by mouse, Space or Enter. Chosen: a blue mark and ground."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from hivemind_desktop.qt.theme import Theme

ROW_PX = 46
MARK_PX = 3
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Row(QAbstractButton):
    """Lay widgets out in it, then call `seal`: they let every press through to the row."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(ROW_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def seal(self) -> None:
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.isChecked():
            painter.fillRect(self.rect(), self._theme.color("bg.selected"))
            painter.fillRect(0, 0, MARK_PX, self.height(), self._theme.color("accent"))
        elif self.underMouse():
            painter.fillRect(self.rect(), self._theme.color("bg.hover"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("border.subtle"))
