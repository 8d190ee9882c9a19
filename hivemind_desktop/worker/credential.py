"""What an enrolled worker needs to reach its master; nothing of it is secret but the token."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """`address` is HOST:PORT. `own`: the pool of this PC, or marked so at join. `token` is kept out of repr."""

    address: str
    node_id: str
    token: str = field(repr=False)
    pool_id: str
    pool_name: str = ""
    node_name: str = ""
    own: bool = False
