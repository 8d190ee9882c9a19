"""Text of others is shown as text: what would steer a terminal or turn the reading direction becomes a visible escape.

Newline and tab stay; a Windows line end counts as a newline. Doing it twice changes nothing.
"""

from __future__ import annotations

import codecs
import re

_STEERING = (
    r"\x00-\x08\x0b-\x1f\x7f"  # C0 but tab and newline, DEL
    r"\x80-\x9f"  # C1: one character that some terminals take for ESC [
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates (UAX 9)
    r"\u206a-\u206f\ufff9-\ufffb"  # deprecated shaping marks, interlinear annotation
    r"\u2028\u2029"  # line ends that only some programs know
    r"\ud800-\udfff"  # half characters, which no output can encode
)
_MANY_LINES = re.compile(f"[{_STEERING}]")
_ONE_LINE = re.compile(rf"[\t\n{_STEERING}]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def harmless(text: str) -> str:
    """`text` with ESC as `\\x1b`, a right-to-left override as `\\u202e`, and so on."""
    return _MANY_LINES.sub(_visible, text.replace("\r\n", "\n"))


def harmless_line(text: str, longest: int = 200) -> str:
    """`text` as one line for a message or a table: newline and tab are escaped too, the middle is cut beyond `longest` characters."""
    if len(text) > 2 * longest:
        text = f"{text[:longest]}…{text[-longest:]}"
    line = _ONE_LINE.sub(_visible, text)
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[:half]}…{line[-half:]}"


def find_steering(text: str) -> str | None:
    """The first character of `text` that steers a terminal or the reading direction, made visible; newline and tab count too."""
    found = _ONE_LINE.search(text)
    return _visible_code(found[0]) if found else None


class HarmlessStream:
    """The same for bytes that come in chunks cut anywhere, inside a character or between CR and LF: one per stream.

    All chunks together give exactly `harmless` of the whole; bytes that are not UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes) -> str:
        """What can be shown now."""
        return self._take(self._decoder.decode(data))

    def end(self) -> str:
        """What was held back, once no more comes."""
        text = self._take(self._decoder.decode(b"", final=True))
        held, self._held = self._held, ""
        return text + harmless(held)

    def _take(self, text: str) -> str:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return harmless(text.removesuffix("\r"))


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT[character] if character in _SHORT else _visible_code(character)


def _visible_code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
