"""The worker's life as transcripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import (
    FileEntry,
    Manifest,
    NetworkKind,
    NetworkWish,
    Resources,
    TaskSpec,
)
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.allowed import GIB
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import LimitsKept, Phase, ResultView
from hivemind_desktop.worker.story import UnexpectedEvent
from tests.worker.playbook import (
    ALLOWED,
    GRANT,
    LINK_UP,
    WALL,
    Playbook,
    attempt,
    busy,
    ended,
    granted,
    offer,
    ready,
    staged,
)


def test_the_first_minute() -> None:
    play = Playbook() >> ev.Started(ALLOWED) << [do.ProbeEngine(), do.OpenLink()]
    assert (play.phase, play.why) == (Phase.CONNECTING, "connecting.first")
    play >> ev.EngineAnswered("20.10") << []
    play >> LINK_UP << [do.TellFreeSlots(3)]
    assert (play.phase, play.why) == (Phase.READY, "ready.no_task")
    play >> offer() << [do.ClaimTask("o-t", GRANT), do.TellFreeSlots(2)]
    spec = TaskSpec(name="t")
    play >> granted() << [do.StartRun(attempt(), spec, "anna", GRANT, 3600, 10.0), do.SetCpus(attempt(), 1.6)]
    assert play.phase is Phase.BUSY
    play >> staged("t", Stage.PREPARING, Stage.SCHEDULED, Stage.RUNNING) << []
    play >> ev.Progressed(attempt(), 0.42, "half") << [do.TellStage(attempt())]
    play >> staged("t", Stage.COLLECTING) << []
    play >> ended() << [do.Deliver(attempt()), do.TellFreeSlots(3)]
    play >> ev.ResultDelivered(attempt(), "stored", 7) << [do.KeepDelivery(attempt(), "stored", 7)]
    play >> ev.RunCleaned(attempt()) << []
    view = play.view
    assert (view.phase, view.earned, view.outbox, view.runs) == (Phase.READY, 7, 0, ())
    assert [(r.reason, r.delivered, r.reward) for r in view.results] == [(Reason.OK, "stored", 7)]


def test_offers_are_refused_until_the_engine_has_answered() -> None:
    play = Playbook() >> ev.Started(ALLOWED) >> LINK_UP << [do.TellFreeSlots(0)]
    play >> offer() << [do.RefuseOffer("o-t", "refused.engine")]
    play >> ev.EngineAnswered() << [do.TellFreeSlots(3)]


def test_engine_gone_is_faulty_and_takes_nothing_until_it_is_back() -> None:
    play = ready() >> ev.EngineFailed("engine.stopped") << [do.TellFreeSlots(0)]
    assert (play.phase, play.why) == (Phase.FAULTY, "faulty.engine_stopped")
    assert play.wait(5.0).said[0] == do.ProbeEngine()
    play >> ev.EngineAnswered("20.10") << [do.TellFreeSlots(3)]
    assert play.phase is Phase.READY


def test_a_lost_engine_is_probed_at_once() -> None:
    play = busy() >> ended(reason=Reason.ENGINE_LOST)
    assert do.ProbeEngine() in play.said


def test_pause_freezes_and_resume_thaws() -> None:
    play = busy() >> ev.PauseAsked(3600)
    play << [do.SaveWishes(False, WALL + 100, WALL + 3700), do.FreezeRun(attempt())]
    play >> ev.RunFrozen(attempt(), True)
    assert (play.phase, play.why, play.view.why.until) == (Phase.PAUSED, "paused.timed", WALL + 3700)
    play >> offer("u") << [do.RefuseOffer("o-u", "refused.paused")]
    play >> ev.ResumeAsked() << [do.SaveWishes(False, None, None), do.ThawRun(attempt())]
    play >> ev.RunFrozen(attempt(), False)
    assert play.phase is Phase.BUSY


def test_a_pause_ends_by_itself() -> None:
    play = busy() >> ev.PauseAsked(900) >> ev.RunFrozen(attempt(), True)
    play.wait(899) << []
    assert play.phase is Phase.PAUSED
    play.wait(2) << [do.SaveWishes(False, None, None), do.ThawRun(attempt())]


def test_a_run_that_starts_while_paused_is_frozen_as_soon_as_it_runs() -> None:
    play = ready() >> offer() >> granted() >> ev.PauseAsked(None)
    play << [do.SaveWishes(False, WALL + 100, 0.0)]
    play >> staged("t", Stage.PREPARING, Stage.SCHEDULED) << []
    play >> staged("t", Stage.RUNNING) << [do.FreezeRun(attempt())]


def test_a_freeze_that_failed_is_tried_again_a_second_later() -> None:
    play = busy() >> ev.PauseAsked(None) >> ev.RunFrozen(attempt(), False) << []
    play.wait(1.0) << [do.FreezeRun(attempt())]


def test_a_pause_survives_a_restart_and_ends_at_its_wall_time() -> None:
    play = Playbook() >> ev.Started(ALLOWED, pause_since=WALL, pause_until=WALL + 160)
    play >> ev.EngineAnswered() >> LINK_UP
    assert play.phase is Phase.PAUSED
    play.wait(61) << [do.SaveWishes(False, None, None), do.TellFreeSlots(3)]


def test_stop_gives_back_what_runs_and_holds_over_a_restart() -> None:
    play = (
        busy()
        >> ev.StopAsked()
        << [do.SaveWishes(True, None, None), do.StopRun(attempt(), Reason.PREEMPTED, 10.0)]
    )
    assert (play.phase, play.why) == (Phase.STOPPED, "stopped.ending")
    play >> ended(reason=Reason.PREEMPTED) << [do.Deliver(attempt())]
    play >> ev.RunCleaned(attempt()) << []
    play >> ev.ResultDelivered(attempt(), "released")
    play << [do.KeepDelivery(attempt(), "released", 0), do.CloseLink()]
    play >> ev.LinkClosed() << []
    assert play.why == "stopped.by_owner"
    again = Playbook() >> ev.Started(ALLOWED, stopped=True) << [do.ProbeEngine()]
    again >> ev.EngineAnswered() << []
    assert again.phase is Phase.STOPPED
    again >> ev.StartAsked() << [do.SaveWishes(False, None, None), do.ProbeEngine(), do.OpenLink()]


def test_a_claim_granted_after_stop_is_given_back() -> None:
    play = ready() >> offer() >> ev.StopAsked() << [do.SaveWishes(True, None, None)]
    play >> granted()
    assert play.said[-1] == do.StopRun(attempt(), Reason.PREEMPTED, 5.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"timeout_s": 2**32 - 1},
        {"environment": {"NVIDIA_VISIBLE_DEVICES": "all"}},
        {"image": "another"},
        {"network": NetworkWish(NetworkKind.INTERNET)},
        {"asked": Resources(memory_bytes=8 * GIB)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_claim_of_another_task_than_was_offered_is_given_back(changed: dict[str, Any]) -> None:
    play = ready() >> offer() << [do.ClaimTask("o-t", GRANT), do.TellFreeSlots(2)]
    back = Finished(attempt(), Reason.CANNOT_RUN_HERE, message="refused.changed", granted=GRANT)
    event = granted()
    play >> replace(event, spec=replace(event.spec, **changed)) << [do.GiveBack(back), do.TellFreeSlots(3)]
    assert (play.phase, play.view.runs) == (Phase.READY, ())
    play >> offer() >> granted()
    assert play.phase is Phase.BUSY


def test_a_claim_with_its_package_is_the_task_that_was_offered() -> None:
    play = ready() >> offer()
    event = granted()
    spec = replace(event.spec, package=Manifest((FileEntry("main.py", 5, "ab" * 32),)))
    play >> replace(event, spec=spec)
    assert [command.spec for command in play.said if isinstance(command, do.StartRun)] == [spec]


def test_a_claim_of_another_tasks_attempt_is_given_back() -> None:
    play = ready() >> offer() >> replace(granted(), attempt=attempt("u"))
    assert [type(command) for command in play.said][:1] == [do.GiveBack]


def test_one_attempt_for_two_claims_runs_once() -> None:
    play = ready() >> offer() >> ev.OfferArrived(replace(offer().offer, offer_id="o-2"))
    play >> granted()
    play >> replace(granted(), offer_id="o-2") << [do.TellFreeSlots(2)]
    assert (play.phase, len(play.view.runs)) == (Phase.BUSY, 1)
    play >> staged("t", Stage.PREPARING, Stage.SCHEDULED, Stage.RUNNING) >> ended()
    play >> ev.RunCleaned(attempt()) >> offer() >> granted() << [do.TellFreeSlots(3)]
    assert play.view.outbox == 1, "its result still lies here"


def test_one_offer_told_twice_is_claimed_once() -> None:
    play = ready() >> offer() >> offer() << []
    play >> granted()
    assert play.phase is Phase.BUSY


def test_start_while_the_link_is_still_closing_opens_it_again() -> None:
    play = ready() >> ev.StopAsked() << [do.SaveWishes(True, None, None), do.CloseLink()]
    play >> ev.StartAsked() << [do.SaveWishes(False, None, None), do.ProbeEngine()]
    play >> ev.LinkClosed() << [do.OpenLink()]


def test_drain_finishes_then_stops() -> None:
    play = busy() >> ev.DrainAsked() << [do.TellFreeSlots(0)]
    assert (play.phase, play.why) == (Phase.DRAINING, "draining.tasks")
    play >> ended() >> ev.RunCleaned(attempt())
    assert (play.phase, play.why) == (Phase.DRAINING, "draining.results")
    play >> ev.ResultDelivered(attempt(), "stored", 1)
    play << [do.KeepDelivery(attempt(), "stored", 1), do.SaveWishes(True, None, None), do.CloseLink()]
    assert play.phase is Phase.STOPPED


def test_quit_with_nothing_to_do_leaves_at_once() -> None:
    play = ready() >> ev.QuitAsked() << [do.CloseLink()]
    play >> ev.LinkClosed() << [do.Exit()]
    assert play.view.over


def test_quit_ends_runs_tells_the_master_and_leaves() -> None:
    play = busy() >> ev.QuitAsked() << [do.StopRun(attempt(), Reason.PREEMPTED, 5.0)]
    play >> ended(reason=Reason.PREEMPTED) << [do.Deliver(attempt())]
    play >> ev.RunCleaned(attempt()) << []
    (
        play
        >> ev.ResultDelivered(attempt(), "released")
        << [do.KeepDelivery(attempt(), "released", 0), do.CloseLink()]
    )
    play >> ev.LinkClosed() << [do.Exit()]


def test_quit_does_not_wait_for_a_master_that_does_not_answer() -> None:
    play = busy() >> ev.QuitAsked() >> ended(reason=Reason.PREEMPTED) >> ev.RunCleaned(attempt()) << []
    play.wait(1.0) << [do.CloseLink()]
    play >> ev.LinkClosed() << [do.Exit()]


def test_quit_does_not_wait_for_a_run_that_does_not_end() -> None:
    play = busy() >> ev.QuitAsked()
    play.wait(9.0) << [do.Exit()]


def test_cancel_stops_the_run_and_keeps_nothing() -> None:
    play = busy() >> ev.CancelArrived(attempt()) << [do.StopRun(attempt(), Reason.CANCELLED, 0.5)]
    play >> ev.CancelArrived(attempt(), stale=True) << []
    play >> ended(reason=Reason.CANCELLED, kept=False) >> ev.RunCleaned(attempt()) << []
    assert (play.view.outbox, play.view.results[0].delivered) == (0, "dropped")


def test_a_cancel_of_something_long_gone_changes_nothing() -> None:
    ready() >> ev.CancelArrived(attempt("ghost")) << []


def test_a_result_finished_while_the_master_is_down_is_sent_when_it_is_back() -> None:
    play = busy() >> ev.LinkDown("link.down", retry_s=2.0)
    play >> ended() << []
    play >> ev.RunCleaned(attempt()) << []
    assert (play.phase, play.why, play.view.outbox) == (Phase.CONNECTING, "connecting.retry", 1)
    play.wait(31)
    assert (play.phase, play.why) == (Phase.OFFLINE, "offline.no_answer")
    play >> LINK_UP << [do.Deliver(attempt())]


def test_the_outbox_of_the_last_run_is_sent_at_start() -> None:
    play = Playbook() >> ev.Started(ALLOWED, outbox=(attempt("old"),)) >> ev.EngineAnswered()
    play >> LINK_UP << [do.Deliver(attempt("old"))]
    play >> ev.DeliveryFailed(attempt("old"), "link.down", retry_s=5.0) << []
    play.wait(4.0) << []
    play.wait(1.5) << [do.Deliver(attempt("old"))]


def test_a_run_goes_on_a_day_without_a_link_and_then_gives_up() -> None:
    play = busy() >> ev.LinkDown("link.down", retry_s=60.0)
    play.wait(24 * 3600 - 1)
    assert not any(isinstance(command, do.StopRun) for command in play.said)
    play.wait(2)
    assert do.StopRun(attempt(), Reason.PREEMPTED, 10.0) in play.said


def test_a_master_that_says_no_needs_the_owner() -> None:
    play = Playbook() >> ev.Started(ALLOWED) >> ev.EngineAnswered()
    play >> ev.LinkDown("link.refused", retry_s=60.0, refused=True)
    assert (play.phase, play.why) == (Phase.FAULTY, "faulty.refused")
    play >> LINK_UP
    assert play.phase is Phase.READY


def test_cpu_is_divided_again_whenever_a_task_starts_or_ends() -> None:
    play = busy("a") >> offer("b") >> granted("b")
    assert play.said[-2:] == [do.SetCpus(attempt("a"), 0.8), do.SetCpus(attempt("b"), 0.8)]
    play >> staged("a", Stage.COLLECTING) >> ended("a")
    assert not any(isinstance(said, do.SetCpus) for said in play.said)
    play.wait(1.0) << [do.SetCpus(attempt("b"), 1.6)]


def test_cpu_is_not_raised_when_the_next_task_follows_at_once() -> None:
    play = busy("a", "b") >> staged("a", Stage.COLLECTING) >> ended("a") >> offer("c") >> granted("c")
    assert [said for said in play.said if isinstance(said, do.SetCpus)] == [do.SetCpus(attempt("c"), 0.8)]
    play.wait(1.0) << []


def test_a_cpu_floor_is_reserved() -> None:
    play = busy("a") >> offer("b", cpus=1.2) >> granted("b", cpus=1.2)
    assert play.said[-2:] == [do.SetCpus(attempt("a"), 0.4), do.SetCpus(attempt("b"), 1.2)]
    (
        play
        >> offer("c", cpus=0.5)
        << [do.RefuseOffer("o-c", "refused.cpus_taken", {"wanted": "0.5", "allowed": "0.3"})]
    )


def test_refusals_name_what_is_too_much() -> None:
    play = ready() >> offer("big", memory_bytes=8 * GIB)
    assert play.said[0] == do.RefuseOffer(
        "o-big", "refused.memory", {"wanted": str(8 * GIB), "allowed": str(2 * GIB)}, lasting=True
    )
    assert (play.phase, play.why) == (Phase.READY, "ready.refused")
    spec = TaskSpec(network=NetworkWish(NetworkKind.INTERNET))
    play >> ev.OfferArrived(ev.Offer("o-net", "net", spec, "anna"))
    play << [do.RefuseOffer("o-net", "refused.network", {"wanted": "internet"}, lasting=True)]


def test_slots_are_kept() -> None:
    play = busy("a", "b", "c")
    assert play.said[-1] != do.TellFreeSlots(1)
    play >> offer("d") << [do.RefuseOffer("o-d", "refused.slots")]
    assert play.view.allowed.slots == 3


def test_lowered_limits_let_what_runs_end() -> None:
    play = busy("a", "b")
    play >> ev.SettingsChanged(replace(ALLOWED, slots=1))
    assert not any(isinstance(command, do.StopRun) for command in play.said)
    play >> offer("c") << [do.RefuseOffer("o-c", "refused.slots")]


def test_a_bug_is_loud_and_takes_no_more_tasks() -> None:
    play = ready() >> ev.BugFound("container-1", "ValueError") << [do.TellFreeSlots(0)]
    assert (play.phase, play.why) == (Phase.FAULTY, "faulty.bug")


@pytest.mark.parametrize(
    "event",
    [
        granted("never-offered"),
        ev.ClaimLost("o-never"),
        ev.RunCleaned(attempt("never")),
        ev.ResultDelivered(attempt("never"), "stored"),
        ended("never"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_cannot_happen_is_a_bug_with_its_story(event: ev.Event) -> None:
    with pytest.raises(UnexpectedEvent) as raised:
        ready() >> event
    assert "never" in str(raised.value)


def test_a_stage_never_goes_back() -> None:
    with pytest.raises(UnexpectedEvent):
        busy() >> staged("t", Stage.PREPARING)


def test_a_cleaned_run_takes_no_second_end() -> None:
    play = busy() >> ended()
    with pytest.raises(UnexpectedEvent):
        play >> ended()


def test_a_masters_drain_only_stops_offers() -> None:
    play = busy() >> ev.WishArrived(drain=True) << [do.TellFreeSlots(0)]
    assert play.phase is Phase.BUSY
    play >> ended() >> ev.RunCleaned(attempt()) >> ev.ResultDelivered(attempt(), "stored", 1)
    assert (play.phase, play.why) == (Phase.READY, "ready.drained")
    play >> ev.WishArrived(drain=False) << [do.TellFreeSlots(3)]


def test_a_warning_stands_until_its_cause_is_gone_and_stops_no_work() -> None:
    play = ready() >> ev.WarningRaised("disk", "disk.full", {"path": "/a"})
    play.at += 5
    play >> ev.WarningRaised("disk", "disk.full", {"path": "/b"})
    (warning,) = play.view.warnings
    assert (warning.code, warning.fields, warning.since) == ("disk.full", {"path": "/b"}, WALL + 100)
    assert play.phase is Phase.READY
    play >> ev.WarningCleared("disk") >> ev.WarningCleared("disk")
    assert play.view.warnings == ()


def test_what_the_engine_does_not_keep_is_told() -> None:
    kept = LimitsKept(
        cpus=1.6, memory_bytes=2 * GIB, pids=100, disk_bytes=GIB, processes=512, open_files=1024
    )
    play = busy() >> ev.LimitsFound(attempt(), kept)
    (run,) = play.view.runs
    assert run.kept is not None
    assert run.kept.not_kept == ("io_weight",)


def test_a_claim_under_way_is_reserved() -> None:
    play = ready() >> offer("a", cpus=1.0)
    (
        play
        >> offer("b", cpus=1.0)
        << [do.RefuseOffer("o-b", "refused.cpus_taken", {"wanted": "1", "allowed": "0.6"})]
    )
    play >> ev.ClaimLost("o-a") >> offer("c", cpus=1.0)
    assert do.ClaimTask("o-c", GRANT) in play.said


def test_a_link_that_comes_back_sends_at_once_whatever_the_last_delay() -> None:
    play = Playbook() >> ev.Started(ALLOWED, outbox=(attempt("old"),)) >> ev.EngineAnswered() >> LINK_UP
    (
        play
        >> ev.DeliveryFailed(attempt("old"), "link.down", retry_s=300.0)
        >> ev.LinkDown("link.down", retry_s=1.0)
    )
    play >> LINK_UP << [do.Deliver(attempt("old"))]


def test_what_a_broken_event_left_half_said_is_not_said_later() -> None:
    play = ready()
    with pytest.raises(UnexpectedEvent):
        play >> ev.RunCleaned(attempt("never"))
    play >> ev.Woke() << []


def test_another_start_of_the_program_asks_for_the_window() -> None:
    play = ready() >> ev.ShowAsked() << []
    assert play.view.show_asked == 1


def test_results_of_earlier_lives_are_there_again_and_new_ones_come_before_them() -> None:
    old = ResultView(attempt("old"), "old", "anna", Reason.OK, 0, WALL - 60, 5, delivered="stored", reward=2)
    play = Playbook() >> ev.Started(ALLOWED, results=(old,)) >> ev.EngineAnswered() >> LINK_UP
    assert play.view.results == (old,)
    play >> offer() >> granted() >> staged("t", Stage.PREPARING, Stage.SCHEDULED, Stage.RUNNING) >> ended()
    assert [result.attempt.task_id for result in play.view.results] == ["t", "old"]
