"""Records survive the wire; what no honest program sends is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.contract.task import (
    FileEntry,
    Manifest,
    NetworkKind,
    NetworkWish,
    Resources,
    TaskSpec,
    Usage,
)
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire import records
from hivemind_desktop.wire.faults import MAX_FIELD, decode_fault, encode_fault
from hivemind_desktop.wire.records import (
    BrokenMessage,
    attempt_from_wire,
    attempt_to_wire,
    manifest_from_wire,
    reading_from_wire,
    reading_to_wire,
    resources_from_wire,
    spec_from_wire,
    spec_to_wire,
    usage_from_wire,
    usage_to_wire,
)

WORDS = st.text(max_size=20)
NATURAL = st.integers(0, 2**63 - 1)
SMALL = st.integers(0, 2**31 - 1)
AMOUNTS = st.floats(0, 1e9)
PERCENT = st.floats(0, 100)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)

FILES = st.builds(FileEntry, WORDS, NATURAL, HASHES, st.booleans(), st.just(False))
FOLDERS = st.builds(FileEntry, WORDS, st.just(0), st.just(""), st.just(False), st.just(True))
MANIFESTS = st.builds(Manifest, st.lists(FILES | FOLDERS, max_size=5).map(tuple))
RESOURCES = st.builds(Resources, AMOUNTS, NATURAL, NATURAL, SMALL, SMALL)
SPECS = st.builds(
    TaskSpec,
    name=WORDS,
    package=MANIFESTS,
    command=st.lists(WORDS, max_size=3).map(tuple),
    image=WORDS,
    asked=RESOURCES,
    timeout_s=SMALL,
    environment=st.dictionaries(WORDS, WORDS, max_size=3),
    network=st.builds(NetworkWish, st.sampled_from(NetworkKind), st.lists(WORDS, max_size=2).map(tuple)),
    priority=st.integers(-1000, 1000),
    after=st.lists(WORDS, max_size=2).map(tuple),
    require=st.lists(WORDS, max_size=2).map(tuple),
    node=WORDS,
    outputs=st.lists(WORDS, max_size=2).map(tuple),
    has_manifest=st.booleans(),
)
USAGES = st.builds(Usage, PERCENT, PERCENT, PERCENT, SMALL, NATURAL, AMOUNTS, NATURAL, SMALL)
GPUS = st.builds(
    GpuReading,
    SMALL,
    WORDS,
    NATURAL,
    st.none() | PERCENT,
    st.none() | NATURAL,
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
)
READINGS = st.builds(
    Reading,
    st.integers(0, 2**40).map(lambda ms: ms / 1000),
    st.none() | PERCENT,
    st.none() | NATURAL,
    st.none() | NATURAL,
    st.none() | NATURAL,
    st.none() | NATURAL,
    st.none() | AMOUNTS,
    st.none() | AMOUNTS,
    st.lists(GPUS, max_size=3).map(tuple),
)


@given(SPECS)
def test_a_spec_comes_back_whole(spec: TaskSpec) -> None:
    back = spec_from_wire(pb.TaskSpec.FromString(spec_to_wire(spec).SerializeToString()))
    for field in fields(TaskSpec):
        assert getattr(back, field.name) == getattr(spec, field.name), field.name


@given(USAGES)
def test_a_usage_comes_back_whole(usage: Usage) -> None:
    assert usage_from_wire(usage_to_wire(usage)) == usage


@given(READINGS)
def test_a_reading_comes_back_whole_and_absent_is_not_zero(reading: Reading) -> None:
    assert reading_from_wire(pb.Reading.FromString(reading_to_wire(reading).SerializeToString())) == reading


def test_an_attempt_comes_back_whole() -> None:
    key = AttemptKey("01M87RF4N3X6091CJ73J6APXGG", 2, 7)
    assert attempt_from_wire(attempt_to_wire(key)) == key


@pytest.mark.parametrize(
    "attempt",
    [
        pb.Attempt(),
        pb.Attempt(task_id="x"),
        pb.Attempt(task_id="x" * 65, epoch=1, n=1),
        pb.Attempt(epoch=1, n=1),
    ],
)
def test_a_broken_attempt_is_refused(attempt: pb.Attempt) -> None:
    with pytest.raises(BrokenMessage):
        attempt_from_wire(attempt)


@pytest.mark.parametrize(
    "entry",
    [
        pb.FileEntry(path="a"),
        pb.FileEntry(path="a", sha256=b"short"),
        pb.FileEntry(path="a", folder=True, sha256=bytes(32)),
        pb.FileEntry(path="a", folder=True, size=1),
    ],
)
def test_a_broken_entry_is_refused(entry: pb.FileEntry) -> None:
    with pytest.raises(BrokenMessage):
        manifest_from_wire(pb.Manifest(entries=[entry]))


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(BrokenMessage):
        resources_from_wire(pb.Resources(cpus=value))
    with pytest.raises(BrokenMessage):
        usage_from_wire(pb.Usage(cpu_percent=value))


def test_percents_are_cut() -> None:
    usage = usage_from_wire(pb.Usage(cpu_percent=250, memory_percent=101, gpu_percent=1000))
    assert (usage.cpu_percent, usage.memory_percent, usage.gpu_percent) == (100, 100, 100)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(BrokenMessage):
        spec_from_wire(pb.TaskSpec(network=pb.NetworkWish(kind="everything")))


@given(WORDS, st.dictionaries(WORDS, WORDS | st.integers(), max_size=3))
def test_a_fault_travels(code: str, told: dict[str, str | int]) -> None:
    details = encode_fault(code, told)
    assert details.isascii()
    assert decode_fault(details) == (code, {name: str(value) for name, value in told.items()})


def test_long_fields_are_cut() -> None:
    told = decode_fault(encode_fault("code", {"path": "x" * 10_000}))
    assert told is not None
    assert len(told[1]["path"]) == MAX_FIELD


@pytest.mark.parametrize("details", [None, "", "upstream connect error", "[]", '{"code": 1}', '"x"', "{"])
def test_what_is_not_ours_is_none(details: str | None) -> None:
    assert decode_fault(details) is None


NOT_AMOUNTS = (float("nan"), float("inf"), float("-inf"), -0.001)


def test_every_number_that_is_no_amount_is_refused() -> None:
    """Each floating field of what a worker tells, found by its type, so that a new one is tried too."""
    messages: tuple[tuple[Any, Callable[[Any], object]], ...] = (
        (pb.Resources, records.resources_from_wire),
        (pb.Usage, records.usage_from_wire),
        (pb.Gpu, records.gpu_from_wire),
        (pb.Reading, records.reading_from_wire),
    )
    tried = 0
    for kind, from_wire in messages:
        for field in kind.DESCRIPTOR.fields:
            if field.cpp_type not in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
                continue
            for value in NOT_AMOUNTS:
                with pytest.raises(records.BrokenMessage, match=field.name):
                    from_wire(kind(**{field.name: value}))
                tried += 1
            from_wire(kind(**{field.name: 1.7e308}))
    assert tried == 4 * (1 + 4 + 4 + 3)


def test_a_gpu_inside_a_reading_is_checked_too() -> None:
    with pytest.raises(records.BrokenMessage, match="power_w"):
        records.reading_from_wire(pb.Reading(gpus=[pb.Gpu(power_w=float("nan"))]))
