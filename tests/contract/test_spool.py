"""The spool: records come back whole however the bytes are cut; what is no spool is said."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hivemind_desktop.contract.spool import MAX_TEXT, BrokenSpool, LogRecord, SpoolReader, Stream, encode

records = st.lists(
    st.builds(
        LogRecord,
        stream=st.sampled_from(Stream),
        time_ns=st.integers(0, 2**64 - 1),
        text=st.binary(max_size=60),
    ),
    max_size=12,
)


@given(records, st.lists(st.integers(0, 1000), max_size=20))
def test_records_come_back_whatever_the_cuts(told: list[LogRecord], cuts: list[int]) -> None:
    spool = b"".join(map(encode, told))
    edges = [0, *sorted(min(cut, len(spool)) for cut in cuts), len(spool)]
    reader = SpoolReader()
    read: list[LogRecord] = []
    for start, end in itertools.pairwise(edges):
        read += reader.feed(spool[start:end])
    assert read == told
    assert reader.pending == 0


@given(records, st.integers(0, 2000))
def test_a_torn_end_waits_and_is_counted(told: list[LogRecord], cut: int) -> None:
    spool = b"".join(map(encode, told))
    cut = min(cut, len(spool))
    reader = SpoolReader()
    whole = reader.feed(spool[:cut])
    assert whole == told[: len(whole)]
    assert sum(len(encode(record)) for record in whole) + reader.pending == cut
    assert whole + reader.feed(spool[cut:]) == told


def test_one_byte_after_another() -> None:
    told = [LogRecord(Stream.STDERR, 5, "中\n".encode()), LogRecord(Stream.NOTICE, 6, b"")]
    reader = SpoolReader()
    assert [r for byte in b"".join(map(encode, told)) for r in reader.feed(bytes([byte]))] == told


def test_what_a_feed_gave_is_given_once_even_when_nobody_looked() -> None:
    reader = SpoolReader()
    reader.feed(encode(LogRecord(Stream.STDOUT, 1, b"first")))
    assert reader.feed(encode(LogRecord(Stream.STDOUT, 2, b"second"))) == [
        LogRecord(Stream.STDOUT, 2, b"second")
    ]


@pytest.mark.parametrize(
    "data",
    [b"\x03" + bytes(12), bytes(9) + (MAX_TEXT + 1).to_bytes(4, "big"), b"\xff" * 13],
    ids=["stream", "length", "both"],
)
def test_what_is_no_spool_is_said(data: bytes) -> None:
    with pytest.raises(BrokenSpool):
        SpoolReader().feed(data)


def test_a_record_has_a_longest_text() -> None:
    longest = LogRecord(Stream.STDOUT, 1, b"x" * MAX_TEXT)
    assert SpoolReader().feed(encode(longest)) == [longest]
    with pytest.raises(ValueError, match=str(MAX_TEXT)):
        encode(LogRecord(Stream.STDOUT, 1, b"x" * (MAX_TEXT + 1)))
