"""AdminService: invites, nodes, and the tokens of senders."""

from __future__ import annotations

import math
import re

from hivemind_desktop.contract.links import LinkKind, MasterLink, format_link
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.contract.wishes import check_labels
from hivemind_desktop.master.callers import ADMIN_NAME, Caller, CallerKind, Invite, SenderToken
from hivemind_desktop.master.core import Core
from hivemind_desktop.master.ids import hash_token, new_token
from hivemind_desktop.master.model import Node
from hivemind_desktop.master.refused import exhausted, invalid, not_found
from hivemind_desktop.master.services.infos import node_info
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import hivemind_pb2_grpc as rpc

MAX_TTL_S = 366 * 24 * 3600
MAX_USES = 10_000
MAX_SENDERS = 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


def make_invite(core: Core, ttl_s: float, uses: int, own: bool) -> tuple[str, int]:
    """(join link, Unix milliseconds of its end)."""
    now = core.clock.wall_ms()
    for old in [one for one in core.tokens.invites.values() if one.expires_ms < now]:
        del core.tokens.invites[old.token_hash]
    token = new_token()
    invite = Invite(hash_token(token), now + round(ttl_s * 1000), uses, own)
    core.tokens.invites[invite.token_hash] = invite
    core.journal.invite_added(invite.token_hash, now, invite.expires_ms, uses, own)
    link = MasterLink(LinkKind.JOIN, core.address, token, core.pool.pool_id)
    return format_link(link), invite.expires_ms


class AdminService(rpc.AdminServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    async def CreateInvite(self, request: pb.InviteRequest, context: object) -> pb.InviteResponse:
        ttl_s, uses = request.ttl_s or 3600.0, request.uses or 1
        if not math.isfinite(ttl_s) or not 0 < ttl_s <= MAX_TTL_S or uses > MAX_USES:
            raise invalid("invite.range", ttl_limit=MAX_TTL_S, uses_limit=MAX_USES)
        link, expires_ms = make_invite(self._core, ttl_s, uses, request.own)
        await self._core.journal.settled()
        return pb.InviteResponse(join_link=link, expires_unix_ms=expires_ms)

    # -------------------------------------------------------------- nodes

    async def ListNodes(self, request: pb.NodeListQuery, context: object) -> pb.NodeList:
        there = [node for node in self._core.board.nodes.values() if not node.removed]
        there.sort(key=lambda node: (node.name, node.node_id))
        return pb.NodeList(nodes=[node_info(self._core, node) for node in there])

    async def ChangeNode(self, request: pb.NodeChange, context: object) -> pb.NodeInfo:
        core = self._core
        node = self._find(request.node_id)
        change, value = request.change, request.value
        if change == "rename":
            if not value.strip() or len(value) > 60 or harmless_line(value, 60) != value:
                raise invalid("node.name", value=harmless_line(value, 60))
            if any(
                one.name == value for one in core.board.nodes.values() if one is not node and not one.removed
            ):
                raise invalid("node.name_taken", value=value)
            node.name = value
            core.fleet.change_node(node)
        elif change in ("block", "unblock"):
            node.blocked = change == "block"
            core.fleet.change_node(node)
        elif change in ("drain", "undrain"):
            core.fleet.wish_drain(node, change == "drain")
        elif change in ("label", "unlabel"):
            try:
                labels = frozenset(check_labels([value]))
            except Refused as refused:
                raise invalid(refused.code, **refused.fields) from None
            node.labels = node.labels | labels if change == "label" else node.labels - labels
            core.fleet.change_node(node)
        elif change == "remove":
            core.tokens.forget(node.token_hash)
            core.fleet.remove_node(node)
        else:
            raise invalid("node.unknown_change", change=harmless_line(change, 40))
        await core.journal.settled()
        return node_info(core, node)

    def _find(self, told: str) -> Node:
        """By id, by name, or by the beginning of its id (at least 4 characters) when no other begins so."""
        there = [node for node in self._core.board.nodes.values() if not node.removed]
        for found in (
            [node for node in there if node.node_id == told],
            [node for node in there if node.name == told],
            [node for node in there if len(told) >= 4 and node.node_id.startswith(told)],
        ):
            if len(found) == 1:
                return found[0]
        raise not_found("node.unknown", node=harmless_line(told, 60))

    # -------------------------------------------------------------- senders

    async def AddToken(self, request: pb.TokenRequest, context: object) -> pb.TokenResponse:
        core = self._core
        name = request.name
        if not _NAME.fullmatch(name) or name.lower() == ADMIN_NAME:
            raise invalid("token.name", value=harmless_line(name, 64))
        if name not in core.tokens.senders and len(core.tokens.senders) >= MAX_SENDERS:
            raise exhausted("token.too_many", limit=MAX_SENDERS)
        old = core.tokens.senders.get(name)
        if old is not None:
            core.tokens.forget(old.token_hash)
        token = new_token()
        fresh = SenderToken(name, hash_token(token), core.clock.wall_ms())
        core.tokens.senders[name] = fresh
        core.tokens.allow(fresh.token_hash, Caller(CallerKind.SENDER, name))
        core.journal.token_set(name, CallerKind.SENDER.value, fresh.token_hash, fresh.created_ms)
        await core.journal.settled()
        link = MasterLink(LinkKind.SUBMIT, core.address, token, core.pool.pool_id)
        return pb.TokenResponse(name=name, submit_link=format_link(link))

    async def ListTokens(self, request: pb.TokenListQuery, context: object) -> pb.TokenList:
        return pb.TokenList(
            tokens=[
                pb.TokenInfo(
                    name=one.name,
                    created_unix_ms=one.created_ms,
                    used_unix_ms=one.used_ms,
                    revoked=one.revoked,
                )
                for one in sorted(self._core.tokens.senders.values(), key=lambda one: one.name)
            ]
        )

    async def RevokeToken(self, request: pb.TokenRequest, context: object) -> pb.TokenResponse:
        core = self._core
        token = core.tokens.senders.get(request.name)
        if token is None:
            raise not_found("token.unknown", name=harmless_line(request.name, 64))
        token.revoked = True
        core.tokens.forget(token.token_hash)
        core.journal.token_changed(token.name, token.used_ms, revoked=True)
        await core.journal.settled()
        return pb.TokenResponse(name=token.name)
