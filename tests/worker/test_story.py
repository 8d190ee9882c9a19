"""What a bug is told with, and the log, say nothing that a task carries."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest

from hivemind_desktop.agent import Agent
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import FileEntry, Manifest, Resources, TaskSpec
from hivemind_desktop.worker import commands as do
from hivemind_desktop.worker import events as ev
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.snapshot import Phase, RunView, Snapshot
from hivemind_desktop.worker.story import named
from tests.worker.playbook import ALLOWED, LINK_UP, WALL, attempt

SECRET = "s3cret-of-a-task"
SPEC = TaskSpec(
    name=SECRET,
    package=Manifest((FileEntry(SECRET),)),
    command=(SECRET,),
    image=SECRET,
    environment={SECRET: SECRET},
    outputs=(SECRET,),
)
FINISHED = Finished(
    attempt(), Reason.EXIT, 1, SECRET, {SECRET: SECRET}, Manifest((FileEntry(SECRET),)), image_digest=SECRET
)
VIEW = RunView(attempt(), SECRET, SECRET, Stage.RUNNING, Resources(), 60, 0.0, progress_text=SECRET)
GRANTED = ev.ClaimGranted("o-t", attempt(), SPEC, SECRET)
CARRYING: list[ev.Event | do.Command] = [
    GRANTED,
    ev.OfferArrived(ev.Offer("o-t", "t", SPEC, SECRET)),
    ev.Progressed(attempt(), 0.5, SECRET),
    ev.RunEnded(FINISHED),
    ev.WarningRaised("disk", "disk.full", {"path": SECRET}),
    ev.BugFound("container-1", SECRET),
    do.StartRun(attempt(), SPEC, SECRET, Resources(), 60, 10.0),
    do.RefuseOffer("o-t", "refused.network", {"wanted": SECRET}),
]


@pytest.mark.parametrize("what", CARRYING, ids=lambda what: type(what).__name__)
def test_what_a_task_carries_is_not_named(what: Any) -> None:
    told = named(what)
    assert SECRET not in told
    assert told.startswith(type(what).__name__)
    if hasattr(what, "attempt") or hasattr(what, "finished"):
        assert "t/1.1" in told


def test_a_view_in_a_command_is_not_named_either() -> None:
    kinds = {field.name: field.type for field in dataclasses.fields(do.KeepHistory)}
    values = {"view": VIEW, "image": SECRET, "finished": FINISHED}
    assert SECRET not in named(do.KeepHistory(**{name: values.get(name, True) for name in kinds}))  # type: ignore[arg-type]


class Rooms:
    """Adapters that do nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: None


def test_a_broken_state_tells_the_log_what_came_but_not_what_it_held(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[Snapshot] = []
    rooms = Rooms()
    agent = Agent(lambda: ev.Moment(1.0, WALL), rooms, rooms, rooms, seen.append)
    with caplog.at_level(logging.DEBUG):
        for event in (ev.Started(ALLOWED), ev.EngineAnswered("20.10"), LINK_UP, CARRYING[1], GRANTED):
            agent.post(event)  # type: ignore[arg-type]
        agent.post(ev.ClaimGranted("o-never", attempt("never"), SPEC, SECRET))
        while agent.step():
            pass
    assert seen[-1].phase is Phase.FAULTY
    assert "ClaimGranted(offer_id='o-never'" in caplog.text
    assert SECRET not in caplog.text
