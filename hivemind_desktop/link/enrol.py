"""Enrolment: a join link becomes a credential (`join`), and a node ends (`leave`). Blocking; called by the commands, not by a loop."""

from __future__ import annotations

from hivemind_desktop.contract.links import BrokenLink, LinkKind, MasterLink, parse_link
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import Master
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.credential import Credential

DEADLINE_S = 10.0


def enrol(link_text: str, installation_id: str, hostname: str, version: str, own: bool = False) -> Credential:
    """Enrol this installation with the master of a join link. Repeated with the same link: the same node.

    `own`: the master is this PC's (embedded). Raises KnownError `link.bad_link`, `link.not_a_join_link`, `link.needs_tls` (all usage),
    `link.down`, `link.unknown_host`, `link.not_a_master`, `link.refused`, `link.other_pool` and what the master says (used up, expired).
    """
    link = _join_link(link_text)
    master = Master(link.address)
    try:
        request = wire.EnrolRequest(
            join_token=link.token, installation_id=installation_id, hostname=hostname, version=version
        )
        answer = master.ask(master.enrolment.Enrol, request, DEADLINE_S)
    finally:
        master.close()
    if not answer.node_id or not answer.token:
        raise KnownError(
            "link.not_a_master", address=link.address, detail="an enrolment without node and token"
        )
    if answer.pool_id != link.pool_id:
        raise KnownError("link.other_pool", address=link.address, found=answer.pool_id, expected=link.pool_id)
    return Credential(
        address=link.address,
        node_id=answer.node_id,
        token=answer.token,
        pool_id=answer.pool_id,
        pool_name=answer.pool_name,
        node_name=answer.node_name,
        own=own,
    )


def leave(credential: Credential) -> None:
    """End this node at its master. Repeatable. Raises KnownError; when the master is gone for good, forgetting the credential is enough."""
    master = Master(credential.address, credential.token)
    try:
        master.ask(master.enrolment.Leave, wire.LeaveRequest(node_id=credential.node_id), DEADLINE_S)
    finally:
        master.close()


def _join_link(text: str) -> MasterLink:
    try:
        link = parse_link(text)
    except BrokenLink as broken:
        raise KnownError("link.bad_link", usage=True, part=str(broken)) from broken
    if link.kind is not LinkKind.JOIN:
        raise KnownError("link.not_a_join_link", usage=True)
    return link
