"""The choices of a pause, the same in the tray and in the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from hivemind_desktop.worker.events import PauseAsked
from hivemind_desktop.worker.front import OwnerEvent

translate = QCoreApplication.translate
MORNING = time(8)
MINUTE_S, HOUR_S = 60.0, 3600.0

Now = Callable[[], datetime]
"""Local time with its zone."""


def local_now() -> datetime:
    return datetime.now().astimezone()


def seconds_to_morning(now: datetime) -> float:
    """From `now` to 08:00 of the next day by the clocks here."""
    morning = datetime.combine(now.date() + timedelta(days=1), MORNING).astimezone()
    return (morning - now).total_seconds()


def fill(menu: QMenu, post: Callable[[OwnerEvent], None], now: Now = local_now) -> None:
    """Add the five choices; each posts a PauseAsked."""
    choices: tuple[tuple[str, Callable[[], float | None]], ...] = (
        (translate("pause", "15 minutes"), lambda: 15 * MINUTE_S),
        (translate("pause", "1 hour"), lambda: HOUR_S),
        (translate("pause", "4 hours"), lambda: 4 * HOUR_S),
        (translate("pause", "Until tomorrow 08:00"), lambda: seconds_to_morning(now())),
        (translate("pause", "Until I resume"), lambda: None),
    )
    for text, seconds in choices:
        _add(menu, text, seconds, post)


def _add(
    menu: QMenu, text: str, seconds: Callable[[], float | None], post: Callable[[OwnerEvent], None]
) -> None:
    action = QAction(text, menu)
    action.triggered.connect(lambda: post(PauseAsked(seconds())))
    menu.addAction(action)
