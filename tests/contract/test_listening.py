"""The text of /proc/net/tcp: whose listening sockets a connection may reach."""

from __future__ import annotations

import pytest

from hivemind_desktop.contract.listening import Listener, parse_listeners, uids_listening

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
V6_ANY, V6_ONE = "0" * 32, "0" * 24 + "01000000"
MAPPED_ONE = "0" * 16 + "FFFF0000" + "0100007F"


def row(address: str, port: int, uid: int, state: str = "0A") -> str:
    return (
        f"   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000"
        f" {uid:5}        0 1209 1 0000000028239e6a 100 0 0 10 0\n"
    )


def test_a_row_is_read_in_the_order_of_the_processor() -> None:
    (found,) = parse_listeners(HEAD + row("0100007F", 50051, 1000), "little")
    assert (str(found.address), found.port, found.uid) == ("127.0.0.1", 50051, 1000)
    (found,) = parse_listeners(row("7F000001", 50051, 1000), "big")
    assert str(found.address) == "127.0.0.1"
    (found,) = parse_listeners(row(V6_ONE, 1, 7), "little")
    assert isinstance(found, Listener)
    assert str(found.address) == "::1"


@pytest.mark.parametrize(
    "text",
    ["", HEAD, "x\n" * 3, row("0100007F", 1, 1, "01"), row("zz00007F", 1, 1), row("0100", 1, 1), "\0" * 99],
)
def test_what_does_not_listen_is_passed_over(text: str) -> None:
    assert list(parse_listeners(text, "little")) == []


@pytest.mark.parametrize(
    ("tcp", "tcp6", "host", "uids"),
    [
        (row("0100007F", 50051, 5), "", "127.0.0.1", {5}),
        (row("0100007F", 50052, 5), "", "127.0.0.1", set()),
        (row("0200007F", 50051, 5), "", "127.0.0.1", set()),
        (row("00000000", 50051, 5), "", "127.0.0.1", {5}),
        ("", row(V6_ANY, 50051, 5), "127.0.0.1", {5}),
        ("", row(MAPPED_ONE, 50051, 5), "127.0.0.1", {5}),
        ("", row(V6_ONE, 50051, 5), "127.0.0.1", set()),
        ("", row(V6_ONE, 50051, 5), "::1", {5}),
        ("", row(V6_ONE, 50051, 5), "localhost", {5}),
        (row("0100007F", 50051, 6), row(V6_ONE, 50051, 5), "localhost", {5, 6}),
        # another account cannot make a master unreachable by binding less exactly
        (row("00000000", 50051, 5) + row("0100007F", 50051, 0), "", "127.0.0.1", {0}),
        (row("0100007F", 50051, 0), row(V6_ANY, 50051, 5), "127.0.0.1", {0}),
        (row("0100007F", 50051, 0) + row("0100007F", 50051, 5), "", "::ffff:127.0.0.1", {0, 5}),
    ],
)
def test_the_kernels_choice(tcp: str, tcp6: str, host: str, uids: set[int]) -> None:
    assert uids_listening(HEAD + tcp, HEAD + tcp6, host, 50051, "little") == uids


def test_a_name_is_no_address_of_this_computer() -> None:
    with pytest.raises(ValueError):
        uids_listening("", "", "example.org", 50051)
