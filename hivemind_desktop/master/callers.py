"""Who calls: the tokens the master knows, as hashes, and what became of each."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

from hivemind_desktop.master.ids import hash_token


class CallerKind(StrEnum):
    ADMIN = "admin"
    SENDER = "sender"
    NODE = "node"


ADMIN_NAME = "admin"
"""The sender of tasks that the admin submits; no token of a sender may have this name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`name`: the token's name, or the node's id."""

    kind: CallerKind
    name: str

    def may_see(self, sender: str) -> bool:
        """Whether a task of `sender` is this caller's to see and to end."""
        return self.kind is CallerKind.ADMIN or (self.kind is CallerKind.SENDER and self.name == sender)


@dataclass(slots=True)
class SenderToken:
    name: str
    token_hash: bytes
    created_ms: int
    used_ms: int = 0
    revoked: bool = False


@dataclass(slots=True)
class Invite:
    token_hash: bytes
    expires_ms: int
    uses_left: int
    own: bool


@dataclass(slots=True)
class Tokens:
    """Every token by its hash. What is compared are SHA-256 hashes of 256 random bits, so the time it takes tells nothing of a token."""

    senders: dict[str, SenderToken] = field(default_factory=dict)
    invites: dict[bytes, Invite] = field(default_factory=dict)
    _callers: dict[bytes, Caller] = field(default_factory=dict)

    def allow(self, token_hash: bytes, caller: Caller) -> None:
        self._callers[token_hash] = caller

    def forget(self, token_hash: bytes) -> None:
        self._callers.pop(token_hash, None)

    def caller(self, token: str) -> Caller | None:
        return self._callers.get(hash_token(token))


CALLER: ContextVar[Caller] = ContextVar("caller")
"""Set by the guard for the length of one call."""
