"""Lines of a log, painted: only those that are seen. Errors have a mark, a bar and a colour; notices of the worker a mark."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from hivemind_desktop.contract.spool import Stream
from hivemind_desktop.qt.pages.logtail import Line
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens

translate = QCoreApplication.translate
BAR_PX = 3
PAD_PX = 8
TAB = "    "


class LogView(QAbstractScrollArea):
    """Follows the end until the owner scrolls up; End follows again. Ctrl+C copies what is here."""

    following_changed = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: Sequence[Line] = ()
        self._widest = 0
        self._follow = True
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font("log"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(translate("log", "Log"))
        self._row = max(tokens().type["scale"]["log"]["line"], self.fontMetrics().height() + 2)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.changed.connect(self._repaint)

    @property
    def follows(self) -> bool:
        return self._follow

    def show_lines(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        longest = max((len(line.text) for line in lines), default=0)
        self._widest = longest * self.fontMetrics().horizontalAdvance("0")
        self._fit()
        self._repaint()

    def text(self) -> str:
        """Everything that can be scrolled to."""
        return "\n".join(line.text for line in self._lines)

    def _fit(self) -> None:
        bar, across = self.verticalScrollBar(), self.horizontalScrollBar()
        shown = max(1, self.viewport().height() // self._row)
        follow = self._follow
        bar.setPageStep(shown)
        bar.setRange(0, max(0, len(self._lines) - shown))
        across.setPageStep(self.viewport().width())
        across.setSingleStep(24)
        across.setRange(0, max(0, self._text_left() + self._widest + PAD_PX - self.viewport().width()))
        if follow:
            bar.setValue(bar.maximum())

    def _text_left(self) -> int:
        metrics = self.fontMetrics()
        return (
            PAD_PX + metrics.horizontalAdvance("00:00:00") + metrics.horizontalAdvance(self._marks()[0]) + 32
        )

    def _marks(self) -> tuple[str, str]:
        return translate("log", "err"), translate("log", "note")

    def _scrolled(self) -> None:
        bar = self.verticalScrollBar()
        follow = bar.value() >= bar.maximum()
        if follow != self._follow:
            self._follow = follow
            self.following_changed.emit(follow)
        self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        elif event.key() == Qt.Key.Key_Home:
            bar.setValue(0)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, metrics = self._theme, self.fontMetrics()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("log.bg"))
        first, across = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        err, note = self._marks()
        time_width = metrics.horizontalAdvance("00:00:00")
        text_left = self._text_left()
        count = self.viewport().height() // self._row + 2
        for number in range(first, min(len(self._lines), first + count)):
            line = self._lines[number]
            top = (number - first) * self._row
            base = QPoint(PAD_PX - across, top + (self._row + metrics.ascent() - metrics.descent()) // 2)
            painter.setPen(theme.color("text.muted"))
            painter.drawText(base, time.strftime("%H:%M:%S", time.localtime(line.at)))
            mark_at = base + QPoint(time_width + 14, 0)
            if line.stream is Stream.STDERR:
                painter.fillRect(base.x() + time_width + 5, top, BAR_PX, self._row, theme.color("log.stderr"))
                painter.setPen(theme.color("log.stderr"))
                painter.drawText(mark_at, err)
            elif line.stream is Stream.NOTICE:
                painter.drawText(mark_at, note)
            else:
                painter.setPen(theme.color("text.primary"))
            painter.drawText(QPoint(text_left - across, base.y()), line.text.replace("\t", TAB))
