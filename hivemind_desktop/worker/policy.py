"""Which task may run here and how much of the computer it gets. Plain functions of the owner's limits and what is reserved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hivemind_desktop.contract.task import NOTHING, NetworkKind, Resources, TaskSpec
from hivemind_desktop.worker import images
from hivemind_desktop.worker.allowed import MIN_CPUS, Allowed


@dataclass(frozen=True, slots=True)
class Refusal:
    """`lasting`: asking again makes no sense until the owner's limits change."""

    code: str
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    lasting: bool = False


def admit(spec: TaskSpec, package_bytes: int, allowed: Allowed, reserved: Resources) -> Resources | Refusal:
    """What the task is granted, or why not.

    `reserved`: sums over the tasks that are here; its `cpus` is the sum of their floors. Memory, disk, GPUs and pids are
    reserved (sum of grants <= total); CPU is shared, so the grant's `cpus` is a ceiling and only `asked.cpus` is reserved.
    """
    asked, ceiling, total = spec.asked, allowed.ceiling, allowed.total
    if spec.network.kind.value not in allowed.networks:
        return Refusal("refused.network", {"wanted": spec.network.kind.value}, lasting=True)
    if spec.network.kind is NetworkKind.NAMED and not spec.network.destinations:
        return Refusal("refused.network", {"wanted": spec.network.kind.value}, lasting=True)
    if spec.image and (code := images.refused(spec.image, allowed.images)):
        wanted = spec.image if code == "refused.image" else images.registry(spec.image)
        return Refusal(code, {"wanted": wanted}, lasting=True)
    if spec.timeout_s > allowed.max_timeout_s:
        return Refusal(
            "refused.timeout",
            _pair(spec.timeout_s, allowed.max_timeout_s),
            lasting=True,
        )
    for name in ("cpus", "memory_bytes", "disk_bytes", "gpus", "pids"):
        wanted, most = (
            getattr(asked, name),
            min(getattr(ceiling, name), getattr(total, name)),
        )
        if wanted > most:
            return Refusal(f"refused.{_word(name)}", _pair(wanted, most), lasting=True)
    granted = Resources(
        cpus=min(ceiling.cpus, total.cpus),
        memory_bytes=asked.memory_bytes
        or min(allowed.default.memory_bytes, ceiling.memory_bytes, total.memory_bytes),
        disk_bytes=asked.disk_bytes or min(allowed.default.disk_bytes, ceiling.disk_bytes, total.disk_bytes),
        gpus=asked.gpus,
        pids=asked.pids or min(allowed.default.pids, ceiling.pids, total.pids),
    )
    if package_bytes > granted.disk_bytes:
        return Refusal("refused.disk", _pair(package_bytes, granted.disk_bytes), lasting=True)
    for name in ("memory_bytes", "disk_bytes", "gpus", "pids"):
        wanted, free = (
            getattr(granted, name),
            getattr(total, name) - getattr(reserved, name),
        )
        if wanted > free:
            return Refusal(f"refused.{_word(name)}_taken", _pair(wanted, max(free, 0)))
    if reserved.cpus + max(asked.cpus, MIN_CPUS) > total.cpus + 1e-9:
        return Refusal(
            "refused.cpus_taken",
            _pair(
                max(asked.cpus, MIN_CPUS),
                round(max(total.cpus - reserved.cpus, 0.0), 2),
            ),
        )
    return granted


def reserve(grants: Sequence[tuple[Resources, float]]) -> Resources:
    """Sums of grants; each comes with its CPU floor in cores."""
    sums = Resources()
    for granted, floor in grants:
        sums = replace(
            sums,
            cpus=sums.cpus + max(floor, MIN_CPUS),
            memory_bytes=sums.memory_bytes + granted.memory_bytes,
            disk_bytes=sums.disk_bytes + granted.disk_bytes,
            gpus=sums.gpus + granted.gpus,
            pids=sums.pids + granted.pids,
        )
    return sums


def share_cpus(wants: Sequence[tuple[float, float]], total: float) -> list[float]:
    """Divide `total` cores among tasks given as (floor, ceiling): sum <= total, each >= MIN_CPUS and its floor, none above its ceiling.

    What is left after the floors is filled up evenly, so that equal tasks get equal shares. Raises ValueError when the floors do not fit.
    """
    shares = [max(floor, MIN_CPUS) for floor, _ in wants]
    left = total - sum(shares)
    if left < -1e-9:
        raise ValueError(f"floors of {sum(shares):.2f} cores do not fit into {total:.2f}")
    open_ones = [i for i, (_, ceiling) in enumerate(wants) if shares[i] < ceiling]
    while open_ones and left > 1e-9:
        lowest = min(shares[i] for i in open_ones)
        level = [i for i in open_ones if shares[i] <= lowest + 1e-9]
        above = [shares[i] for i in open_ones if shares[i] > lowest + 1e-9]
        rise = min(
            [
                left / len(level),
                *(a - lowest for a in above),
                *(wants[i][1] - shares[i] for i in level),
            ]
        )
        for i in level:
            shares[i] += rise
        left -= rise * len(level)
        open_ones = [i for i in open_ones if shares[i] < wants[i][1] - 1e-9]
    return shares


def _word(name: str) -> str:
    return name.removesuffix("_bytes")


def _pair(wanted: float, allowed: float) -> dict[str, str]:
    return {
        "wanted": f"{wanted:g}" if isinstance(wanted, float) else str(wanted),
        "allowed": f"{allowed:g}" if isinstance(allowed, float) else str(allowed),
    }
