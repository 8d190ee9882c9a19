"""What settings and command line say of the window."""

from __future__ import annotations

from dataclasses import dataclass

from hivemind_desktop.qt.theme import Choice

NEXT_TASK = "next"
"""As `show_result_of`: whichever task begins first."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """All defaults: language and colours of the system, the window open."""

    language: str = "system"
    theme: Choice = "system"
    single_colour: bool = False
    minimized: bool = False
    """Only the tray, the window when it is asked for."""
    show_result_of: str = ""
    """A task id, or NEXT_TASK: the window shows it at work and its picture when it is done."""
