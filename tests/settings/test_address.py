import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings import is_loopback, parse_master_address


@pytest.mark.parametrize(
    ("text", "target", "tls"),
    [
        ("127.0.0.1:50051", "127.0.0.1:50051", False),
        ("localhost:50051", "localhost:50051", False),
        ("[::1]:50051", "[::1]:50051", False),
        (" lab.example:50051 ", "lab.example:50051", True),
        ("https://hivemind.justin0711.com", "hivemind.justin0711.com:443", True),
        ("https://lab.example:8443/", "lab.example:8443", True),
        ("https://127.0.0.1:8443", "127.0.0.1:8443", True),
        ("http://127.0.0.1:50051", "127.0.0.1:50051", False),
        ("HTTP://LOCALHOST:1", "LOCALHOST:1", False),
        ("hivemind://join?a=127.0.0.1:50051&t=abcdefghijklmnop&p=pool-1", "127.0.0.1:50051", False),
    ],
)
def test_every_form_gives_host_port_and_whether_it_is_protected(text: str, target: str, tls: bool) -> None:
    address = parse_master_address(text)
    assert (address.target, address.tls) == (target, tls)


def test_a_link_is_read_whole() -> None:
    link = parse_master_address("hivemind://join?a=[::1]:5&t=abcdefghijklmnop&p=pool-1").link
    assert link is not None
    assert link.token == "abcdefghijklmnop"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address.wrong"),
        ("lab.example", "address.wrong"),
        ("lab.example:0", "address.wrong"),
        ("lab.example:65536", "address.wrong"),
        ("https://lab.example/path", "address.wrong"),
        ("https://user@lab.example", "address.wrong"),
        ("ftp://lab.example", "address.wrong"),
        ("a b:1", "address.wrong"),
        ("http://lab.example", "address.http_beyond_loopback"),
        ("http://127.0.0.1.evil.example:1", "address.http_beyond_loopback"),
        ("http://10.0.0.1:50051", "address.http_beyond_loopback"),
        ("hivemind://join?t=SECRET-SECRET-SECRET", "address.broken_link"),
    ],
)
def test_anything_else_is_wrong_usage(text: str, code: str) -> None:
    with pytest.raises(KnownError) as caught:
        parse_master_address(text)
    assert (caught.value.code, caught.value.usage) == (code, True)
    assert "SECRET" not in str(caught.value)


def test_loopback_is_told_by_text_alone() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.9.9.9", "::1", "[::1]"))
    assert not any(is_loopback(host) for host in ("localhost.example", "128.0.0.1", "0.0.0.0", "::"))
