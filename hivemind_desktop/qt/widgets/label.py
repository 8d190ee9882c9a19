"""Labels: plain text always (names and messages come from others), colour by a property that the stylesheet reads."""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from hivemind_desktop.qt.fonts import Role
from hivemind_desktop.qt.theme import Theme

Tone = Literal["primary", "secondary", "muted", "ok", "warn", "error"]


def label(theme: Theme, role: Role = "body", tone: Tone = "primary", text: str = "") -> QLabel:
    made = QLabel(text)
    _dress(made, theme, role, tone)
    return made


def _dress(made: QLabel, theme: Theme, role: Role, tone: Tone) -> None:
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(theme.font(role))
    made.setProperty("tone", tone)


def plain_tip(shown: QWidget, text: str) -> None:
    """`text` as the tooltip of `shown`, letter by letter: a tooltip has no plain format, and what looks like HTML to Qt is HTML
    (a name of others could have a picture loaded)."""
    risky = "<" in text or "&" in text  # all that `Qt::mightBeRichText` goes by
    tip = f'<span style="white-space: pre-wrap">{escape(text)}</span>' if risky else text
    if tip != shown.toolTip():
        shown.setToolTip(tip)


def set_tone(shown: QLabel, name: str, value: str) -> None:
    """Another colour at run time: `name` is tone or phase."""
    if shown.property(name) != value:
        shown.setProperty(name, value)
        shown.style().unpolish(shown)
        shown.style().polish(shown)


class Sentence(QLabel):
    """One line where it fits, more lines where it does not; never cut."""

    def __init__(self, theme: Theme, role: Role = "body", tone: Tone = "primary", text: str = "") -> None:
        super().__init__(text)
        _dress(self, theme, role, tone)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        margins = self.contentsMargins()
        width = metrics.horizontalAdvance(self.text()) + margins.left() + margins.right() + 2
        return QSize(width, max(metrics.lineSpacing(), super().heightForWidth(width)))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, QFontMetrics(self.font()).lineSpacing())


class Name(QLabel):
    """A name of others: cut in the middle where it is too long, whole in the tooltip and for screen readers."""

    def __init__(self, theme: Theme, role: Role = "body", tone: Tone = "primary", text: str = "") -> None:
        super().__init__()
        _dress(self, theme, role, tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(64)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        plain_tip(self, "" if shown == self.text() else self.text())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
