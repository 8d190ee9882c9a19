"""Marks English source text for pyside6-lupdate without importing Qt. Call with two literals, never with keywords: lupdate reads the source."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """`text` unchanged; `wording.translate(context, text, language)` gives it in another language."""
    del context
    return text
