"""The worker: `handle(event, now)` is the only way in, commands are the only way out, a snapshot is the only view.

No clock, no thread, no disk, no network, no randomness in here. An unknown pair of state and event raises with the story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.policy import Refusal
from hivemind_desktop.worker.snapshot import LinkView, RunView, Snapshot, Why
from hivemind_desktop.worker.story import BrokenInvariant, Story, UnexpectedEvent, named
from hivemind_desktop.worker.tasks import Tasks
from hivemind_desktop.worker.why import ENGINE_CODES, OFFLINE_AFTER_S, Facts, Pause, rules

QUIT_GRACE_S = 5.0
QUIT_DELIVERY_S = 1.0
"""Seconds a quit waits for a result that is just being sent; what is not sent stays on disk."""
QUIT_LIMIT_S = 9.0
"""The process ends within 10 s of a quit (design, section 1)."""
ENGINE_RETRY_S = 5.0
ENGINE_CHECK_S = 30.0


class WorkerState:
    """All that the worker knows. Used by one thread, the agent's."""

    def __init__(self) -> None:
        self._out: list[do.Command] = []
        self._story = Story()
        self._tasks = Tasks(self._say, self._story)
        self._allowed = Allowed()
        self._number = 0
        self._stopped = False
        self._stopped_since: float | None = None
        self._draining = False
        self._draining_since: float | None = None
        self._quit_at: float | None = None
        self._runs_gone_at: float | None = None
        """Since when a quit waits for nothing but the link."""
        self._over = False
        self._bug = ""
        self._pause: Pause | None = None
        self._engine_code = ""
        self._engine_version = ""
        self._engine_asked = False
        self._engine_since: float | None = None
        self._engine_due = 0.0
        self._probing = False
        self._link = LinkView()
        self._link_lost_at: float | None = None
        self._retry_wall: float | None = None
        self._refused = ""
        self._closing = False
        self._wish_drain = False
        self._told_free: int | None = None
        self._last_refusal = ""
        self._show_asked = 0
        self._reading: Reading | None = None
        self._warnings: dict[str, Why] = {}
        self._now = ev.Moment(0.0, 0.0)

    # ------------------------------------------------------------------ the one way in

    def handle(self, event: ev.Event, now: ev.Moment) -> list[do.Command]:
        """Take one event, answer with what is to be done. Raises UnexpectedEvent (a bug) with the story."""
        method = _HANDLERS.get(type(event))
        if method is None:
            raise UnexpectedEvent(f"no state takes {named(event)}", self._story.lines())
        self._out.clear()
        self._now = self._tasks.now = now
        self._tasks.paused = self._pause is not None
        method(self, event)
        if not self._over:
            self._settle()
        self._number += 1
        done = self._out.copy()
        self._out.clear()
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
        self._tasks.set_limits(event.allowed)
        self._tasks.restore(event.outbox, event.earned, event.results)
        self._stopped = event.stopped
        self._stopped_since = self._now.wall if event.stopped else None
        if event.pause_since is not None:
            self._pause = self._timed_pause(event.pause_since, event.pause_until)
        self._probe()
        if not self._stopped:
            self._open_link()

    def _settings_changed(self, event: ev.SettingsChanged) -> None:
        self._allowed = event.allowed
        self._tasks.set_limits(event.allowed)

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
        self._tasks.stop_all(Reason.PREEMPTED, self._allowed.grace_s)

    def _drain_asked(self, _: ev.DrainAsked) -> None:
        if not self._stopped and not self._draining:
            self._draining, self._draining_since = True, self._now.wall
            self._resume_asked(ev.ResumeAsked())

    def _quit_asked(self, _: ev.QuitAsked) -> None:
        if self._quit_at is None:
            self._quit_at = self._now.at
            self._tasks.stop_all(Reason.PREEMPTED, QUIT_GRACE_S, firmer=True)
            self._say(do.WakeAt(self._now.at + QUIT_LIMIT_S))

    def _show_window(self, _: ev.ShowAsked) -> None:
        self._show_asked += 1

    def _bug_found(self, event: ev.BugFound) -> None:
        self._bug = event.where

    def _warning_raised(self, event: ev.WarningRaised) -> None:
        since = self._warnings[event.about].since if event.about in self._warnings else self._now.wall
        self._warnings[event.about] = Why(event.code, event.fields, since=since)

    def _warning_cleared(self, event: ev.WarningCleared) -> None:
        self._warnings.pop(event.about, None)

    def _woke(self, _: ev.Woke) -> None:
        """What came due is found out in `_settle`."""

    # ------------------------------------------------------------------ the engine

    def _engine_answered(self, event: ev.EngineAnswered) -> None:
        self._probing, self._engine_asked = False, True
        self._engine_code, self._engine_since, self._engine_version = "", None, event.version
        self._probe_later(ENGINE_CHECK_S)

    def _engine_failed(self, event: ev.EngineFailed) -> None:
        self._probing, self._engine_asked = False, True
        code = event.code.removeprefix("engine.")
        if not self._engine_code:
            self._engine_since = self._now.wall
        self._engine_code = code if code in ENGINE_CODES else "broken"
        self._probe_later(ENGINE_RETRY_S)

    def _probe_later(self, delay_s: float) -> None:
        self._engine_due = self._now.at + delay_s
        self._say(do.WakeAt(self._engine_due))

    def _probe(self) -> None:
        if not self._probing:
            self._probing = True
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
            "up", event.pool_id, event.pool_name, event.node_id, event.node_name, event.own, self._now.wall
        )
        self._link_lost_at, self._retry_wall, self._refused, self._told_free = None, None, "", None
        self._tasks.link_came_up()

    def _link_down(self, event: ev.LinkDown) -> None:
        if self._link.state == "closed":
            return
        if self._link.state == "up":
            self._link = replace(self._link, state="connecting", since=self._now.wall)
            self._say(do.WakeAt(self._now.at + OFFLINE_AFTER_S))
            self._say(do.WakeAt(self._now.at + self._allowed.keep_running_offline_s))
        if self._link_lost_at is None:
            self._link_lost_at = self._now.at
        self._retry_wall = self._now.wall + event.retry_s if event.retry_s else None
        self._refused = event.code if event.refused else ""
        self._told_free = None

    def _link_closed(self, _: ev.LinkClosed) -> None:
        self._closing = False
        self._link = replace(self._link, state="closed", since=None)
        self._link_lost_at, self._retry_wall, self._refused, self._told_free = None, None, "", None
        if self._quit_at is None and not self._stopped:
            self._open_link()

    def _close_link(self) -> None:
        if self._link.state != "closed" and not self._closing:
            self._closing = True
            self._say(do.CloseLink())

    def _offer_arrived(self, event: ev.OfferArrived) -> None:
        offer = event.offer
        refusal = self._refusal_now() or self._tasks.offered(offer)
        if refusal:
            self._say(do.RefuseOffer(offer.offer_id, refusal.code, refusal.fields, refusal.lasting))
        self._last_refusal = refusal.code if refusal and refusal.lasting else ""

    def _offer_withdrawn(self, _: ev.OfferWithdrawn) -> None:
        """A claim under way is answered by ClaimGranted or ClaimLost all the same."""

    def _claim_granted(self, event: ev.ClaimGranted) -> None:
        self._tasks.claim_granted(event)
        if self._stopped or self._quit_at is not None:
            self._tasks.stop_all(Reason.PREEMPTED, QUIT_GRACE_S)

    def _wish_arrived(self, event: ev.WishArrived) -> None:
        self._wish_drain = event.drain

    # ------------------------------------------------------------------ tasks and sensors

    def _claim_lost(self, event: ev.ClaimLost) -> None:
        self._tasks.claim_lost(event)

    def _cancel_arrived(self, event: ev.CancelArrived) -> None:
        self._tasks.cancel(event.attempt)

    def _run_event(self, event: Any) -> None:
        self._tasks.run_event(event)

    def _run_ended(self, event: ev.RunEnded) -> None:
        self._tasks.run_event(event)
        if event.finished.reason is Reason.ENGINE_LOST:
            self._probe()

    def _result_delivered(self, event: ev.ResultDelivered) -> None:
        self._tasks.result_delivered(event)

    def _delivery_failed(self, event: ev.DeliveryFailed) -> None:
        self._tasks.delivery_failed(event)

    def _reading_taken(self, event: ev.ReadingTaken) -> None:
        self._reading = event.reading

    # ------------------------------------------------------------------ what follows from the facts, after every event

    def _settle(self) -> None:
        now = self._now.at
        if self._pause and self._pause.until_at is not None and now >= self._pause.until_at:
            self._pause = None
            self._save_wishes()
        self._tasks.paused = self._pause is not None
        self._tasks.freeze_or_thaw()
        self._tasks.raise_cpus()
        if not self._stopped and self._quit_at is None and self._engine_asked and now >= self._engine_due:
            self._probe()
        lost = self._link_lost_at
        if lost is not None:
            if now - lost >= OFFLINE_AFTER_S and self._link.state == "connecting":
                self._link = replace(self._link, state="offline")
            if now - lost >= self._allowed.keep_running_offline_s:
                self._tasks.stop_all(Reason.PREEMPTED, self._allowed.grace_s)
        if self._link.state == "up" and not self._closing:
            self._tasks.deliver()
            free = 0 if self._refusal_now() else self._tasks.places
            if free != self._told_free:
                self._told_free = free
                self._say(do.TellFreeSlots(free))
        self._come_to_an_end()

    def _come_to_an_end(self) -> None:
        """What a drain, a stop or a quit waits for."""
        tasks = self._tasks
        if self._draining and tasks.none_here and not tasks.outbox:
            self._stop()
        if self._quit_at is not None:
            self._come_to_a_quit(self._quit_at)
        elif self._stopped and tasks.none_here and not tasks.sending:
            all_told = self._link.state != "up" or not tasks.untried
            if all_told:
                self._close_link()

    def _come_to_a_quit(self, quit_at: float) -> None:
        now, tasks = self._now.at, self._tasks
        if not tasks.runs and self._runs_gone_at is None:
            self._runs_gone_at = now
            self._say(do.WakeAt(now + QUIT_DELIVERY_S))
        gone = self._runs_gone_at
        waited = gone is not None and (not tasks.sending or now >= gone + QUIT_DELIVERY_S)
        ended = waited and self._link.state == "closed" and not self._closing
        if ended or now >= quit_at + QUIT_LIMIT_S:
            self._over = True
            self._say(do.Exit())
        elif waited:
            self._close_link()

    # ------------------------------------------------------------------ small facts

    def _say(self, command: do.Command) -> None:
        self._out.append(command)

    def _stop(self) -> None:
        self._stopped, self._stopped_since, self._draining = True, self._now.wall, False
        self._save_wishes()

    def _save_wishes(self) -> None:
        pause = self._pause
        until = (pause.until or 0.0) if pause else None
        self._say(do.SaveWishes(self._stopped, pause.since if pause else None, until))

    def _timed_pause(self, since: float, until: float | None) -> Pause:
        if not until:
            return Pause(since)
        until_at = self._now.at + max(until - self._now.wall, 0.0)
        self._say(do.WakeAt(until_at))
        return Pause(since, until, until_at)

    def _refusal_now(self) -> Refusal | None:
        """Why no offer at all would be taken now."""
        reasons = (
            (self._stopped or self._draining or self._quit_at is not None, "refused.stopping"),
            (self._pause is not None, "refused.paused"),
            (bool(self._engine_code) or not self._engine_asked, "refused.engine"),
            (bool(self._bug), "refused.faulty"),
            (self._wish_drain, "refused.drained"),
            (self._tasks.places <= 0, "refused.slots"),
        )
        return next((Refusal(code) for holds, code in reasons if holds), None)

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
            tasks=self._tasks.at_work,
            outbox=self._tasks.outbox,
            last_refusal=self._last_refusal,
        )

    def view_of(self, attempt: AttemptKey) -> RunView | None:
        return next((run.view() for run in self._tasks.runs if run.attempt == attempt), None)

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
            runs=tuple(run.view() for run in self._tasks.runs),
            results=self._tasks.results,
            outbox=self._tasks.outbox,
            allowed=self._allowed,
            reading=self._reading,
            earned=self._tasks.earned,
            warnings=(
                *self._warnings.values(),
                *(Why("warning.sensor", {"sensor": name}) for name in broken),
            ),
            show_asked=self._show_asked,
            over=self._over,
        )

    def check(self) -> None:
        """Raise BrokenInvariant when the state contradicts itself. Tests call it after every event."""
        own = (not (self._stopped and self._draining), "stopped and draining at once")
        for holds, what in (own, *self._tasks.invariants()):
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
    ev.ShowAsked: WorkerState._show_window,
    ev.BugFound: WorkerState._bug_found,
    ev.WarningRaised: WorkerState._warning_raised,
    ev.WarningCleared: WorkerState._warning_cleared,
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
    ev.StageEntered: WorkerState._run_event,
    ev.LimitsFound: WorkerState._run_event,
    ev.Progressed: WorkerState._run_event,
    ev.LogGrew: WorkerState._run_event,
    ev.UsageSampled: WorkerState._run_event,
    ev.RunFrozen: WorkerState._run_event,
    ev.RunEnded: WorkerState._run_ended,
    ev.RunCleaned: WorkerState._run_event,
    ev.ResultDelivered: WorkerState._result_delivered,
    ev.DeliveryFailed: WorkerState._delivery_failed,
    ev.ReadingTaken: WorkerState._reading_taken,
}
