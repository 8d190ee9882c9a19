"""Takes secrets out of text before it is written: tokens, links, private keys. The shape stays, so that a line can still be read."""

from __future__ import annotations

import re

MARK = "[secret]"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(-----END \1-----|\Z)", re.DOTALL), MARK),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), rf"\1 {MARK}"),
    (re.compile(r"(hivemind:/*[^\s\"'<>?]*\?)[^\s\"'<>]*", re.IGNORECASE), rf"\1{MARK}"),
    (re.compile(r"([?&](?:t|token|key|password)=)[^&\s\"'<>]+", re.IGNORECASE), rf"\1{MARK}"),
    (re.compile(r"((?:Private|Preshared)Key\s*[=:]\s*)\S+", re.IGNORECASE), rf"\1{MARK}"),
    (
        re.compile(
            r"(['\"]?\b[\w-]*(?:token|password|secret|authorization)\b['\"]?\s*[=:]\s*b?['\"]?)"
            r"(?!\[secret\]|(?:Bearer|Basic)\s)[^\s'\",;)}\]]{8,}",
            re.IGNORECASE,
        ),
        rf"\1{MARK}",
    ),
)


def redact(text: str) -> str:
    """`text` without bearer tokens, what a link keeps behind its question mark, private keys, and values called token, password or secret."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
