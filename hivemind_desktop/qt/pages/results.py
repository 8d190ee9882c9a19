"""The last results: how each ended, and the picture of the chosen one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import TRIED_AGAIN, Reason
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.qt import words
from hivemind_desktop.qt.pictures import Pictures
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.columns import Columns, stacked
from hivemind_desktop.qt.widgets.label import Name, Sentence, label, plain_tip, set_tone
from hivemind_desktop.qt.widgets.picture import Drawing
from hivemind_desktop.qt.widgets.row import Row
from hivemind_desktop.wording import say
from hivemind_desktop.worker.snapshot import ResultView, Snapshot

translate = QCoreApplication.translate
SHOWN = 5
PICTURE_PX = 232
BESIDE_PX = 760


class PicturePane(QWidget):
    """A picture as large as fits, never enlarged."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self.setMinimumSize(PICTURE_PX, PICTURE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.hide()

    @property
    def image(self) -> QImage | None:
        return self._image

    def show_image(self, image: QImage | None, name: str) -> None:
        self._image = image
        self.setAccessibleName(translate("results", "Picture of {name}").format(name=name))
        self.setVisible(image is not None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(PICTURE_PX * 1.5), PICTURE_PX)

    def paintEvent(self, _: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect((self.width() - size.width()) // 2, 0, size.width(), size.height())
        painter.drawImage(place, self._image)


class ResultRow(Row):
    """Pressed: its picture and its log."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._name, self._sender = Name(theme, "body_strong"), Name(theme, "caption", "secondary")
        self._icon = Drawing(theme, "ui-check", 16, "ok")
        self._reason = label(theme, "caption")
        self._sent = label(theme, "caption", "secondary")
        self._ended = label(theme, "caption", "secondary")
        self._took = label(theme, "caption", "secondary")
        self._reward = label(theme, "body_strong")
        for number in (self._ended, self._took, self._reward):
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(12)
        row.addWidget(stacked(self._name, self._sender, grows=True), 1)
        row.addWidget(self._icon)
        self.cells = (
            stacked(self._reason, self._sent),
            stacked(self._ended, self._took),
            stacked(self._reward),
        )
        for cell in self.cells:
            row.addWidget(cell)
        self.seal()

    def show_result(self, result: ResultView, now: float) -> None:
        drawing, tone = _mark(result.reason)
        color = "text.secondary" if tone == "secondary" else tone
        name, reason = harmless_line(result.name), say(f"reason.{result.reason}")
        self._name.setText(name)
        self._sender.setText(
            translate("running", "from {sender}").format(sender=harmless_line(result.sender))
        )
        self._icon.show_as(drawing, color)
        self._reason.setText(reason)
        set_tone(self._reason, "tone", tone if tone != "ok" else "primary")
        self._sent.setText(_delivery(result))
        self._ended.setText(words.clock(result.ended, now))
        self._took.setText(words.duration(result.duration_s))
        self._reward.setText(f"{result.reward} CPT" if result.delivered == "stored" else "")
        self.setAccessibleName(f"{name}, {reason}, {_delivery(result)}")
        detail = say(result.message, result.fields) if result.message else reason
        plain_tip(self, detail)


def _mark(reason: Reason) -> tuple[str, str]:
    """Drawing and tone: a result, an end that is nobody's fault, a failure."""
    if reason is Reason.OK:
        return "ui-check", "ok"
    if reason in TRIED_AGAIN or reason is Reason.CANCELLED:
        return "ui-stop", "secondary"
    return "ui-cross", "error"


def _delivery(result: ResultView) -> str:
    states = {
        "stored": "attempt.stored",
        "released": "attempt.released",
        "stale": "attempt.stale",
        "dropped": "attempt.stale",
    }
    code = states.get(result.delivered)
    return say(code) if code else translate("results", "Kept until it is sent")


class ResultsCard(Card):
    """`chosen(attempt)` when the owner presses a row."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, pictures: Pictures, clock: Callable[[], float]) -> None:
        super().__init__()
        self._theme, self._pictures, self._clock = theme, pictures, clock
        self._columns = Columns()
        self._rows: list[ResultRow] = []
        self._results: tuple[ResultView, ...] = ()
        self._shown: AttemptKey | None = None
        self._by_owner = False
        space = tokens().space
        self.body.setContentsMargins(1, space["m"], 1, space["m"])
        self.head.setContentsMargins(space["card_padding"] - 1, 0, space["card_padding"] - 1, 0)
        self.head.addWidget(label(theme, "heading", text=translate("results", "Last results")))
        self.head.addStretch(1)
        self.pane = PicturePane(theme)
        self._empty = Sentence(
            theme,
            "body",
            "secondary",
            translate("results", "Results appear here as soon as a task has ended."),
        )
        self._empty.setContentsMargins(15, 0, 15, 8)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        self._across = QHBoxLayout()
        self._across.setSpacing(8)
        self._across.addLayout(self._list, 3)
        held = QVBoxLayout()
        held.setContentsMargins(15, 0, 15, 0)
        held.addWidget(self.pane)
        self._across.addLayout(held, 2)
        self.body.addLayout(self._across, 1)
        pictures.ready.connect(self._picture_ready)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture stands beside the rows, or below them on a narrow card."""
        super().resizeEvent(event)
        wide = event.size().width() >= BESIDE_PX
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._across.direction() is not direction:
            self._across.setDirection(direction)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        results = snapshot.results[:SHOWN]
        if results == self._results:
            return
        newest_before = self._results[0].attempt if self._results else None
        self._results = results
        self._empty.setVisible(not results)
        while len(self._rows) < len(results):
            self._rows.append(self._add_row(len(self._rows)))
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(results))
            if number < len(results):
                row.show_result(results[number], self._clock())
        self._columns.align(row.cells for row in self._rows)
        if results and results[0].attempt != newest_before and not self._by_owner:
            self.choose(results[0].attempt)
        else:
            self._mark()

    def choose(self, attempt: AttemptKey | None) -> None:
        """Show the picture of this result; the old one stays until it is known whether there is one."""
        self._shown = attempt
        self._mark()
        if attempt is not None:
            self._pictures.want(attempt)

    def _mark(self) -> None:
        for row, result in zip(self._rows, self._results, strict=False):
            row.setChecked(result.attempt == self._shown)

    def _add_row(self, number: int) -> ResultRow:
        row = ResultRow(self._theme)
        row.clicked.connect(lambda: self._pressed(number))
        self._list.insertWidget(number, row)
        return row

    def _pressed(self, number: int) -> None:
        self._by_owner = True
        attempt = self._results[number].attempt
        self.choose(attempt)
        self.chosen.emit(attempt)

    def _picture_ready(self, attempt: AttemptKey, image: QImage | None) -> None:
        if attempt == self._shown:
            name = next((result.name for result in self._results if result.attempt == attempt), "")
            self.pane.show_image(image, harmless_line(name))
