"""A code and its fields -> one sentence in the chosen language: the same in tray, window, status and on the master.

Sentences are data (`sentences/`, English). Qt is imported only when another language is asked for, and only its core.
"""

from hivemind_desktop.wording.language import (
    Language,
    current_language,
    resolve_language,
    translate,
    use_language,
)
from hivemind_desktop.wording.saying import brief, say, say_error, say_why
from hivemind_desktop.wording.text import show_clock, show_duration, show_size

__all__ = [
    "Language",
    "brief",
    "current_language",
    "resolve_language",
    "say",
    "say_error",
    "say_why",
    "show_clock",
    "show_duration",
    "show_size",
    "translate",
    "use_language",
]
