from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.contract.links import (
    BrokenLink,
    LinkKind,
    MasterLink,
    format_link,
    is_link,
    parse_link,
    split_address,
)

TOKEN = "A" * 40 + "_-9"
GOOD = f"hivemind://join?a=127.0.0.1:50051&t={TOKEN}&p=3669a44b-83d8-4017-9f59-e637f7f6e1c0"


@pytest.mark.parametrize("kind", list(LinkKind))
@pytest.mark.parametrize("address", ["127.0.0.1:50051", "[::1]:1", "master.example.org:65535"])
def test_a_link_comes_back_whole(kind: LinkKind, address: str) -> None:
    link = MasterLink(kind, address, TOKEN, "pool-1")
    assert parse_link(format_link(link)) == link


@pytest.mark.parametrize(
    "text",
    [f"  {GOOD}\n", GOOD + "&future=x", GOOD.replace("join", "join/"), GOOD.replace("hivemind", "HiveMind")],
)
def test_what_a_browser_or_a_person_does_to_a_link_is_understood(text: str) -> None:
    assert parse_link(text) == parse_link(GOOD)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "scheme"),
        ("https://join?a=1", "scheme"),
        ("hivemind://", "kind"),
        ("hivemind://join?", "a"),
        ("hivemind://join?nonsense", "form"),
        (GOOD.replace("join", "eat"), "kind"),
        (GOOD.replace(":50051", ""), "a"),
        (GOOD.replace(":50051", ":0"), "a"),
        (GOOD.replace(":50051", ":99999"), "a"),
        (GOOD.replace("127.0.0.1", "a b"), "a"),
        (GOOD.replace(TOKEN, "short"), "t"),
        (GOOD.replace(TOKEN, "A" * 50 + "%0A"), "t"),
        (GOOD + f"&t={TOKEN}", "t"),
        (GOOD.replace("3669a44b", "../../etc"), "p"),
        (GOOD + "&x=" + "y" * 5000, "scheme"),
    ],
)
def test_a_broken_link_names_its_part(text: str, part: str) -> None:
    with pytest.raises(BrokenLink) as broken:
        parse_link(text)
    assert str(broken.value) == part


@given(st.text(max_size=200).map(lambda text: "hivemind:" + text))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert is_link(text)
    with pytest.raises(BrokenLink):
        parse_link(text)


def test_addresses() -> None:
    assert split_address("[::1]:80") == ("::1", 80)
    assert split_address("localhost:50051") == ("localhost", 50051)
    for wrong in ("localhost", ":1", "::1:80", "[]:1", "[x]:1", "a:1x", "a:١", "a/b:1"):
        with pytest.raises(BrokenLink):
            split_address(wrong)
