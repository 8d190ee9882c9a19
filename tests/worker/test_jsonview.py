"""Records as JSON: what was written is read back equal, what is wrong is named, what is newer is ignored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.worker.finished import Finished
from hivemind_desktop.worker.jsonview import (
    BadJson,
    from_json,
    snapshot_from_json,
    snapshot_to_json,
    to_json,
)
from hivemind_desktop.worker.queries import AskLog, LogPart
from hivemind_desktop.worker.snapshot import Phase
from tests.store.views import snapshot


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys(item) for item in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(keys(item) for item in value))
    return set()


def test_a_snapshot_comes_back_equal_through_text() -> None:
    for view in (snapshot(7), snapshot(1, Phase.STOPPED, reading=None, runs=(), results=(), warnings=())):
        assert snapshot_from_json(json.loads(json.dumps(snapshot_to_json(view)))) == view


def test_its_keys_are_those_of_status() -> None:
    told = snapshot_to_json(snapshot(7))
    assert {
        "phase",
        "why",
        "rules",
        "link",
        "engine",
        "runs",
        "results",
        "outbox",
        "limits",
        "earned",
        "reading",
    } <= set(told)
    assert told["phase"] == "ready"
    assert told["why"] == {"code": "why.ready", "fields": {"pool": "家"}, "since": 5.0, "until": None}
    assert list(told["runs"][0])[:1] == ["task_id"]
    assert told["runs"][0]["attempt"] == "1.2"
    assert told["results"][0]["task_id"] == "OLD"
    assert told["results"][0]["attempt"] == "2.1"
    assert told["results"][0]["reason"] == "exit"
    assert "id" not in keys(told)


text = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.floats(allow_nan=False)


@given(
    st.builds(
        Finished,
        attempt=st.builds(AttemptKey, text, st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1)),
        reason=st.sampled_from(Reason),
        exit_code=st.none() | st.integers(-255, 255),
        message=text,
        fields=st.dictionaries(text, text),
        result=st.builds(
            Manifest,
            st.lists(st.builds(FileEntry, text, st.integers(0, 2**60), text, st.booleans())).map(tuple),
        ),
        started=numbers,
        ended=numbers,
    )
)
def test_every_outcome_comes_back_equal(finished: Finished) -> None:
    assert from_json(Finished, json.loads(json.dumps(to_json(finished)))) == finished


def test_bytes_travel() -> None:
    part = LogPart(3, bytes(range(256)), 300)
    assert from_json(LogPart, json.loads(json.dumps(to_json(part)))) == part


def test_a_newer_programs_keys_are_ignored_and_missing_ones_are_the_default() -> None:
    told = snapshot_to_json(snapshot(7))
    told["mood"] = {"new": 1}
    told["runs"][0]["mood"] = 3
    del told["warnings"]
    assert snapshot_from_json(told) == snapshot(7, warnings=())


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"number": "7"}, "Snapshot.number"),
        ({"number": True}, "Snapshot.number"),
        ({"number": 7.5}, "Snapshot.number"),
        ({"phase": "asleep"}, "Snapshot.phase"),
        ({"why": None}, "Why"),
        ({"runs": {}}, "Snapshot.runs"),
        ({"runs": [{}]}, "RunView.attempt"),
        ({"link": []}, "LinkView"),
        ({"earned": None}, "Snapshot.earned"),
        ({"over": 1}, "Snapshot.over"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadJson, match=where):
        snapshot_from_json({**snapshot_to_json(snapshot(7)), **change})


@pytest.mark.parametrize(
    "number", ["1", "0.1", "1.0", "-1.1", "1.1.1", "a.b", "", "1." + "9" * 30, "①.1", 1.1, None]
)
def test_an_attempt_is_epoch_and_n(number: Any) -> None:
    with pytest.raises(BadJson, match="AskLog"):
        from_json(AskLog, {"task_id": "T", "attempt": number})


def test_a_missing_key_is_named() -> None:
    told = snapshot_to_json(snapshot(7))
    del told["phase"]
    with pytest.raises(BadJson, match=r"Snapshot\.phase is missing"):
        snapshot_from_json(told)


def test_whole_numbers_stand_for_floats_but_not_beyond_them() -> None:
    told = snapshot_to_json(snapshot(7))
    told["why"]["since"] = 5
    assert snapshot_from_json(told).why.since == 5.0
    told["why"]["since"] = 10**400
    with pytest.raises(BadJson, match=r"Why\.since"):
        snapshot_from_json(told)
