"""Quitting while tasks run: finish first, stop now and say what is lost, or stay."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from hivemind_desktop.qt import words
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate


def work_done_s(snapshot: Snapshot, now: float) -> float:
    """Seconds that the running tasks have worked; `now`: Unix seconds."""
    return sum(now - run.started for run in snapshot.runs if run.started is not None)


def ask_how(
    parent: QWidget,
    snapshot: Snapshot,
    now: float,
    finish_first: Callable[[], None],
    stop_now: Callable[[], None],
) -> QMessageBox:
    """Opens the dialog and returns; nothing waits for it."""
    box = QMessageBox(parent if parent.isVisible() else None)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("HiveMind")
    box.setTextFormat(Qt.TextFormat.PlainText)
    count = len(snapshot.runs)
    box.setText(translate("quit", "%n task(s) still at work.", None, count))
    lost = words.duration(max(60.0, work_done_s(snapshot, now)))
    box.setInformativeText(translate("quit", "Stopping now loses {time} of work.").format(time=lost))
    first = box.addButton(translate("quit", "Finish first"), QMessageBox.ButtonRole.AcceptRole)
    now_button = box.addButton(translate("quit", "Stop now"), QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(translate("quit", "Stay"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    first.clicked.connect(lambda: finish_first())
    now_button.clicked.connect(lambda: stop_now())
    box.open()
    return box
