"""The tables of states: whole, without ways out of the end, and the lists of reasons agree with the design."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Set
from enum import StrEnum
from typing import TypeVar

import pytest

from hivemind_desktop.contract.states import (
    ATTEMPT_MOVES,
    DEAD,
    ENDED,
    MAX_ATTEMPTS,
    NOT_COUNTED,
    PAID,
    TASK_MOVES,
    TRIED_AGAIN,
    AttemptState,
    ForbiddenMove,
    Reason,
    Stage,
    TaskState,
    moved,
    task_state_of,
)

S = TypeVar("S", bound=StrEnum)


def reachable(start: S, moves: Mapping[S, Set[S]]) -> set[S]:
    seen, waiting = {start}, [start]
    while waiting:
        for following in moves[waiting.pop()]:
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return seen


def test_each_table_names_every_state_and_each_is_reached() -> None:
    assert set(TASK_MOVES) == set(TaskState)
    assert set(ATTEMPT_MOVES) == set(AttemptState)
    assert reachable(TaskState.QUEUED, TASK_MOVES) == set(TaskState)
    assert reachable(AttemptState.OFFERED, ATTEMPT_MOVES) == set(AttemptState)


def test_only_ends_have_no_way_out() -> None:
    assert {state for state, following in TASK_MOVES.items() if not following} == ENDED
    assert {state for state, following in ATTEMPT_MOVES.items() if not following} == DEAD
    for state in AttemptState:
        assert reachable(state, ATTEMPT_MOVES) & DEAD, f"{state} never ends"


def test_moved_lets_through_the_table_and_staying_and_nothing_else() -> None:
    for old, new in itertools.product(TaskState, TaskState):
        if new == old or new in TASK_MOVES[old]:
            assert moved(old, new) is new
        else:
            with pytest.raises(ForbiddenMove, match=f"{old} -> {new}"):
                moved(old, new)
    for before, after in itertools.product(AttemptState, AttemptState):
        if after == before or after in ATTEMPT_MOVES[before]:
            assert moved(before, after) is after
        else:
            with pytest.raises(ForbiddenMove, match=f"{before} -> {after}"):
                moved(before, after)


def test_what_the_design_says_of_late_attempts() -> None:
    late = ATTEMPT_MOVES[AttemptState.EXPIRED]
    assert {AttemptState.STORED, AttemptState.RUNNING, AttemptState.CLAIMED, AttemptState.UPLOADING} <= late
    assert AttemptState.OFFERED not in late
    assert TaskState.SUCCEEDED in TASK_MOVES[TaskState.QUEUED]


def test_an_offer_that_nobody_claimed_stores_nothing() -> None:
    assert AttemptState.STORED not in ATTEMPT_MOVES[AttemptState.OFFERED]
    assert AttemptState.RUNNING not in ATTEMPT_MOVES[AttemptState.OFFERED]


def test_reasons() -> None:
    again = {"preempted", "engine_lost", "worker_lost", "cannot_run_here"}
    assert again == TRIED_AGAIN
    assert {"preempted"} == NOT_COUNTED
    assert {"ok", "exit"} == PAID
    assert not PAID & TRIED_AGAIN
    assert MAX_ATTEMPTS == 5
    assert list(Stage) == ["received", "preparing", "scheduled", "running", "collecting", "cleaning"]
    assert len(Reason) == 13


def test_every_reason_has_its_final_state() -> None:
    states = {reason: task_state_of(reason) for reason in Reason}
    assert states.pop(Reason.OK) is TaskState.SUCCEEDED
    assert states.pop(Reason.CANCELLED) is TaskState.CANCELLED
    assert set(states.values()) == {TaskState.FAILED}
    assert {task_state_of(reason) for reason in Reason} <= ENDED
