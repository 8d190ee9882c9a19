"""What an enrolled worker needs to reach its master. `store/` keeps it in a file; nothing of it is secret but the token."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """`address` is HOST:PORT. `own`: the pool of this PC (embedded master, or marked so at join)."""

    address: str
    node_id: str
    token: str = field(repr=False)
    pool_id: str = ""
    pool_name: str = ""
    node_name: str = ""
    own: bool = False
