"""Random orders of events: no order that the outside can bring about breaks an invariant, and every command that starts something is answered once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import GIB
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.state import WorkerState
from tests.worker.playbook import ALLOWED, LINK_UP, WALL

STAGES = (Stage.PREPARING, Stage.SCHEDULED, Stage.RUNNING, Stage.COLLECTING)


class World(RuleBasedStateMachine):
    """Plays master, engine, link and owner against the state; keeps what the state is owed."""

    @initialize()
    def begin(self) -> None:
        self.state = WorkerState()
        self.at = 100.0
        self.offers = 0
        self.claims: dict[str, TaskSpec] = {}
        self.runs: dict[AttemptKey, int] = {}
        self.cleaning: set[AttemptKey] = set()
        self.freezes: list[tuple[AttemptKey, bool]] = []
        self.sending: set[AttemptKey] = set()
        self.stopping: dict[AttemptKey, Reason] = {}
        self.probes = 0
        self.link = "closed"
        self.closing = False
        self.over = False
        self.put(ev.Started(ALLOWED))

    def put(self, event: ev.Event) -> None:
        for command in self.state.handle(event, ev.Moment(self.at, WALL + self.at)):
            match command:
                case do.ClaimTask(offer_id, _):
                    self.claims[offer_id] = self.specs.get(offer_id, TaskSpec())
                case do.StartRun(attempt):
                    assert attempt not in self.runs
                    self.runs[attempt] = 0
                case do.StopRun(attempt, reason, _):
                    assert attempt in self.runs
                    self.stopping[attempt] = reason
                case do.FreezeRun(attempt):
                    self.freezes.append((attempt, True))
                case do.ThawRun(attempt):
                    self.freezes.append((attempt, False))
                case do.Deliver(attempt):
                    assert attempt not in self.sending
                    self.sending.add(attempt)
                case do.ProbeEngine():
                    self.probes += 1
                    assert self.probes == 1
                case do.OpenLink():
                    assert self.link == "closed"
                    self.link = "trying"
                case do.CloseLink():
                    assert self.link != "closed"
                    assert not self.closing
                    self.closing = True
                case do.Exit():
                    self.over = True
        self.state.check()
        self.state.snapshot()

    @property
    def specs(self) -> dict[str, TaskSpec]:
        if not hasattr(self, "_specs"):
            self._specs: dict[str, TaskSpec] = {}
        return self._specs

    alive = precondition(lambda self: not self.over)

    @alive
    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 31.0, 3600.0, 90000.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.at += seconds
        self.put(ev.Woke())

    @alive
    @precondition(lambda self: self.probes)
    @rule(well=st.booleans())
    def engine_answers(self, well: bool) -> None:
        self.probes -= 1
        self.put(ev.EngineAnswered("1") if well else ev.EngineFailed("engine.stopped"))

    @alive
    @precondition(lambda self: self.link in ("trying", "up") and not self.closing)
    @rule(up=st.booleans(), refused=st.booleans())
    def link_moves(self, up: bool, refused: bool) -> None:
        if up and self.link == "trying":
            self.link = "up"
            self.put(LINK_UP)
        else:
            self.link = "trying"
            self.put(ev.LinkDown("link.down", retry_s=1.0, refused=refused))

    @alive
    @precondition(lambda self: self.closing)
    @rule()
    def link_closes(self) -> None:
        self.closing, self.link = False, "closed"
        self.put(ev.LinkClosed())

    @alive
    @precondition(lambda self: self.link == "up" and not self.closing)
    @rule(cpus=st.sampled_from([0.0, 0.3, 1.0, 2.0]), memory=st.sampled_from([0, GIB // 2, 3 * GIB]))
    def offered(self, cpus: float, memory: int) -> None:
        self.offers += 1
        spec = TaskSpec(asked=Resources(cpus=cpus, memory_bytes=memory))
        self.specs[f"o{self.offers}"] = spec
        self.put(ev.OfferArrived(ev.Offer(f"o{self.offers}", f"t{self.offers}", spec, "anna")))

    @alive
    @precondition(lambda self: self.claims)
    @rule(won=st.booleans(), data=st.data())
    def claim_answered(self, won: bool, data: st.DataObject) -> None:
        offer_id = data.draw(st.sampled_from(sorted(self.claims)))
        spec = self.claims.pop(offer_id)
        attempt = AttemptKey("t" + offer_id[1:], 1, 1)
        self.put(ev.ClaimGranted(offer_id, attempt, spec, "anna") if won else ev.ClaimLost(offer_id))

    @alive
    @precondition(lambda self: self.claims)
    @rule(other=st.booleans(), data=st.data())
    def claim_answered_with_a_lie(self, other: bool, data: st.DataObject) -> None:
        """Another spec than was offered, or an attempt that is here already."""
        offer_id = data.draw(st.sampled_from(sorted(self.claims)))
        spec = self.claims.pop(offer_id)
        here = sorted({*self.runs, *self.cleaning, *self.sending})
        if other or not here:
            lie = ev.ClaimGranted(
                offer_id, AttemptKey("t" + offer_id[1:], 1, 1), replace(spec, image="another"), "eve"
            )
        else:
            lie = ev.ClaimGranted(offer_id, data.draw(st.sampled_from(here)), spec, "eve")
        runs = len(self.runs)
        self.put(lie)
        assert len(self.runs) == runs

    @alive
    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def run_moves_on(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.runs)))
        step = self.runs[attempt]
        if step < len(STAGES) and attempt not in self.stopping:
            self.runs[attempt] = step + 1
            self.put(ev.StageEntered(attempt, STAGES[step]))
            return
        del self.runs[attempt]
        self.cleaning.add(attempt)
        reason = self.stopping.pop(attempt, Reason.OK)
        self.put(ev.RunEnded(Finished(attempt, reason), kept=reason is not Reason.CANCELLED))

    @alive
    @precondition(lambda self: self.cleaning)
    @rule(data=st.data())
    def run_is_cleaned(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.cleaning)))
        self.cleaning.discard(attempt)
        self.put(ev.RunCleaned(attempt))

    @alive
    @precondition(lambda self: self.freezes)
    @rule(worked=st.booleans())
    def freeze_answered(self, worked: bool) -> None:
        attempt, wanted = self.freezes.pop(0)
        self.put(ev.RunFrozen(attempt, wanted if worked else not wanted))

    @alive
    @precondition(lambda self: self.sending)
    @rule(state=st.sampled_from(["stored", "released", "stale", "failed"]), data=st.data())
    def delivery_answered(self, state: str, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.sending)))
        self.sending.discard(attempt)
        self.put(
            ev.DeliveryFailed(attempt, "link.down")
            if state == "failed"
            else ev.ResultDelivered(attempt, state, 1)
        )

    @alive
    @rule(data=st.data())
    def cancelled(self, data: st.DataObject) -> None:
        names = sorted(self.runs) or [AttemptKey("ghost", 1, 1)]
        self.put(ev.CancelArrived(data.draw(st.sampled_from(names))))

    @alive
    @rule(
        event=st.sampled_from(
            [
                ev.PauseAsked(900),
                ev.PauseAsked(None),
                ev.ResumeAsked(),
                ev.StartAsked(),
                ev.StopAsked(),
                ev.DrainAsked(),
                ev.WishArrived(True),
                ev.WishArrived(False),
            ]
        )
    )
    def owner_asks(self, event: ev.Event) -> None:
        self.put(event)

    @alive
    @rule(sure=st.integers(0, 9))
    def owner_quits(self, sure: int) -> None:
        if sure == 0:
            self.put(ev.QuitAsked())

    @precondition(lambda self: self.over)
    @rule()
    def nothing_follows_the_exit(self) -> None:
        assert self.state.over

    @invariant()
    def phase_has_a_why(self) -> None:
        if hasattr(self, "state"):
            view = self.state.snapshot()
            assert view.why == view.rules[0]


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
