"""EPOCH.N and back."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hivemind_desktop.contract.attempt import AttemptKey, parse_number

natural = st.integers(1, 2**32)


@given(natural, natural)
def test_a_number_is_read_as_it_was_written(epoch: int, n: int) -> None:
    assert parse_number(AttemptKey("T", epoch, n).number) == (epoch, n)
    assert parse_number(str(n)) == (None, n)


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".1", "0", "1.0", "0.1", "-1", "1.-1", "1.2.3", "a", " 1", "1 ", "²", "１"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number from 1"):
        parse_number(text)


def test_an_attempt_of_a_newer_epoch_is_newer() -> None:
    keys = [AttemptKey("T", 2, 1), AttemptKey("T", 1, 9), AttemptKey("T", 1, 10)]
    assert sorted(keys) == [AttemptKey("T", 1, 9), AttemptKey("T", 1, 10), AttemptKey("T", 2, 1)]
    assert str(keys[0]) == "T/2.1"
