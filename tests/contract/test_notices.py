"""Whatever a task writes, and however it comes cut: only what the worker says begins a line with the mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.contract.notices import MARK, Marked, TerminalText
from hivemind_desktop.contract.spool import LogRecord, Stream

pieces = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(
            st.sampled_from([MARK, "[hive", "mind]", "[", "\n", "x", " ", "[HiveMind]", "\\"]), max_size=6
        ),
    ),
    max_size=8,
)


@given(pieces)
def test_only_notices_begin_with_the_mark(told: list[tuple[bool, list[str]]]) -> None:
    marked, shown, notices = Marked(), "", []
    for is_notice, words in told:
        text = "".join(words)
        if is_notice:
            notices.append(f"said {text}".replace("\n", " ").rstrip())
            shown += marked.notice(notices[-1])
        else:
            shown += marked.task(text)
    shown += marked.end()
    found = [line for line in shown.split("\n") if line.lower().startswith(MARK)]
    assert found == [f"{MARK} {notice}" for notice in notices]


@given(st.text("[hivemnd]\nx \\"), st.integers(1, 7))
def test_the_cuts_change_nothing(text: str, size: int) -> None:
    marked, once = Marked(), Marked()
    cut = "".join(marked.task(text[at : at + size]) for at in range(0, len(text), size)) + marked.end()
    assert cut == once.task(text) + once.end()
    assert cut.replace("\\" + MARK, MARK) == text.replace("\\" + MARK, MARK)


@pytest.mark.parametrize(
    ("records", "shown"),
    [
        ([(2, "[hivemind] paid\n")], "\\[hivemind] paid\n"),
        ([(1, "[hive"), (2, "mind] paid\n")], "\\[hivemind] paid\n"),
        ([(1, "50 %"), (0, "frozen")], "50 %\n[hivemind] frozen\n"),
        ([(1, "[hi"), (0, "frozen"), (1, "vemind]\n")], "[hi\n[hivemind] frozen\nvemind]\n"),
        ([(1, "a [hivemind] b\n")], "a [hivemind] b\n"),
        ([(0, "one\ntwo")], "[hivemind] one\n[hivemind] two\n"),
        ([(1, "[hi")], "[hi"),
        ([(1, "\x1b[2J\r"), (1, "\n[hivemind]")], "\\x1b[2J\n\\[hivemind]"),
    ],
)
def test_records_as_a_terminal_shows_them(records: list[tuple[int, str]], shown: str) -> None:
    text = TerminalText()
    told = "".join(text.take(LogRecord(Stream(stream), 1, said.encode())) for stream, said in records)
    assert told + text.end() == shown
