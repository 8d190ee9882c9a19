"""The end of a log, read in parts cut anywhere."""

from __future__ import annotations

import pytest

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.spool import BrokenSpool, LogRecord, Stream, encode
from hivemind_desktop.qt.pages.logtail import MAX_LINE, MAX_LINES, LogTail, record_start
from hivemind_desktop.worker.queries import MAX_LOG_PART, LogPart

ATTEMPT = AttemptKey("01T", 1, 1)
AT_NS = 1_795_500_000 * 10**9


def spool(*texts: str, stream: Stream = Stream.STDOUT) -> bytes:
    return b"".join(
        encode(LogRecord(stream, AT_NS + number * 10**9, text.encode())) for number, text in enumerate(texts)
    )


def read_all(tail: LogTail, data: bytes, step: int = MAX_LOG_PART) -> None:
    """Answer what it asks, at most `step` bytes at a time, until it is satisfied."""
    query = tail.ask(len(data))
    while query is not None:
        part = data[query.offset : query.offset + min(step, query.limit)]
        tail.take(LogPart(query.offset, part, len(data)))
        query = tail.ask(len(data))


@pytest.mark.parametrize("step", [1, 7, 13, 10_000])
def test_lines_are_whole_however_the_bytes_are_cut(step: int) -> None:
    tail = LogTail(ATTEMPT)
    read_all(tail, spool("one\ntw", "o\n三\n", "rest"), step)
    assert [line.text for line in tail.lines] == ["one", "two", "三"]
    assert [line.text for line in tail.open_lines()] == ["rest"]
    assert tail.lines[1].at == AT_NS / 1e9
    assert not tail.is_behind


def test_streams_do_not_mix_and_control_sequences_are_shown() -> None:
    data = spool("out begins") + spool("\x1b[31merr\n", stream=Stream.STDERR) + spool(" and ends\n")
    tail = LogTail(ATTEMPT)
    read_all(tail, data)
    assert [(line.stream, line.text) for line in tail.lines] == [
        (Stream.STDERR, "\\x1b[31merr"),
        (Stream.STDOUT, "out begins and ends"),
    ]


def test_nothing_is_asked_when_nothing_is_new() -> None:
    tail = LogTail(ATTEMPT)
    data = spool("a\n")
    assert tail.ask(0) is not None
    read_all(tail, data)
    assert tail.ask(len(data)) is None
    assert tail.ask(len(data) + 20) is not None
    assert tail.ask(None) is not None


def test_of_a_long_log_only_the_end_is_read() -> None:
    data = spool(*(f"line {number} {'x' * 200}\n" for number in range(5000)))
    tail = LogTail(ATTEMPT)
    query = tail.ask(len(data))
    assert query is not None
    assert query.offset == len(data) - MAX_LOG_PART
    read_all(tail, data)
    assert tail.cut
    assert tail.lines[-1].text.startswith("line 4999 ")
    assert tail.lines[0].text.startswith("line ")
    assert len(tail.lines) < 1300


def test_one_that_falls_behind_skips_to_the_end() -> None:
    tail = LogTail(ATTEMPT)
    data = spool("first\n")
    read_all(tail, data)
    data += spool(*(f"more {number} {'y' * 500}\n" for number in range(2000)))
    read_all(tail, data)
    assert tail.cut
    assert "first" not in {line.text for line in tail.lines}
    assert tail.lines[-1].text.startswith("more 1999 ")


def test_lines_are_bounded_in_number_and_length() -> None:
    tail = LogTail(ATTEMPT)
    read_all(tail, spool("\n".join(str(number) for number in range(MAX_LINES + 500)) + "\n"))
    assert (len(tail.lines), tail.cut) == (MAX_LINES, True)
    long = LogTail(ATTEMPT)
    read_all(long, spool("z" * 60_000, "z" * 60_000))
    assert max(len(line.text) for line in [*long.lines, *long.open_lines()]) <= MAX_LINE


def test_where_a_record_begins() -> None:
    data = spool("abc\n" * 50, "def\n", "ghi\n")
    first = len(spool("abc\n" * 50))
    assert record_start(data) == 0
    assert record_start(data[5:]) == first - 5
    assert record_start(b"\xff" * 5000) is None
    assert record_start(b"") is None


def test_bytes_that_are_no_spool_are_told() -> None:
    tail = LogTail(ATTEMPT)
    tail.ask(40)
    with pytest.raises(BrokenSpool):
        tail.take(LogPart(0, b"\xff" * 40, 40))


def test_progress_lines_are_left_to_the_bar() -> None:
    tail = LogTail(AttemptKey("t", 1, 1))
    text = b"a\n::progress 0.5 half\nb ::progress\n::progress 0.6"
    data = encode(LogRecord(Stream.STDOUT, 1_800_000_000 * 10**9, text))
    tail.take(LogPart(0, data, len(data)))
    assert [line.text for line in tail.lines] == ["a", "b ::progress"]
    assert tail.open_lines() == []
