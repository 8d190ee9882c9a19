"""EnrolService: a join token becomes a node with a token of its own."""

from __future__ import annotations

import uuid

import grpc

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.master.callers import Caller, CallerKind, Invite
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.ids import hash_token, new_token
from hivemind_desktop.master.model import Node
from hivemind_desktop.master.refused import CallRefused, invalid
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc


class EnrolService(rpc.EnrolServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    async def Enrol(self, request: pb.EnrolRequest, context: object) -> pb.EnrolResponse:
        core = self._core
        try:
            installation = str(uuid.UUID(request.installation_id))
        except ValueError:
            raise invalid("enrol.no_installation") from None
        told = hash_token(request.join_token)
        invite = core.tokens.invites.get(told)
        if invite is None or invite.expires_ms < core.clock.wall_ms():
            raise CallRefused(grpc.StatusCode.UNAUTHENTICATED, "enrol.no_invite")
        node = self._known(installation, invite)
        token = new_token()
        if node is None:
            if invite.uses_left < 1:
                raise CallRefused(grpc.StatusCode.UNAUTHENTICATED, "enrol.used_up")
            invite.uses_left -= 1
            core.journal.invite_used(told)
            node = Node(
                node_id=str(uuid.uuid4()),
                name=self._free_name(harmless_line(request.hostname, 60) or "worker"),
                installation_id=installation,
                joined_ms=core.clock.wall_ms(),
                hostname=harmless_line(request.hostname, 100),
                own=invite.own,
                invite=told,
                token_hash=hash_token(token),
                version=harmless_line(request.version, 40),
            )
            core.fleet.add_node(node)
        else:
            # only hashes are kept, so the answer that was lost cannot be said again: the old token ends
            core.tokens.forget(node.token_hash)
            node.token_hash = hash_token(token)
            node.invite = told
            core.fleet.change_node(node)
        core.tokens.allow(node.token_hash, Caller(CallerKind.NODE, node.node_id))
        await core.journal.settled()
        return pb.EnrolResponse(
            node_id=node.node_id,
            token=token,
            pool_id=core.pool.pool_id,
            pool_name=core.pool.name,
            node_name=node.name,
        )

    async def Leave(self, request: pb.LeaveRequest, context: object) -> pb.LeaveResponse:
        core = self._core
        node = core.node(request.node_id)
        core.tokens.forget(node.token_hash)
        core.fleet.remove_node(node)
        await core.journal.settled()
        return pb.LeaveResponse()

    def _known(self, installation: str, invite: Invite) -> Node | None:
        """The node this installation already has by this invite, until its token was used; by an invite of this PC's own pool, whichever.

        An installation id is no secret: another invite makes another node, and an answer that was lost is said again only while
        nobody can have it. Whoever sees the link later would take the node over.
        """
        for node in self._core.board.nodes.values():
            if node.removed or node.installation_id != installation:
                continue
            if node.own and invite.own:
                return node
            if node.invite == invite.token_hash and not node.seen_ms:
                return node
        return None

    def _free_name(self, wanted: str) -> str:
        taken = {node.name for node in self._core.board.nodes.values() if not node.removed}
        number, name = 1, wanted
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        return name
