"""A join link becomes a credential that works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hivemind_desktop.contract.links import LinkKind, MasterLink, format_link
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.enrol import enrol, leave
from hivemind_desktop.worker.credential import Credential
from hivemind_desktop.worker.events import LinkUp
from tests.link.fake_master import JOIN_TOKEN, NODE_ID, POOL_ID, TOKEN, FakeMaster
from tests.link.world import Worker


def link(
    address: str, token: str = JOIN_TOKEN, pool_id: str = POOL_ID, kind: LinkKind = LinkKind.JOIN
) -> str:
    return format_link(MasterLink(kind, address, token, pool_id))


def test_the_credential_opens_a_link(master: FakeMaster, make_worker: Callable[..., Worker]) -> None:
    credential = enrol(link(master.address), "installation", "my-pc", "0.1.0", own=True)
    assert credential == Credential(master.address, NODE_ID, TOKEN, POOL_ID, "the pool", "my-pc", own=True)
    told = master.requests["Enrol"][0]
    assert (told.installation_id, told.hostname, told.version) == ("installation", "my-pc", "0.1.0")
    worker = make_worker(credential.address, token=credential.token)
    worker.link.open()
    worker.events.expect(LinkUp)
    leave(credential)
    assert master.calls("Leave") == 1


def test_the_token_is_not_shown(master: FakeMaster) -> None:
    assert TOKEN not in repr(enrol(link(master.address), "installation", "my-pc", "0.1.0"))


@pytest.mark.parametrize(
    ("text", "code", "usage"),
    [
        ("http://example.org", "link.bad_link", True),
        ("hivemind://join?a=127.0.0.1:1", "link.bad_link", True),
        (link("127.0.0.1:1", kind=LinkKind.SUBMIT), "link.not_a_join_link", True),
        (link("192.0.2.7:50051"), "link.needs_tls", True),
        (link("127.0.0.1:1"), "link.down", False),
    ],
)
def test_a_link_that_does_not_work_is_one_clear_error(text: str, code: str, usage: bool) -> None:
    with pytest.raises(KnownError) as raised:
        enrol(text, "installation", "my-pc", "0.1.0")
    assert (raised.value.code, raised.value.usage) == (code, usage)


def test_a_wrong_token_is_refused(master: FakeMaster) -> None:
    with pytest.raises(KnownError) as raised:
        enrol(link(master.address, token="x" * 20), "installation", "my-pc", "0.1.0")
    assert (raised.value.code, raised.value.fields["detail"]) == ("link.refused", "join.unknown")


def test_another_pool_at_the_address_is_told(master: FakeMaster) -> None:
    with pytest.raises(KnownError) as raised:
        enrol(link(master.address, pool_id="pool-2"), "installation", "my-pc", "0.1.0")
    assert (raised.value.code, raised.value.fields["found"]) == ("link.other_pool", POOL_ID)
