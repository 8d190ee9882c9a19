from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.master.ids import UlidMaker, hash_token, new_token


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=50))
def test_ids_grow_whatever_the_clock_does(times: list[int]) -> None:
    told = iter(times)
    make = UlidMaker(lambda: next(told))
    made = [make() for _ in times]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", one) for one in made)


def test_a_known_id() -> None:
    """The time part of the ULID specification's own example: 1469918176385 -> 01ARYZ6S41."""
    make = UlidMaker(lambda: 1469918176385, lambda bits: 0)
    assert make() == "01ARYZ6S41" + "0" * 16
    assert make() == "01ARYZ6S41" + "0" * 15 + "1"


def test_tokens_have_256_bits_and_only_their_hash_is_kept() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)
    assert hash_token("x") != hash_token("y")
    assert len(hash_token("x")) == 32
    assert hash_token("\ud800")
