"""Phase and why line, derived from facts. Every code that can come out of here stands in CODES and is worded in `wording.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hivemind_desktop.worker.snapshot import NO_LINK, LinkView, Phase, Why

OFFLINE_AFTER_S = 30.0
"""Seconds without a link until the phase is offline instead of connecting (design, section 4)."""

ENGINE_CODES = ("absent", "stopped", "no_permission", "silent", "too_old", "broken")

CODES: Mapping[str, tuple[str, ...]] = {
    "stopped.by_owner": (),
    "stopped.ending": ("tasks",),
    "stopped.quitting": (),
    **{f"faulty.engine_{code}": ("engine",) for code in ENGINE_CODES},
    "faulty.refused": ("pool", "detail"),
    "faulty.bug": ("where",),
    "paused.timed": (),
    "paused.open": (),
    "draining.tasks": ("tasks",),
    "draining.results": ("results",),
    "offline.no_answer": ("pool", "tasks", "results"),
    "connecting.first": ("pool",),
    "connecting.retry": ("pool", "tasks"),
    "busy.working": ("tasks",),
    "ready.no_task": ("pool",),
    "ready.drained": ("pool",),
    "ready.checking_engine": (),
    "ready.refused": ("pool", "detail"),
}
"""Code -> its fields."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Times are Unix seconds; `until_at` is on the clock of Moment.at."""

    since: float
    until: float | None = None
    until_at: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything phase and why line depend on. `*_since` are Unix seconds, `*_at` Moment.at."""

    at: float
    stopped: bool = False
    stopped_since: float | None = None
    quitting: bool = False
    draining: bool = False
    draining_since: float | None = None
    bug: str = ""
    engine_code: str = ""
    """Empty: it answers (or has not been asked yet)."""
    engine_asked: bool = True
    engine_since: float | None = None
    engine_name: str = "Docker"
    refused: str = ""
    """The master answered and said no: the code of what it said."""
    pause: Pause | None = None
    link: LinkView = NO_LINK
    link_lost_at: float | None = None
    retry_wall: float | None = None
    wish_drain: bool = False
    tasks: int = 0
    outbox: int = 0
    last_refusal: str = ""


def rules(facts: Facts) -> tuple[tuple[Phase, Why], ...]:
    """Every (phase, why) that holds, the deciding one first: the order is that of Phase."""
    held: list[tuple[Phase, Why]] = []
    tasks, pool = str(facts.tasks), facts.link.pool_name
    if facts.stopped or facts.quitting:
        code = (
            "stopped.ending" if facts.tasks else "stopped.by_owner" if facts.stopped else "stopped.quitting"
        )
        held.append(
            (
                Phase.STOPPED,
                Why(
                    code,
                    {"tasks": tasks} if facts.tasks else {},
                    since=facts.stopped_since,
                ),
            )
        )
    if facts.bug:
        held.append((Phase.FAULTY, Why("faulty.bug", {"where": facts.bug})))
    if facts.engine_code:
        held.append(
            (
                Phase.FAULTY,
                Why(
                    f"faulty.engine_{facts.engine_code}",
                    {"engine": facts.engine_name},
                    since=facts.engine_since,
                ),
            )
        )
    if facts.refused:
        held.append(
            (
                Phase.FAULTY,
                Why(
                    "faulty.refused",
                    {"pool": pool, "detail": facts.refused},
                    since=facts.link.since,
                ),
            )
        )
    if facts.pause:
        code = "paused.open" if facts.pause.until is None else "paused.timed"
        held.append((Phase.PAUSED, Why(code, since=facts.pause.since, until=facts.pause.until)))
    if facts.draining:
        code, field, count = (
            ("draining.tasks", "tasks", facts.tasks)
            if facts.tasks
            else ("draining.results", "results", facts.outbox)
        )
        held.append((Phase.DRAINING, Why(code, {field: str(count)}, since=facts.draining_since)))
    if facts.link.state in ("connecting", "offline") and not facts.refused:
        if facts.link_lost_at is not None and facts.at - facts.link_lost_at >= OFFLINE_AFTER_S:
            fields = {"pool": pool, "tasks": tasks, "results": str(facts.outbox)}
            held.append(
                (
                    Phase.OFFLINE,
                    Why(
                        "offline.no_answer",
                        fields,
                        since=facts.link.since,
                        until=facts.retry_wall,
                    ),
                )
            )
        elif facts.retry_wall is not None:
            held.append(
                (
                    Phase.CONNECTING,
                    Why(
                        "connecting.retry",
                        {"pool": pool, "tasks": tasks},
                        since=facts.link.since,
                        until=facts.retry_wall,
                    ),
                )
            )
        else:
            held.append(
                (
                    Phase.CONNECTING,
                    Why("connecting.first", {"pool": pool}, since=facts.link.since),
                )
            )
    if facts.tasks and not any(phase in (Phase.STOPPED, Phase.PAUSED, Phase.DRAINING) for phase, _ in held):
        held.append((Phase.BUSY, Why("busy.working", {"tasks": tasks})))
    if facts.wish_drain:
        held.append((Phase.READY, Why("ready.drained", {"pool": pool})))
    if not held:
        if not facts.engine_asked:
            held.append((Phase.READY, Why("ready.checking_engine")))
        elif facts.last_refusal:
            held.append(
                (
                    Phase.READY,
                    Why("ready.refused", {"pool": pool, "detail": facts.last_refusal}),
                )
            )
        else:
            held.append((Phase.READY, Why("ready.no_task", {"pool": pool})))
    return tuple(held)
