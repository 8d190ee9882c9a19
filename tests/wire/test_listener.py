"""Real sockets of this user and of another one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.wire import listener
from hivemind_desktop.wire.listener import check_listener
from tests.wire.foreign import thief_on


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_users_port_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with thief_on(0, monkeypatch) as thief:
        address = f"{host}:{thief.address.rpartition(':')[2]}"
        with pytest.raises(KnownError) as known:
            check_listener(address)
    assert known.value.code == "link.foreign_port"
    assert known.value.fields["address"] == address
    assert known.value.fields["user"]


def test_ones_own_port_a_free_one_and_what_is_no_address_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        check_listener(f"127.0.0.1:{port}")
    check_listener(f"127.0.0.1:{port}")
    check_listener("nonsense")
    check_listener("example.org:1")


def test_a_kernel_that_does_not_tell_refuses_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(listener, "TABLES", (tmp_path / "tcp", tmp_path / "tcp6"))
    with thief_on(0, monkeypatch) as thief:
        check_listener(thief.address)
