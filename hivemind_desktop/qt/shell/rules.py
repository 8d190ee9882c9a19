"""All rules: every reason that holds, the deciding one first and strong; warnings below."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.widgets.card import Hairline
from hivemind_desktop.qt.widgets.label import Sentence, label
from hivemind_desktop.qt.widgets.picture import Drawing
from hivemind_desktop.wording import say_why
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate
WIDTH = 440


class Rules(QFrame):
    """A popup that closes at a click outside or at Esc."""

    def __init__(self, theme: Theme, snapshot: Snapshot, now: float, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(translate("shell", "All rules"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for number, rule in enumerate(snapshot.rules):
            role, tone = ("body_strong", "primary") if number == 0 else ("body", "secondary")
            column.addWidget(Sentence(theme, role, tone, say_why(rule, now=now)))  # type: ignore[arg-type]
        if snapshot.warnings:
            column.addWidget(Hairline(theme))
            column.addWidget(label(theme, "caption", "muted", translate("shell", "Warnings")))
        for warning in snapshot.warnings:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(Drawing(theme, "ui-warnings", 16, "warn"), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(Sentence(theme, text=say_why(warning, now=now)), 1)
            column.addLayout(row)
        self.setFixedSize(WIDTH, column.totalHeightForWidth(WIDTH))

    def open_below(self, anchor: QWidget) -> None:
        self.move(anchor.mapToGlobal(QPoint(0, anchor.height() + 4)))
        self.show()
