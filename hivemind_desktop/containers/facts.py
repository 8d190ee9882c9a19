"""What an engine told about itself: decides how limits are translated. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """From GET /info and GET /version; memory in bytes."""

    engine_id: str = ""
    version: str = ""
    api: str = "1.41"
    cpus: int = 1
    memory_bytes: int = 0
    cgroup_v2: bool = False
    rootless: bool = False
    seccomp: bool = True
    ignored: frozenset[str] = frozenset()
    """Limits that this engine cannot keep (GET /info) or said it discards (create's Warnings)."""


TOLD = (("PidsLimit", "pids"), ("CpuCfsQuota", "cpus"), ("MemoryLimit", "memory"), ("SwapLimit", "swap"))
"""Keys of GET /info that are false where the kernel lacks a limit."""


def read(info: Mapping[str, Any], version: str, api: str) -> Facts:
    """From the answer of GET /info; what an engine does not say counts as there."""
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    return Facts(
        engine_id=str(info.get("ID", "")),
        version=version,
        api=api,
        cpus=int(info.get("NCPU") or 1),
        memory_bytes=int(info.get("MemTotal") or 0),
        cgroup_v2=str(info.get("CgroupVersion") or "1") == "2",
        rootless=any(option.startswith("name=rootless") for option in options),
        seccomp=any(option.startswith("name=seccomp") for option in options),
        ignored=frozenset(limit for key, limit in TOLD if info.get(key) is False),
    )


WARNED = (
    ("block i/o weight", "blkio_weight"),
    ("cpu percent", "cpu_percent"),
    ("pids limit", "pids"),
    ("cfs", "cpus"),
    ("swap", "swap"),
    ("memory limit", "memory"),
    ("seccomp", "seccomp"),
)
"""A piece of a warning, in lower case -> the limit that is not kept."""


def ignored_limits(warnings: list[str]) -> frozenset[str]:
    """The limits that create's Warnings say were discarded; a warning of no known kind is kept as its own text."""
    found = set()
    for warning in warnings:
        lowered = warning.lower()
        found.add(next((limit for piece, limit in WARNED if piece in lowered), warning))
    return frozenset(found)
