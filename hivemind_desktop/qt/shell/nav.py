"""The navigation: icon and name, or icons alone in a narrow window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from hivemind_desktop.qt import icons
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.label import Name, label, plain_tip
from hivemind_desktop.qt.widgets.picture import Drawing
from hivemind_desktop.worker.snapshot import LinkView

translate = QCoreApplication.translate
MARK_PX = 3


class NavButton(QAbstractButton):
    """One place. A blue mark and a step of the ground say where you are."""

    def __init__(self, theme: Theme, text: str, drawing: str) -> None:
        super().__init__()
        self._theme, self._drawing = theme, drawing
        self._collapsed = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setMinimumHeight(tokens().space["row_height"])
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def collapse(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        plain_tip(self, self.text() if collapsed else "")
        self.update()

    def sizeHint(self) -> QSize:
        text = 0 if self._collapsed else self.fontMetrics().horizontalAdvance(self.text()) + 56
        return QSize(max(40, text), tokens().space["row_height"])

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        ground = "bg.pressed" if self.isChecked() or self.isDown() else "bg.hover"
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(ground))
            painter.drawRoundedRect(self.rect(), tokens().radius["control"], tokens().radius["control"])
        if self.isChecked():
            painter.setBrush(theme.color("accent"))
            painter.drawRoundedRect(QRect(0, 10, MARK_PX, self.height() - 20), 1, 1)
        left = (self.width() - 16) // 2 if self._collapsed else 13
        color = theme.color("text.primary" if self.isChecked() else "text.secondary")
        drawn = icons.svg_pixmap(self._drawing, 16, color, self.devicePixelRatioF())
        painter.drawPixmap(left, (self.height() - 16) // 2, drawn)
        if not self._collapsed:
            painter.setPen(theme.color("text.primary"))
            painter.setFont(theme.font("body_strong" if self.isChecked() else "body"))
            place = self.rect().adjusted(39, 0, -8, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.text())


class Nav(QWidget):
    """`add` pages from the top; `add_last` below the connection line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("nav")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(translate("shell", "Pages"))
        self._theme = theme
        self._buttons = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 16, 9, 12)
        column.setSpacing(2)
        self._brand = QHBoxLayout()
        self._brand.setContentsMargins(8, 0, 0, 12)
        self._brand.setSpacing(10)
        self._name = label(theme, "heading", text="HiveMind")
        self._brand.addWidget(Drawing(theme, "app", 28))
        self._brand.addWidget(self._name, 1)
        column.addLayout(self._brand)
        self._pages = QVBoxLayout()
        self._pages.setSpacing(2)
        column.addLayout(self._pages)
        column.addStretch(1)
        self._connection = QWidget()
        line = QHBoxLayout(self._connection)
        line.setContentsMargins(13, 4, 4, 4)
        line.setSpacing(6)
        self._connection_icon = Drawing(theme, "ui-check", 12, "ok")
        self._connection_text = Name(theme, "caption", "secondary")
        line.addWidget(self._connection_icon)
        line.addWidget(self._connection_text, 1)
        column.addWidget(self._connection)
        self._last = QVBoxLayout()
        column.addLayout(self._last)
        self.collapse(False)

    def add(self, text: str, drawing: str, opened: Callable[[], None], *, last: bool = False) -> NavButton:
        button = NavButton(self._theme, text, drawing)
        button.setFont(self._theme.font("body"))
        button.clicked.connect(lambda: opened())
        self._buttons.addButton(button)
        (self._last if last else self._pages).addWidget(button)
        return button

    def collapse(self, collapsed: bool) -> None:
        space = tokens().space
        self.setFixedWidth(space["nav_width_collapsed"] if collapsed else space["nav_width"])
        self._name.setVisible(not collapsed)
        self._connection.setVisible(not collapsed)
        self._brand.setContentsMargins(6 if collapsed else 8, 0, 0, 12)
        for button in self._buttons.buttons():
            assert isinstance(button, NavButton)
            button.collapse(collapsed)

    def show_link(self, link: LinkView) -> None:
        pool = link.pool_name or translate("shell", "your pool")
        texts = {
            "up": translate("shell", "Connected to {pool}"),
            "connecting": translate("shell", "Connecting to {pool}"),
            "offline": translate("shell", "No answer from {pool}"),
        }
        text = texts.get(link.state, translate("shell", "Not connected")).format(pool=pool)
        if text != self._connection_text.text():
            self._connection_text.setText(text)
            up = link.state == "up"
            self._connection_icon.show_as("ui-check" if up else "ui-cross", "ok" if up else "text.muted")
