"""CPT earned: today, 7 days, 30 days, all time; asked for when it is seen and when a result was paid."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy

from hivemind_desktop.qt import words
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.label import label
from hivemind_desktop.worker.queries import Answer, AskTotals, Totals
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate


class EarnedCard(Card):
    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._asked_at: int | None = None
        self.head.addWidget(label(theme, "heading", text=translate("earned", "Earned")))
        self.head.addStretch(1)
        self.head.addWidget(label(theme, "caption", "secondary", "CPT"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        self._figures: list[QLabel] = []
        for number, text in enumerate(
            (
                translate("earned", "today"),
                translate("earned", "7 days"),
                translate("earned", "30 days"),
                translate("earned", "all time"),
            )
        ):
            figure = label(theme, "figure", text=words.UNKNOWN)
            figure.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            row, column = 2 * (number // 2), number % 2
            grid.addWidget(figure, row, column)
            grid.addWidget(label(theme, "caption", "secondary", text), row + 1, column)
            grid.setColumnStretch(column, 1)
            self._figures.append(figure)
        self.body.addLayout(grid)
        self.body.addStretch(1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._figures[3].setText(words.number(snapshot.earned))
        if snapshot.earned != self._asked_at:
            self._asked_at = snapshot.earned
            self._bridge.ask(AskTotals(), self._answered)

    def _answered(self, answer: Answer | None, error: Exception | None) -> None:
        if isinstance(answer, Totals):
            for figure, amount in zip(
                self._figures, (answer.today, answer.days_7, answer.days_30), strict=False
            ):
                figure.setText(words.number(amount))
        elif error is not None:
            self._asked_at = None
