"""The spool of a run: what is kept, what is cut, and the stream it is made from."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.containers.frames import BrokenStream, Frames, Lines, split_time
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.containers.progress import ProgressLines, parse
from hivemind_desktop.contract.spool import LogRecord, SpoolReader, Stream


def read(path: Path) -> list[LogRecord]:
    reader = SpoolReader()
    records = list(reader.feed(path.read_bytes()))
    assert reader.pending == 0
    return records


def test_records_reach_the_disk_at_once(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", 1000, 1000, now_ns=lambda: 7)
    log.write(Stream.STDOUT, b"one\n")
    log.notice("said")
    log.write(Stream.STDERR, b"two\n", 9)
    assert read(tmp_path / "log") == [
        LogRecord(Stream.STDOUT, 7, b"one\n"),
        LogRecord(Stream.NOTICE, 7, b"said\n"),
        LogRecord(Stream.STDERR, 9, b"two\n"),
    ]
    assert log.length == (tmp_path / "log").stat().st_size == log.close() == log.close()


def test_the_middle_is_cut_and_named(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", 113_000, 300_000, now_ns=lambda: 1)
    for n in range(10_000):
        log.write(Stream.STDOUT, b"%099d\n" % n)
    log.notice("at the end")
    log.close()
    records = read(tmp_path / "log")
    texts = [record.text for record in records if record.stream is Stream.STDOUT]
    assert [int(text) for text in texts[:1000]] == list(range(1000))
    last = [int(text) for text in texts[1000:]]
    assert last == list(range(10_000 - len(last), 10_000))
    assert 250_000 < sum(map(len, texts[1000:])) <= 300_000
    notices = [(n, record.text) for n, record in enumerate(records) if record.stream is Stream.NOTICE]
    assert notices[0] == (
        1000,
        b"%d bytes of output were cut here: a log keeps its beginning and its end\n" % log.cut,
    )
    assert notices[1][1] == b"at the end\n"
    assert log.received == 1_000_000 == log.cut + sum(map(len, texts))


def test_the_spool_of_a_task_that_writes_letter_by_letter_is_bounded(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", 100_000, 200_000)
    for _ in range(50_000):
        log.write(Stream.STDOUT, b"x")
    assert log.close() <= 100_000 + 200_000 + 64 * 1024 + 1000
    assert log.cut > 0


def test_a_log_just_over_its_head_is_whole(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", 10, 1_000_000)
    for n in range(100):
        log.write(Stream.STDOUT, b"%d " % n)
    log.close()
    assert b"".join(record.text for record in read(tmp_path / "log")) == b"".join(
        b"%d " % n for n in range(100)
    )
    assert log.cut == 0


def test_text_longer_than_a_record_is_split(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log", 10**9, 1000)
    log.write(Stream.STDOUT, b"x" * 200_000)
    log.close()
    assert [len(record.text) for record in read(tmp_path / "log")] == [65536, 65536, 65536, 3392]


def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    answers = [OSError(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full")]
    write = os.write

    def full(file: int, data: bytes) -> int:
        if answers:
            raise answers.pop()
        return write(file, data)

    monkeypatch.setattr(os, "write", full)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    log = RunLog(tmp_path / "log", 1000, 1000, wait=wait, retry_s=3.0)
    log.write(Stream.STDOUT, b"kept")
    log.close()
    assert waits == [3.0, 3.0]
    assert [record.text for record in read(tmp_path / "log")] == [b"kept"]


def frame(stream: int, text: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40) | st.just(b"a\nb\n")), max_size=10),
    st.integers(1, 50),
)
def test_frames_cut_anywhere_give_the_same_text(sent: list[tuple[int, bytes]], step: int) -> None:
    data = b"".join(frame(*one) for one in sent)
    frames, lines = Frames(), Lines(longest=30)
    told: list[tuple[Stream, bytes]] = []
    for at in range(0, len(data), step):
        told.extend(lines.feed((stream, piece) for stream, piece, _ in frames.feed(data[at : at + step])))
    told.extend(lines.flush())
    assert not lines.holds
    for stream in (Stream.STDOUT, Stream.STDERR):
        assert b"".join(text for of, text in told if of is stream) == b"".join(
            t for s, t in sent if s == stream
        )


def test_one_stream_does_not_cut_into_the_others_line() -> None:
    lines = Lines()
    out, err = Stream.STDOUT, Stream.STDERR
    assert list(lines.feed([(out, b"one "), (err, b"oops\n"), (out, b"line\nnext")])) == [
        (err, b"oops\n"),
        (out, b"one line\n"),
    ]
    assert lines.holds
    assert list(lines.feed([(out, b" a"), (err, b"b\nc\n"), (err, b"d\n")])) == [(err, b"b\nc\nd\n")]
    assert list(lines.flush()) == [(out, b"next a")]


def test_a_line_without_an_end_goes_on_when_it_is_too_long() -> None:
    lines = Lines(longest=10)
    assert list(lines.feed([(Stream.STDOUT, b"12345")])) == []
    assert list(lines.feed([(Stream.STDOUT, b"67890x")])) == [(Stream.STDOUT, b"1234567890x")]
    assert not lines.holds


def test_a_stream_that_is_not_the_engines() -> None:
    with pytest.raises(BrokenStream):
        list(Frames().feed(b"HTTP/1.1 200 OK"))


def test_the_engines_time_before_a_line() -> None:
    assert split_time(b"1970-01-01T00:00:02.5Z text here\n") == (2_500_000_000, b"text here\n")
    assert split_time(b"2026-11-24T01:02:03.123456789Z ") == (1795482123123456789, b"")
    for broken in (b"no time", b"2026-11-24T01:02:03Z"):
        with pytest.raises(BrokenStream):
            split_time(broken)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"::progress 0.42 half done", (0.42, "half done")),
        (b"::progress 1", (1.0, "")),
        (b"::progress 7 x", (1.0, "x")),
        (b"::progress -1", (0.0, "")),
        (b"::progress nan", None),
        (b"::progress", None),
        (b"::progress x y", None),
        (b"::progressive 0.5", None),
        (" ::progress 0.1 圖".encode(), (0.1, "圖")),
    ],
)
def test_a_progress_line(line: bytes, told: tuple[float, str] | None) -> None:
    assert parse(line) == told


@given(st.integers(1, 20))
def test_progress_is_found_wherever_the_output_is_cut(step: int) -> None:
    data = b"x\n::progress 0.1 a\ny::progress 0.9 no\n::progress 0.5 b\nrest ::progress 0.8\nend"
    lines = ProgressLines()
    for at in range(0, len(data), step):
        lines.feed(data[at : at + step])
    assert lines.take() == (0.5, "b")
    assert lines.take() is None


def test_a_line_without_an_end_is_not_kept(tmp_path: Path) -> None:
    lines = ProgressLines()
    for _ in range(1000):
        lines.feed(b"z" * 10_000)
    lines.feed(b"\n::progress 0.3\n")
    assert lines.take() == (0.3, "")
    assert len(lines._line) <= 512
