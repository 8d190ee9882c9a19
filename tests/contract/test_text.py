"""Text of others steers nothing; in chunks cut anywhere it comes out as it does whole."""

from __future__ import annotations

import itertools
import unicodedata

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from hivemind_desktop.contract.text import HarmlessStream, harmless, harmless_line

wild = st.text(st.sampled_from("\x1b\r\n\t\x9b\u202e\u2066\x7f[2Ja中") | st.characters())


@given(wild)
def test_nothing_that_steers_is_left(text: str) -> None:
    shown = harmless(text)
    for character in shown:
        if character in "\n\t":
            continue
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        )  # fmt: skip
        assert character not in "\u200e\u200f\u061c"
    assert harmless(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m\n", "a\\x1b[31mred\\x1b[0m\n"),
        ("\x9b2J", "\\x9b2J"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("one\r\ntwo\rthree\n", "one\ntwo\\rthree\n"),
        ("a\tb\0c\x7f", "a\tb\\x00c\\x7f"),
        ("half\udc80", "half\\udc80"),
        ("完成 ✓ 👩‍💻", "完成 ✓ 👩‍💻"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(
    st.binary(max_size=80) | wild.map(lambda text: text.encode(errors="surrogatepass")),
    st.lists(st.integers(0, 80)),
)
@example(b"a\r\nb\r", [2])
@example("中".encode(), [1, 2])
def test_a_stream_shows_what_the_whole_would(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    stream = HarmlessStream()
    shown = "".join(stream.feed(data[start:end]) for start, end in itertools.pairwise(edges)) + stream.end()
    assert shown == harmless(data.decode("utf-8", "replace"))


def test_a_stream_holds_back_only_what_is_not_whole() -> None:
    stream = HarmlessStream()
    assert stream.feed(b"abc") == "abc"
    assert stream.feed(b"\r") == ""
    assert stream.feed("x中".encode()[:-1]) == "\\rx"
    assert stream.end() == "\ufffd"
    assert stream.end() == ""


@given(wild, st.integers(3, 50))
def test_a_line_is_one_line_and_not_too_long(text: str, longest: int) -> None:
    line = harmless_line(text, longest)
    assert len(line) <= longest
    assert not set(line) & {"\n", "\t", "\r"}
    assert harmless_line(line, longest) == line


def test_a_long_line_keeps_both_ends() -> None:
    line = harmless_line("start" + "x" * 10_000_000 + "end.txt", 40)
    assert line.startswith("start")
    assert line.endswith("end.txt")
    assert "…" in line
