"""Patterns of names: the same as a plain reading of their rules, and quick whatever the pattern and the name are."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hivemind_desktop.containers.patterns import expression


def reads(pattern: str, name: str) -> bool:
    """The rules as they are told, by trying everything."""
    pattern = pattern.rstrip("/")

    @cache
    def fits(p: int, n: int) -> bool:
        if p == len(pattern):
            return n == len(name) or name[n] == "/"
        at_part = p == 0 or pattern[p - 1] == "/"
        if at_part and pattern.startswith("**/", p):
            slashes = [i + 1 for i in range(n, len(name)) if name[i] == "/"]
            whole = [i for i in slashes if "" not in name[n : i - 1].split("/")]
            return any(fits(p + 3, i) for i in (n, *whole))
        if pattern.startswith("**", p):
            after = p + len(pattern[p:]) - len(pattern[p:].lstrip("*"))
            return any(fits(after, i) for i in range(n, len(name) + 1))
        if pattern[p] == "*":
            return fits(p + 1, n) or (n < len(name) and name[n] != "/" and fits(p, n + 1))
        if n == len(name):
            return False
        return (name[n] == pattern[p] or (pattern[p] == "?" and name[n] != "/")) and fits(p + 1, n + 1)

    return fits(0, 0)


names = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@settings(max_examples=3000, deadline=None)
@given(st.text("ab*?/", min_size=1, max_size=12), names)
@example("*a*b", "aab")
@example("**/a*b/**/b", "a/ab/ab/a/b")
@example("**a*b", "aa/ab")
@example("a**/b", "aa/b")
@example("*?*b*", "ab")
def test_a_match_is_what_the_rules_say(pattern: str, name: str) -> None:
    assert (expression(pattern).fullmatch(name) is not None) is reads(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a" * 100 + "*b", "a" * 240),
        ("*a" * 100 + "*b", "a" * 239 + "c"),
        ("*?" * 100 + "*b", "a" * 240),
        ("**a" * 100 + "**b", "/".join(["a" * 100] * 9)),
        ("**/" * 60 + "b", "/".join(["a"] * 450)),
        ("**/a/" * 30 + "b", "/".join(["a"] * 450)),
        ("**/*a*a*a*/" * 30 + "b", "/".join(["aaaa"] * 200)),
        ("**" + "?" * 250 + "b", "/".join(["a" * 255] * 3)),
    ],
)
def test_no_pattern_takes_long(pattern: str, name: str) -> None:
    found = expression(pattern)
    began = time.process_time()
    assert found.fullmatch(name) is None
    assert time.process_time() - began < 0.1
