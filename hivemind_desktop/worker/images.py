"""Which images a task may name. The engine goes to the registry a name begins with: to one near this computer only when the owner lists it.

A name that resolves to a near address cannot be told from here; what the engine answers is therefore never told to the sender either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_NEAR = ("localhost", "local", "internal", "lan", "home.arpa")
"""Names of this computer and of a home's or company's network (RFC 6761, 6762, 8375; ICANN's .internal)."""
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def registry(image: str) -> str:
    """The registry a name begins with, in small letters; empty for the engine's usual one (github.com/distribution/reference, `splitDockerDomain`)."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return first.lower()
    return ""


def is_near(registry: str) -> bool:
    """Whether it could be this computer, its network or one service among many: an address, one label, a port, or a local name."""
    host = registry.rstrip(".")
    if not host or ":" in host or "." not in host:
        return bool(host)
    return (
        _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
        or host.endswith(tuple(f".{name}" for name in _NEAR))
        or host in _NEAR
    )


def refused(image: str, allowed: Sequence[str]) -> str:
    """Why this name may not be used: "" (it may), refused.image or refused.registry.

    `allowed`: the owner's patterns (`*` and `?` match anything), empty for any name. One without a tag holds for every tag. A near
    registry is listed by a pattern that begins with it as it is, like `127.0.0.1:5000/*`.
    """
    bare = image.partition("@")[0]
    bare = bare if "/" in bare.rpartition(":")[2] else bare.rpartition(":")[0] or bare
    fitting = [pattern for pattern in allowed if fnmatchcase(image, pattern) or fnmatchcase(bare, pattern)]
    if allowed and not fitting:
        return "refused.image"
    host = registry(image)
    if is_near(host) and not any(pattern.lower().startswith(f"{host}/") for pattern in fitting):
        return "refused.registry"
    return ""
