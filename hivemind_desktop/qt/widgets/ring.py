"""The focus ring: drawn over the window, outside the focused widget, and only after the keyboard moved the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens

_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.Show)


class Ring(QWidget):
    """`by_key` is set by the window around what Tab does."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._window = theme, window
        self._around: QWidget | None = None
        self.by_key = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_moved)

    def place(self) -> None:
        """Follow the focused widget: something has scrolled or moved."""
        around, window = self._around, self._window
        if around is None or not around.isVisibleTo(window):
            self.hide()
            return
        out = tokens().stroke["focus"] + tokens().stroke["focus_offset"]
        corner = around.mapTo(window, QPoint(0, 0))
        self.setGeometry(
            corner.x() - out, corner.y() - out, around.width() + 2 * out, around.height() + 2 * out
        )
        self.show()
        self.raise_()

    def _focus_moved(self, _: QWidget | None, new: QWidget | None) -> None:
        if self._around is not None:
            self._around.removeEventFilter(self)
            self._around.destroyed.disconnect(self._gone)
        inside = new is not None and self._window.isAncestorOf(new)
        self._around = new if inside and self.by_key and not isinstance(new, QLineEdit) else None
        if self._around is not None:
            self._around.installEventFilter(self)
            self._around.destroyed.connect(self._gone)
        self.place()

    def _gone(self) -> None:
        self._around = None
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self.place()
        return False

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = tokens().stroke["focus"]
        painter.setPen(QPen(self._theme.color("focus"), width))
        inner = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(inner, tokens().radius["focus"], tokens().radius["focus"])
