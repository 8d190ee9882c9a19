"""The tasks that are here: claims, runs, and the results on their way to the master. A part of the state, used by nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import NO_FILES, Resources
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import MIN_CPUS, Allowed
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.policy import Refusal, admit, reserve, share_cpus
from hivemind_desktop.worker.run import STAGE_ORDER, Run, RunPhase
from hivemind_desktop.worker.snapshot import ResultView
from hivemind_desktop.worker.story import Story, UnexpectedEvent, named

RESULTS_SHOWN = 20
CANCEL_GRACE_S = 0.5
FREEZE_RETRY_S = 1.0
RAISE_CPUS_S = 1.0
"""A task that ended is mostly followed by the next: the others' CPU shares are raised when none has come for so long."""


class Tasks:
    """`say` takes the commands; `now`, `allowed` and `paused` are set by the state before each event."""

    def __init__(self, say: Callable[[do.Command], None], story: Story) -> None:
        self._say = say
        self._story = story
        self.now = ev.Moment(0.0, 0.0)
        self.allowed = Allowed()
        self.paused = False
        self.earned = 0
        self._raise_at: float | None = None
        """When CPU shares that may be higher are raised."""
        self._squeezed = False
        """The owner lowered limits while tasks were here: their grants stand until they end."""
        self._claims: dict[str, tuple[ev.Offer, Resources]] = {}
        self._runs: dict[AttemptKey, Run] = {}
        self._outbox: dict[AttemptKey, bool] = {}
        """Attempt -> whether it is being sent now."""
        self._retry_at: dict[AttemptKey, float] = {}
        self._results: deque[ResultView] = deque(maxlen=RESULTS_SHOWN)

    # ------------------------------------------------------------------ what is here

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(self._runs.values())

    @property
    def results(self) -> tuple[ResultView, ...]:
        return tuple(self._results)

    @property
    def at_work(self) -> int:
        return sum(run.at_work for run in self._runs.values())

    @property
    def none_here(self) -> bool:
        """No run and no claim under way."""
        return not self._runs and not self._claims

    @property
    def outbox(self) -> int:
        return len(self._outbox)

    @property
    def sending(self) -> bool:
        return any(self._outbox.values())

    @property
    def untried(self) -> bool:
        """Some result has not been offered to the master since the link came up."""
        return any(attempt not in self._retry_at for attempt in self._outbox)

    @property
    def places(self) -> int:
        return self.allowed.slots - len(self._claims) - self.at_work

    # ------------------------------------------------------------------ from the state

    def restore(self, outbox: tuple[AttemptKey, ...], earned: int, results: tuple[ResultView, ...]) -> None:
        self._outbox = dict.fromkeys(outbox, False)
        self.earned = earned
        self._results.extend(results[:RESULTS_SHOWN])

    def set_limits(self, allowed: Allowed) -> None:
        self.allowed = allowed
        self._squeezed = not self.none_here
        self._share()

    def link_came_up(self) -> None:
        self._retry_at.clear()

    def stop_all(self, reason: Reason, grace_s: float, *, firmer: bool = False) -> None:
        for run in self._runs.values():
            self._stop_run(run, reason, grace_s, firmer=firmer)

    def cancel(self, attempt: AttemptKey) -> None:
        run = self._runs.get(attempt)
        if run:
            self._stop_run(run, Reason.CANCELLED, CANCEL_GRACE_S, firmer=True)

    # ------------------------------------------------------------------ claims

    def offered(self, offer: ev.Offer) -> Refusal | None:
        """Claim it, or say why not. One that is being claimed already is left to its claim."""
        if offer.offer_id in self._claims:
            return None
        granted = admit(offer.spec, offer.package_bytes, self.allowed, self._reserved())
        if isinstance(granted, Refusal):
            return granted
        self._claims[offer.offer_id] = (offer, granted)
        self._say(do.ClaimTask(offer.offer_id, granted))
        return None

    def claim_granted(self, event: ev.ClaimGranted) -> None:
        claim = self._claims.pop(event.offer_id, None)
        if claim is None:
            raise UnexpectedEvent(f"{named(event)} answers no claim", self._story.lines(event.offer_id))
        if event.attempt in self._runs or event.attempt in self._outbox:
            return  # a master that gives one attempt for two claims: the first one stands
        offer, granted = claim
        if event.attempt.task_id != offer.task_id or replace(event.spec, package=NO_FILES) != replace(
            offer.spec, package=NO_FILES
        ):
            # what was admitted is not what would run
            changed = Finished(
                event.attempt, Reason.CANNOT_RUN_HERE, message="refused.changed", granted=granted
            )
            self._say(do.GiveBack(changed))
            return
        run = Run(
            event.attempt,
            event.spec,
            event.sender,
            granted,
            event.spec.timeout_s or self.allowed.timeout_s,
            self.now.wall,
        )
        self._runs[event.attempt] = run
        self._say(
            do.StartRun(
                run.attempt,
                run.spec,
                run.sender,
                granted,
                run.timeout_s,
                self.allowed.grace_s,
            )
        )
        self._share()

    def claim_lost(self, event: ev.ClaimLost) -> None:
        if self._claims.pop(event.offer_id, None) is None:
            raise UnexpectedEvent(f"{named(event)} answers no claim", self._story.lines(event.offer_id))

    # ------------------------------------------------------------------ runs

    def run_event(self, event: Any) -> None:
        attempt = event.finished.attempt if isinstance(event, ev.RunEnded) else event.attempt
        run = self._runs.get(attempt)
        if run is None and isinstance(event, ev.RunFrozen):
            return  # the answer to a FreezeRun that its run did not live to see
        if run is None:
            raise UnexpectedEvent(
                f"{named(event)} is about no run that is here",
                self._story.lines(attempt.task_id),
            )
        method = _RUN_HANDLERS.get((run.phase, type(event)))
        if method is None:
            raise UnexpectedEvent(
                f"a run that is {run.phase} takes no {named(event)}",
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
            run.started = self.now.wall
        self._say(do.TellStage(run.attempt))

    def _limits_found(self, run: Run, event: ev.LimitsFound) -> None:
        run.kept = event.kept

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
        if run.phase is RunPhase.LIVE and run.stage is Stage.RUNNING and event.frozen != self.paused:
            run.freeze_retry_at = self.now.at + FREEZE_RETRY_S
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
                ended=done.ended or self.now.wall,
                duration_s=done.usage.duration_s,
                delivered="" if event.kept else "dropped",
                message=done.message,
                fields=done.fields,
            )
        )
        if event.kept:
            self._outbox[run.attempt] = False
        self._say(do.KeepHistory(run.view(), run.spec.image, done, event.kept))
        self._share()

    def _run_cleaned(self, run: Run, _: ev.RunCleaned) -> None:
        del self._runs[run.attempt]
        self._squeezed = self._squeezed and not self.none_here

    def _ignore(self, run: Run, event: ev.Event) -> None:
        """Late news of a run that has ended: known to happen, of no use."""

    def _stop_run(self, run: Run, reason: Reason, grace_s: float, *, firmer: bool = False) -> None:
        """`firmer`: say it again to a run that is already being stopped, with less grace or because it was cancelled."""
        if run.phase is RunPhase.LIVE or (
            firmer and run.phase is RunPhase.STOPPING and run.stop_reason is not Reason.CANCELLED
        ):
            run.phase, run.stop_reason = RunPhase.STOPPING, reason
            self._say(do.StopRun(run.attempt, reason, grace_s))

    def raise_cpus(self) -> None:
        """Give what is free to those who are here, once it is due."""
        if self._raise_at is None or self.now.at < self._raise_at:
            return
        self._raise_at = None
        for run, share in self._shares():
            self._set_share(run, share)

    def _share(self) -> None:
        """Divide the CPU again among all runs; told only where it changed.

        A share is lowered at once, so that the sum never passes the total, and raised RAISE_CPUS_S later: each change is a call that
        costs the engine as much as a tenth of a short task.
        """
        may_rise = False
        for run, share in self._shares():
            if run.share and share > run.share:
                may_rise = True
            else:
                self._set_share(run, share)
        if not may_rise:
            self._raise_at = None
        elif self._raise_at is None:
            self._raise_at = self.now.at + RAISE_CPUS_S
            self._say(do.WakeAt(self._raise_at))

    def _shares(self) -> list[tuple[Run, float]]:
        working = [run for run in self._runs.values() if run.at_work]
        total = max(self.allowed.total.cpus, sum(max(run.floor, MIN_CPUS) for run in working))
        shares = share_cpus([(run.floor, run.granted.cpus) for run in working], total)
        return [(run, round(share, 3)) for run, share in zip(working, shares, strict=True)]

    def _set_share(self, run: Run, share: float) -> None:
        if share != run.share:
            run.share = share
            self._say(do.SetCpus(run.attempt, share))

    # ------------------------------------------------------------------ delivery

    def result_delivered(self, event: ev.ResultDelivered) -> None:
        if self._outbox.pop(event.attempt, None) is None:
            raise UnexpectedEvent(
                f"{named(event)} is about no result in the outbox",
                self._story.lines(event.attempt.task_id),
            )
        self._retry_at.pop(event.attempt, None)
        for i, result in enumerate(self._results):
            if result.attempt == event.attempt:
                self._results[i] = replace(result, delivered=event.state, reward=event.reward)
        self.earned += event.reward
        self._say(do.KeepDelivery(event.attempt, event.state, event.reward))

    def delivery_failed(self, event: ev.DeliveryFailed) -> None:
        if event.attempt not in self._outbox:
            raise UnexpectedEvent(
                f"{named(event)} is about no result in the outbox",
                self._story.lines(event.attempt.task_id),
            )
        self._outbox[event.attempt] = False
        self._retry_at[event.attempt] = self.now.at + event.retry_s
        self._say(do.WakeAt(self._retry_at[event.attempt]))

    def freeze_or_thaw(self) -> None:
        frozen = self.paused
        for run in self._runs.values():
            if run.phase is not RunPhase.LIVE or run.stage is not Stage.RUNNING:
                continue
            if not run.freeze_pending and run.frozen != frozen and self.now.at >= run.freeze_retry_at:
                run.freeze_pending = True
                self._say(do.FreezeRun(run.attempt) if frozen else do.ThawRun(run.attempt))

    def deliver(self) -> None:
        for attempt, sending in self._outbox.items():
            if not sending and self.now.at >= self._retry_at.get(attempt, 0.0):
                self._outbox[attempt] = True
                self._say(do.Deliver(attempt))

    def _reserved(self) -> Resources:
        grants = [(granted, offer.spec.asked.cpus) for offer, granted in self._claims.values()]
        grants += [(run.granted, run.floor) for run in self._runs.values() if run.at_work]
        sums = reserve(grants)
        still_on_disk = sum(run.granted.disk_bytes for run in self._runs.values() if not run.at_work)
        return replace(sums, disk_bytes=sums.disk_bytes + still_on_disk)

    def invariants(self) -> tuple[tuple[bool, str], ...]:
        """(holds, what it means when it does not)."""
        reserved = self._reserved()
        total = self.allowed.total
        at_work = [run for run in self._runs.values() if run.at_work]
        leaving = sum(run.granted.disk_bytes for run in self._runs.values() if not run.at_work)
        kept = self._squeezed

        return (
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
                kept or len(at_work) + len(self._claims) <= self.allowed.slots,
                "more tasks than slots",
            ),
            (all(run.share >= MIN_CPUS for run in at_work), "a run without CPU"),
            (
                not any(run.attempt in self._outbox for run in at_work),
                "a result in the outbox of a run that is at work",
            ),
        )


_AT_WORK: dict[type[ev.Event], Callable[[Tasks, Run, Any], None]] = {
    ev.StageEntered: Tasks._stage_entered,
    ev.LimitsFound: Tasks._limits_found,
    ev.Progressed: Tasks._progressed,
    ev.LogGrew: Tasks._log_grew,
    ev.UsageSampled: Tasks._usage_sampled,
    ev.RunFrozen: Tasks._run_frozen,
    ev.RunEnded: Tasks._run_ended,
}

_RUN_HANDLERS: dict[tuple[RunPhase, type[ev.Event]], Callable[[Tasks, Run, Any], None]] = {
    **{(RunPhase.LIVE, event): method for event, method in _AT_WORK.items()},
    **{(RunPhase.STOPPING, event): method for event, method in _AT_WORK.items()},
    (RunPhase.CLEANING, ev.StageEntered): Tasks._ignore,
    (RunPhase.CLEANING, ev.LimitsFound): Tasks._ignore,
    (RunPhase.CLEANING, ev.Progressed): Tasks._ignore,
    (RunPhase.CLEANING, ev.LogGrew): Tasks._log_grew,
    (RunPhase.CLEANING, ev.UsageSampled): Tasks._ignore,
    (RunPhase.CLEANING, ev.RunFrozen): Tasks._ignore,
    (RunPhase.CLEANING, ev.RunCleaned): Tasks._run_cleaned,
}
"""(phase of the run, event) -> what it does; a pair that is not here is a bug."""
