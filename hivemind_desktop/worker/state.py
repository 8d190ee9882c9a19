"""The worker: `handle(event, now)` is the only way in, commands are the only way out, a snapshot is the only view.

No clock, no thread, no disk, no network, no randomness in here. An unknown pair of state and event raises with the story.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import MIN_CPUS, Allowed
from hivemind_desktop.worker.policy import Refusal, admit, reserve, share_cpus
from hivemind_desktop.worker.run import STAGE_ORDER, Run, RunPhase
from hivemind_desktop.worker.snapshot import LinkView, ResultView, Snapshot, Why
from hivemind_desktop.worker.story import BrokenInvariant, Story, UnexpectedEvent
from hivemind_desktop.worker.why import (
    ENGINE_CODES,
    OFFLINE_AFTER_S,
    Facts,
    Pause,
    rules,
)

RESULTS_SHOWN = 20
CANCEL_GRACE_S = 0.5
QUIT_GRACE_S = 5.0
QUIT_DELIVERY_S = 1.0
"""Seconds a quit waits for a result that is just being sent; what is not sent stays on disk."""
QUIT_LIMIT_S = 9.0
"""The process ends within 10 s of a quit (design, section 1)."""
ENGINE_RETRY_S = 5.0
ENGINE_CHECK_S = 30.0
FREEZE_RETRY_S = 1.0


class WorkerState:
    """All that the worker knows. Used by one thread, the agent's."""

    def __init__(self) -> None:
        self._allowed = Allowed()
        self._number = 0
        self._story = Story()
        self._stopped = False
        self._stopped_since: float | None = None
        self._draining = False
        self._draining_since: float | None = None
        self._quit_at: float | None = None
        self._runs_gone_at: float | None = None
        """Since when a quit waits for nothing but the link."""
        self._squeezed = False
        """The owner lowered limits while tasks were here: their grants stand until they end."""
        self._over = False
        self._bug = ""
        self._pause: Pause | None = None
        self._engine_code = ""
        self._engine_version = ""
        self._engine_asked = False
        self._engine_since: float | None = None
        self._probing = False
        self._engine_due = 0.0
        self._link = LinkView()
        self._link_lost_at: float | None = None
        self._retry_wall: float | None = None
        self._refused = ""
        self._closing = False
        self._wish_drain = False
        self._told_free: int | None = None
        self._claims: dict[str, tuple[ev.Offer, Resources]] = {}
        self._runs: dict[AttemptKey, Run] = {}
        self._outbox: dict[AttemptKey, bool] = {}
        """Attempt -> whether it is being sent now."""
        self._retry_at: dict[AttemptKey, float] = {}
        self._results: deque[ResultView] = deque(maxlen=RESULTS_SHOWN)
        self._earned = 0
        self._reading: Reading | None = None
        self._last_refusal = ""
        self._now = ev.Moment(0.0, 0.0)
        self._out: list[do.Command] = []

    # ------------------------------------------------------------------ the one way in

    def handle(self, event: ev.Event, now: ev.Moment) -> list[do.Command]:
        """Take one event, answer with what is to be done. Raises UnexpectedEvent (a bug) with the story."""
        method = _HANDLERS.get(type(event))
        if method is None:
            raise UnexpectedEvent(f"no state takes {event!r}", self._story.lines())
        self._now = now
        self._out = []
        method(self, event)
        if not self._over:
            self._settle()
        self._number += 1
        done, self._out = self._out, []
        self._story.told(now, event, done)
        return done

    @property
    def over(self) -> bool:
        """Exit was commanded."""
        return self._over

    def story(self, about: str = "") -> list[str]:
        return self._story.lines(about)

    # ------------------------------------------------------------------ the owner

    def _started(self, event: ev.Started) -> None:
        self._allowed = event.allowed
        self._stopped = event.stopped
        self._stopped_since = self._now.wall if event.stopped else None
        self._earned = event.earned
        if event.pause_since is not None:
            self._pause = self._timed_pause(event.pause_since, event.pause_until)
        self._outbox = dict.fromkeys(event.outbox, False)
        self._probe()
        if not self._stopped:
            self._open_link()

    def _settings_changed(self, event: ev.SettingsChanged) -> None:
        self._allowed = event.allowed
        self._squeezed = bool(self._runs or self._claims)
        self._share()

    def _pause_asked(self, event: ev.PauseAsked) -> None:
        until = None if event.seconds is None else self._now.wall + event.seconds
        self._pause = self._timed_pause(self._now.wall, until)
        self._save_wishes()

    def _resume_asked(self, _: ev.ResumeAsked) -> None:
        if self._pause:
            self._pause = None
            self._save_wishes()

    def _start_asked(self, _: ev.StartAsked) -> None:
        self._draining = False
        if self._stopped and self._quit_at is None:
            self._stopped, self._stopped_since = False, None
            self._save_wishes()
            self._probe()
            if not self._closing:
                self._open_link()

    def _stop_asked(self, _: ev.StopAsked) -> None:
        if not self._stopped:
            self._stop()
        for run in self._runs.values():
            self._stop_run(run, Reason.PREEMPTED, self._allowed.grace_s)

    def _drain_asked(self, _: ev.DrainAsked) -> None:
        if not self._stopped and not self._draining:
            self._draining, self._draining_since = True, self._now.wall
            if self._pause:
                self._pause = None
                self._save_wishes()

    def _quit_asked(self, _: ev.QuitAsked) -> None:
        if self._quit_at is not None:
            return
        self._quit_at = self._now.at
        for run in self._runs.values():
            self._stop_run(run, Reason.PREEMPTED, QUIT_GRACE_S, firmer=True)
        self._say(do.WakeAt(self._now.at + QUIT_LIMIT_S))

    def _bug_found(self, event: ev.BugFound) -> None:
        self._bug = event.where

    def _woke(self, _: ev.Woke) -> None:
        """What came due is found out in `_settle`."""

    # ------------------------------------------------------------------ the engine

    def _engine_answered(self, event: ev.EngineAnswered) -> None:
        self._probing, self._engine_asked = False, True
        self._engine_code, self._engine_since, self._engine_version = (
            "",
            None,
            event.version,
        )
        self._say(do.WakeAt(self._now.at + ENGINE_CHECK_S))

    def _engine_failed(self, event: ev.EngineFailed) -> None:
        self._probing, self._engine_asked = False, True
        code = event.code.removeprefix("engine.")
        if not self._engine_code:
            self._engine_since = self._now.wall
        self._engine_code = code if code in ENGINE_CODES else "broken"
        self._say(do.WakeAt(self._now.at + ENGINE_RETRY_S))

    def _probe(self) -> None:
        if not self._probing:
            self._probing = True
            self._engine_due = self._now.at + (ENGINE_RETRY_S if self._engine_code else ENGINE_CHECK_S)
            self._say(do.ProbeEngine())

    # ------------------------------------------------------------------ the link

    def _open_link(self) -> None:
        if self._link.state == "closed":
            self._link = replace(self._link, state="connecting", since=self._now.wall)
            self._link_lost_at = self._now.at
            self._say(do.WakeAt(self._now.at + OFFLINE_AFTER_S))
            self._say(do.OpenLink())

    def _link_up(self, event: ev.LinkUp) -> None:
        if self._link.state == "closed" or self._closing:
            return
        self._link = LinkView(
            "up",
            event.pool_id,
            event.pool_name,
            event.node_id,
            event.node_name,
            event.own,
            self._now.wall,
        )
        self._link_lost_at, self._retry_wall, self._refused, self._told_free = (
            None,
            None,
            "",
            None,
        )
        self._retry_at.clear()

    def _link_down(self, event: ev.LinkDown) -> None:
        if self._link.state == "closed":
            return
        if self._link.state == "up":
            self._link = replace(self._link, state="connecting", since=self._now.wall)
            self._say(do.WakeAt(self._now.at + OFFLINE_AFTER_S))
        if self._link_lost_at is None:
            self._link_lost_at = self._now.at
        self._retry_wall = self._now.wall + event.retry_s if event.retry_s else None
        self._refused = event.code if event.refused else ""
        self._told_free = None

    def _link_closed(self, _: ev.LinkClosed) -> None:
        self._closing = False
        self._link = replace(self._link, state="closed", since=None)
        self._link_lost_at, self._retry_wall, self._refused, self._told_free = (
            None,
            None,
            "",
            None,
        )
        if self._quit_at is None and not self._stopped:
            self._open_link()

    def _offer_arrived(self, event: ev.OfferArrived) -> None:
        offer = event.offer
        refusal = self._refusal_now()
        granted: Resources | Refusal = refusal or admit(
            offer.spec, offer.package_bytes, self._allowed, self._reserved()
        )
        if isinstance(granted, Refusal):
            self._last_refusal = granted.code if granted.lasting else ""
            self._say(do.RefuseOffer(offer.offer_id, granted.code, granted.fields, granted.lasting))
            return
        self._last_refusal = ""
        self._claims[offer.offer_id] = (offer, granted)
        self._say(do.ClaimTask(offer.offer_id, granted))

    def _offer_withdrawn(self, _: ev.OfferWithdrawn) -> None:
        """A claim under way is answered by ClaimGranted or ClaimLost all the same."""

    def _claim_granted(self, event: ev.ClaimGranted) -> None:
        claim = self._claims.pop(event.offer_id, None)
        if claim is None or event.attempt in self._runs:
            raise UnexpectedEvent(f"{event!r} answers no claim", self._story.lines(event.offer_id))
        granted = claim[1]
        run = Run(
            event.attempt,
            event.spec,
            event.sender,
            granted,
            event.spec.timeout_s or self._allowed.timeout_s,
            self._now.wall,
        )
        self._runs[event.attempt] = run
        self._say(
            do.StartRun(
                run.attempt,
                run.spec,
                run.sender,
                granted,
                run.timeout_s,
                self._allowed.grace_s,
            )
        )
        self._share()
        if self._stopped or self._quit_at is not None:
            self._stop_run(run, Reason.PREEMPTED, QUIT_GRACE_S)

    def _claim_lost(self, event: ev.ClaimLost) -> None:
        if self._claims.pop(event.offer_id, None) is None:
            raise UnexpectedEvent(f"{event!r} answers no claim", self._story.lines(event.offer_id))

    def _cancel_arrived(self, event: ev.CancelArrived) -> None:
        run = self._runs.get(event.attempt)
        if run:
            self._stop_run(run, Reason.CANCELLED, CANCEL_GRACE_S, firmer=True)

    def _wish_arrived(self, event: ev.WishArrived) -> None:
        self._wish_drain = event.drain

    # ------------------------------------------------------------------ runs

    def _run_event(self, event: Any) -> None:
        attempt = event.finished.attempt if isinstance(event, ev.RunEnded) else event.attempt
        run = self._runs.get(attempt)
        if run is None:
            raise UnexpectedEvent(
                f"{event!r} is about no run that is here",
                self._story.lines(attempt.task_id),
            )
        method = _RUN_HANDLERS.get((run.phase, type(event)))
        if method is None:
            raise UnexpectedEvent(
                f"a run that is {run.phase} takes no {event!r}",
                self._story.lines(attempt.task_id),
            )
        method(self, run, event)

    def _stage_entered(self, run: Run, event: ev.StageEntered) -> None:
        if STAGE_ORDER.index(event.stage) < STAGE_ORDER.index(run.stage):
            raise UnexpectedEvent(
                f"{run.attempt} went back from {run.stage} to {event.stage}",
                self._story.lines(run.attempt.task_id),
            )
        run.stage = event.stage
        if event.stage is Stage.RUNNING and run.started is None:
            run.started = self._now.wall
        self._say(do.TellStage(run.attempt))

    def _progressed(self, run: Run, event: ev.Progressed) -> None:
        run.progress, run.progress_text = min(max(event.fraction, 0.0), 1.0), event.text
        self._say(do.TellStage(run.attempt))

    def _log_grew(self, run: Run, event: ev.LogGrew) -> None:
        run.log_bytes = max(run.log_bytes, event.length)

    def _usage_sampled(self, run: Run, event: ev.UsageSampled) -> None:
        run.cpus, run.memory_bytes = event.cpus, event.memory_bytes
        run.disk_bytes = event.disk_bytes if event.disk_bytes is not None else run.disk_bytes

    def _run_frozen(self, run: Run, event: ev.RunFrozen) -> None:
        run.freeze_pending, run.frozen = False, event.frozen
        if run.phase is RunPhase.LIVE and run.stage is Stage.RUNNING and event.frozen != bool(self._pause):
            run.freeze_retry_at = self._now.at + FREEZE_RETRY_S
            self._say(do.WakeAt(run.freeze_retry_at))

    def _run_ended(self, run: Run, event: ev.RunEnded) -> None:
        done = event.finished
        run.phase, run.frozen = RunPhase.CLEANING, False
        run.stage = Stage.CLEANING
        self._results.appendleft(
            ResultView(
                attempt=run.attempt,
                name=run.spec.name or run.attempt.task_id,
                sender=run.sender,
                reason=done.reason,
                exit_code=done.exit_code,
                ended=done.ended or self._now.wall,
                duration_s=done.usage.duration_s,
                delivered="" if event.kept else "dropped",
                message=done.message,
                fields=done.fields,
            )
        )
        if event.kept:
            self._outbox[run.attempt] = False
        if done.reason is Reason.ENGINE_LOST:
            self._probe()
        self._share()

    def _run_cleaned(self, run: Run, _: ev.RunCleaned) -> None:
        del self._runs[run.attempt]

    def _ignore(self, run: Run, event: ev.Event) -> None:
        """Late news of a run that has ended: known to happen, of no use."""

    def _stop_run(self, run: Run, reason: Reason, grace_s: float, *, firmer: bool = False) -> None:
        """`firmer`: say it again to a run that is already being stopped, with less grace or because it was cancelled."""
        if run.phase is RunPhase.LIVE or (
            firmer and run.phase is RunPhase.STOPPING and run.stop_reason is not Reason.CANCELLED
        ):
            run.phase, run.stop_reason = RunPhase.STOPPING, reason
            self._say(do.StopRun(run.attempt, reason, grace_s))

    def _share(self) -> None:
        """Divide the CPU again among all runs; told only where it changed."""
        working = [run for run in self._runs.values() if run.at_work]
        total = max(self._allowed.total.cpus, sum(max(run.floor, MIN_CPUS) for run in working))
        shares = share_cpus([(run.floor, run.granted.cpus) for run in working], total)
        for run, share in zip(working, shares, strict=True):
            share = round(share, 3)
            if share != run.share:
                run.share = share
                self._say(do.SetCpus(run.attempt, share))

    # ------------------------------------------------------------------ delivery

    def _result_delivered(self, event: ev.ResultDelivered) -> None:
        if self._outbox.pop(event.attempt, None) is None:
            raise UnexpectedEvent(
                f"{event!r} is about no result in the outbox",
                self._story.lines(event.attempt.task_id),
            )
        self._retry_at.pop(event.attempt, None)
        for i, result in enumerate(self._results):
            if result.attempt == event.attempt:
                self._results[i] = replace(result, delivered=event.state, reward=event.reward)
        self._earned += event.reward

    def _delivery_failed(self, event: ev.DeliveryFailed) -> None:
        if event.attempt not in self._outbox:
            raise UnexpectedEvent(
                f"{event!r} is about no result in the outbox",
                self._story.lines(event.attempt.task_id),
            )
        self._outbox[event.attempt] = False
        self._retry_at[event.attempt] = self._now.at + event.retry_s
        self._say(do.WakeAt(self._retry_at[event.attempt]))

    # ------------------------------------------------------------------ sensors

    def _reading_taken(self, event: ev.ReadingTaken) -> None:
        self._reading = event.reading

    # ------------------------------------------------------------------ what follows from the facts, after every event

    def _settle(self) -> None:
        now = self._now.at
        if self._pause and self._pause.until_at is not None and now >= self._pause.until_at:
            self._pause = None
            self._save_wishes()
        self._freeze_or_thaw()
        if not self._stopped and self._quit_at is None and self._engine_asked and now >= self._engine_due:
            self._probe()
        lost = self._link_lost_at
        if lost is not None:
            if now - lost >= OFFLINE_AFTER_S and self._link.state == "connecting":
                self._link = replace(self._link, state="offline")
            if now - lost >= self._allowed.keep_running_offline_s:
                for run in self._runs.values():
                    self._stop_run(run, Reason.PREEMPTED, self._allowed.grace_s)
        if self._link.state == "up" and not self._closing:
            self._deliver()
            free = self._free_slots()
            if free != self._told_free:
                self._told_free = free
                self._say(do.TellFreeSlots(free))
        self._come_to_an_end()

    def _freeze_or_thaw(self) -> None:
        frozen = bool(self._pause)
        for run in self._runs.values():
            if run.phase is not RunPhase.LIVE or run.stage is not Stage.RUNNING:
                continue
            if not run.freeze_pending and run.frozen != frozen and self._now.at >= run.freeze_retry_at:
                run.freeze_pending = True
                self._say(do.FreezeRun(run.attempt) if frozen else do.ThawRun(run.attempt))

    def _deliver(self) -> None:
        for attempt, sending in self._outbox.items():
            if not sending and self._now.at >= self._retry_at.get(attempt, 0.0):
                self._outbox[attempt] = True
                self._say(do.Deliver(attempt))

    def _come_to_an_end(self) -> None:
        """What a drain, a stop or a quit waits for."""
        sending = any(self._outbox.values())
        if self._draining and not self._runs and not self._claims and not self._outbox:
            self._stop()
        if self._quit_at is not None:
            self._come_to_a_quit(sending)
        elif self._stopped and not self._runs and not self._claims and not sending:
            untried = any(attempt not in self._retry_at for attempt in self._outbox)
            if self._link.state != "up" or not untried:
                self._close_link()
        if not self._runs and not self._claims:
            self._squeezed = False

    def _come_to_a_quit(self, sending: bool) -> None:
        now = self._now.at
        assert self._quit_at is not None
        if not self._runs and self._runs_gone_at is None:
            self._runs_gone_at = now
            self._say(do.WakeAt(now + QUIT_DELIVERY_S))
        waited = self._runs_gone_at is not None and (
            not sending or now >= self._runs_gone_at + QUIT_DELIVERY_S
        )
        if now >= self._quit_at + QUIT_LIMIT_S or (
            waited and self._link.state == "closed" and not self._closing
        ):
            self._over = True
            self._say(do.Exit())
        elif waited:
            self._close_link()

    def _close_link(self) -> None:
        if self._link.state != "closed" and not self._closing:
            self._closing = True
            self._say(do.CloseLink())

    # ------------------------------------------------------------------ small facts

    def _say(self, command: do.Command) -> None:
        self._out.append(command)

    def _stop(self) -> None:
        self._stopped, self._stopped_since, self._draining = True, self._now.wall, False
        self._save_wishes()

    def _save_wishes(self) -> None:
        pause = self._pause
        self._say(
            do.SaveWishes(
                self._stopped,
                pause.since if pause else None,
                (pause.until or 0.0) if pause else None,
            )
        )

    def _timed_pause(self, since: float, until: float | None) -> Pause:
        if not until:
            return Pause(since)
        until_at = self._now.at + max(until - self._now.wall, 0.0)
        self._say(do.WakeAt(until_at))
        return Pause(since, until, until_at)

    def _refusal_now(self) -> Refusal | None:
        if self._stopped or self._draining or self._quit_at is not None:
            return Refusal("refused.stopping")
        if self._pause:
            return Refusal("refused.paused")
        if self._engine_code or not self._engine_asked:
            return Refusal("refused.engine")
        if self._bug:
            return Refusal("refused.faulty")
        if self._wish_drain:
            return Refusal("refused.drained")
        if self._places() <= 0:
            return Refusal("refused.slots")
        return None

    def _places(self) -> int:
        return self._allowed.slots - len(self._claims) - sum(run.at_work for run in self._runs.values())

    def _free_slots(self) -> int:
        refusal = self._refusal_now()
        return 0 if refusal else max(self._places(), 0)

    def _reserved(self) -> Resources:
        grants = [(granted, offer.spec.asked.cpus) for offer, granted in self._claims.values()]
        grants += [(run.granted, run.floor) for run in self._runs.values() if run.at_work]
        sums = reserve(grants)
        still_on_disk = sum(run.granted.disk_bytes for run in self._runs.values() if not run.at_work)
        return replace(sums, disk_bytes=sums.disk_bytes + still_on_disk)

    # ------------------------------------------------------------------ the one view

    def facts(self) -> Facts:
        return Facts(
            at=self._now.at,
            stopped=self._stopped,
            stopped_since=self._stopped_since,
            quitting=self._quit_at is not None,
            draining=self._draining,
            draining_since=self._draining_since,
            bug=self._bug,
            engine_code=self._engine_code,
            engine_asked=self._engine_asked,
            engine_since=self._engine_since,
            refused=self._refused,
            pause=self._pause,
            link=self._link,
            link_lost_at=self._link_lost_at,
            retry_wall=self._retry_wall,
            wish_drain=self._wish_drain,
            tasks=sum(run.at_work for run in self._runs.values()),
            outbox=len(self._outbox),
            last_refusal=self._last_refusal,
        )

    def snapshot(self) -> Snapshot:
        held = rules(self.facts())
        broken = self._reading.broken if self._reading else ()
        return Snapshot(
            number=self._number,
            phase=held[0][0],
            why=held[0][1],
            rules=tuple(why for _, why in held),
            link=self._link,
            engine_version=self._engine_version,
            runs=tuple(run.view() for run in self._runs.values()),
            results=tuple(self._results),
            outbox=len(self._outbox),
            allowed=self._allowed,
            reading=self._reading,
            earned=self._earned,
            warnings=tuple(Why("warning.sensor", {"sensor": name}) for name in broken),
            over=self._over,
        )

    # ------------------------------------------------------------------ invariants

    def check(self) -> None:
        """Raise BrokenInvariant when the state contradicts itself. Tests call it after every event."""
        reserved = self._reserved()
        total = self._allowed.total
        at_work = [run for run in self._runs.values() if run.at_work]
        leaving = sum(run.granted.disk_bytes for run in self._runs.values() if not run.at_work)
        kept = self._squeezed
        checks = (
            (
                kept or reserved.memory_bytes <= total.memory_bytes,
                "more memory granted than the owner allows",
            ),
            (
                kept or reserved.disk_bytes <= total.disk_bytes + leaving,
                "more disk granted than the owner allows",
            ),
            (
                kept or reserved.pids <= total.pids,
                "more pids granted than the owner allows",
            ),
            (kept or reserved.gpus <= total.gpus, "more GPUs granted than there are"),
            (
                kept or sum(run.share for run in at_work) <= total.cpus + 0.001 * len(at_work),
                "the CPU shares exceed the total",
            ),
            (
                kept or len(at_work) + len(self._claims) <= self._allowed.slots,
                "more tasks than slots",
            ),
            (all(run.share >= MIN_CPUS for run in at_work), "a run without CPU"),
            (not (self._stopped and self._draining), "stopped and draining at once"),
            (
                not any(run.attempt in self._outbox for run in at_work),
                "a result in the outbox of a run that is at work",
            ),
        )
        for holds, what in checks:
            if not holds:
                raise BrokenInvariant("\n".join([what, *self._story.lines()[-40:]]))


_HANDLERS: dict[type[ev.Event], Callable[[WorkerState, Any], None]] = {
    ev.Started: WorkerState._started,
    ev.SettingsChanged: WorkerState._settings_changed,
    ev.PauseAsked: WorkerState._pause_asked,
    ev.ResumeAsked: WorkerState._resume_asked,
    ev.StartAsked: WorkerState._start_asked,
    ev.StopAsked: WorkerState._stop_asked,
    ev.DrainAsked: WorkerState._drain_asked,
    ev.QuitAsked: WorkerState._quit_asked,
    ev.BugFound: WorkerState._bug_found,
    ev.Woke: WorkerState._woke,
    ev.EngineAnswered: WorkerState._engine_answered,
    ev.EngineFailed: WorkerState._engine_failed,
    ev.LinkUp: WorkerState._link_up,
    ev.LinkDown: WorkerState._link_down,
    ev.LinkClosed: WorkerState._link_closed,
    ev.OfferArrived: WorkerState._offer_arrived,
    ev.OfferWithdrawn: WorkerState._offer_withdrawn,
    ev.ClaimGranted: WorkerState._claim_granted,
    ev.ClaimLost: WorkerState._claim_lost,
    ev.CancelArrived: WorkerState._cancel_arrived,
    ev.WishArrived: WorkerState._wish_arrived,
    ev.ResultDelivered: WorkerState._result_delivered,
    ev.DeliveryFailed: WorkerState._delivery_failed,
    ev.ReadingTaken: WorkerState._reading_taken,
    **dict.fromkeys(
        (
            ev.StageEntered,
            ev.Progressed,
            ev.LogGrew,
            ev.UsageSampled,
            ev.RunFrozen,
            ev.RunEnded,
            ev.RunCleaned,
        ),
        WorkerState._run_event,
    ),
}

_AT_WORK: dict[type[ev.Event], Callable[[WorkerState, Run, Any], None]] = {
    ev.StageEntered: WorkerState._stage_entered,
    ev.Progressed: WorkerState._progressed,
    ev.LogGrew: WorkerState._log_grew,
    ev.UsageSampled: WorkerState._usage_sampled,
    ev.RunFrozen: WorkerState._run_frozen,
    ev.RunEnded: WorkerState._run_ended,
}

_RUN_HANDLERS: dict[tuple[RunPhase, type[ev.Event]], Callable[[WorkerState, Run, Any], None]] = {
    **{(RunPhase.LIVE, event): method for event, method in _AT_WORK.items()},
    **{(RunPhase.STOPPING, event): method for event, method in _AT_WORK.items()},
    (RunPhase.CLEANING, ev.StageEntered): WorkerState._ignore,
    (RunPhase.CLEANING, ev.Progressed): WorkerState._ignore,
    (RunPhase.CLEANING, ev.LogGrew): WorkerState._log_grew,
    (RunPhase.CLEANING, ev.UsageSampled): WorkerState._ignore,
    (RunPhase.CLEANING, ev.RunFrozen): WorkerState._ignore,
    (RunPhase.CLEANING, ev.RunCleaned): WorkerState._run_cleaned,
}
"""(phase of the run, event) -> what it does; a pair that is not here is a bug."""
