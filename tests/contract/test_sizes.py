"""Sizes, durations and CPU counts as people write them."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import (
    MAX_BYTES,
    MAX_SECONDS,
    format_duration,
    format_size,
    parse_cpus,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512m", 512 * 1024**2),
        ("2g", 2 * 1024**3),
        ("1.5GiB", 3 * 512 * 1024**2),
        ("1000000", 1_000_000),
        ("1 KB", 1024),
        (" 7b ", 7),
        ("0", 0),
        ("1.0000001k", 1024),
        ("8T", 8 * 1024**4),
        (str(MAX_BYTES), MAX_BYTES),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "-1",
        "+1",
        "1e9",
        "1,5g",
        "1.g",
        ".5g",
        "2 gigs",
        "1p",
        "nan",
        "inf",
        "１g",
        "1g1m",
        "9" * 19,
        "9" * 5000,
        "8388608t",
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_size(text)
    assert caught.value.code == "value.size"
    assert len(str(caught.value.fields["value"])) <= 60


@given(st.integers(0, 2**62))
def test_a_written_size_is_the_size_to_a_twentieth(size: int) -> None:
    text = format_size(size)
    assert math.isclose(parse_size(text), size, rel_tol=0.05, abs_tol=1)
    assert len(text) <= 12 or size > 1024**5


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1 MiB"),
        (2 * 1024**3, "2 GiB"),
    ],
)
def test_written_sizes(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("30m", 1800),
        ("1h", 3600),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1h 30m 5s", 5405),
        ("2D", 172_800),
        ("0", 0),
        (" 1 h ", 3600),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "h", "-1", "1.5", "0.5s", "1h30", "30m1h", "1w", "1h1h", "1e3", "367d", "٣", "forever", "9" * 5000],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_duration(text)
    assert caught.value.code == "value.duration"


@given(st.integers(0, MAX_SECONDS))
def test_a_written_duration_is_read_again(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "cpus"), [("1", 1.0), ("0.5", 0.5), (" 2.25 ", 2.25), ("0.01", 0.01), ("4096", 4096.0)]
)
def test_cpus(text: str, cpus: float) -> None:
    assert parse_cpus(text) == cpus


@pytest.mark.parametrize(
    "text", ["", "0", "0.001", "-1", "4097", "nan", "inf", "1e1", "two", "1,5", "0.0001"]
)
def test_what_is_no_cpu_count_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_cpus(text)
    assert caught.value.code == "value.cpus"
