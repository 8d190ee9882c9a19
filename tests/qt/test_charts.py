"""Figures: what a chart says. Pure, so nothing is drawn here."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from hivemind_desktop.contract.reading import Reading
from hivemind_desktop.contract.states import Stage
from hivemind_desktop.qt.charts import axis, figures
from hivemind_desktop.qt.recent import SPAN_S, Recent, Sample, sample_of
from hivemind_desktop.worker.snapshot import Phase
from tests.qt.scenes import ALLOWED, CORES, MIB, NOW, reading, run, snapshot


def samples(*ago: float) -> tuple[Sample, ...]:
    shown = (snapshot(Phase.BUSY, reading=reading(NOW - seconds)) for seconds in ago)
    return tuple(sample for sample in map(sample_of, shown) if sample is not None)


def test_what_was_not_measured_is_not_nothing() -> None:
    measured = run(0, cpus=2.0)
    silent = run(1, cpus=None, memory_bytes=None)
    starting = run(2, cpus=None, memory_bytes=None, stage=Stage.PREPARING)

    def own(*runs: object) -> float | None:
        sample = sample_of(snapshot(Phase.BUSY, runs=runs))
        assert sample is not None
        return sample.own_cpus

    assert own() == 0.0
    assert own(silent) is None
    assert own(starting) == 0.0
    assert own(measured, silent, starting) == 2.0
    assert sample_of(snapshot(Phase.READY, reading=None)) is None


def test_recent_keeps_five_minutes_and_one_sample_a_moment() -> None:
    recent = Recent()
    for second in range(700):
        recent.add(snapshot(Phase.READY, reading=reading(NOW + second)))
        recent.add(snapshot(Phase.READY, reading=reading(NOW + second)))
    kept = recent.samples()
    assert len(kept) == 300
    assert kept[-1].at - kept[0].at <= SPAN_S


def test_gaps_are_before_the_first_sample_and_where_nobody_measured() -> None:
    times = figures.times_of(samples(100, 98, 60, 58, 0))
    assert list(times.gaps) == [(-SPAN_S, -100), (-98, -60), (-58, 0)]
    pieces = figures.segments(times, (1.0, 2.0, 3.0, None, 5.0))
    assert pieces == [([-100, -98], [1.0, 2.0]), ([-60], [3.0]), ([0], [5.0])]
    assert figures.times_of(()).gaps == ((-SPAN_S, 0.0),)


def test_cpu_says_use_limit_and_computer() -> None:
    figure = figures.cpu(samples(2, 0), ALLOWED, CORES)
    assert figure.own[-1] == pytest.approx((1.5 + 1.4 + 1.45) / CORES * 100)
    assert figure.limit == pytest.approx(60)
    assert (figure.value, figure.limit_text, figure.top) == ("54%", "limit 60%", 100)
    computer = figure.computer_text.removeprefix("PC ")
    assert figure.summary == f"CPU: HiveMind 54%, computer {computer}, limit 60%"


def test_a_limit_of_everything_is_no_limit() -> None:
    allowed = replace(ALLOWED, total=replace(ALLOWED.total, cpus=float(CORES)))
    figure = figures.cpu(samples(0), allowed, CORES)
    assert (figure.limit, figure.limit_text) == (None, "no limit")


def test_memory_is_drawn_up_to_what_the_computer_has() -> None:
    figure = figures.memory(samples(0), ALLOWED)
    assert figure.labels == ("32 GB", "16", "0")
    assert (figure.value, figure.limit_text) == ("5.4 GB", "limit 12 GB")


def test_disk_shows_its_limit_even_where_little_is_used() -> None:
    figure = figures.disk(samples(0), ALLOWED)
    assert (figure.value, figure.limit_text, figure.computer_text) == ("500 MB", "limit 10 GB", "100 GB free")
    assert figure.limit is not None
    assert figure.limit < figure.top


def test_traffic_grows_its_scale_and_never_shrinks_it() -> None:
    figure = figures.download(samples(0), 0.0)
    assert (figure.own, figure.limit) == ((), None)
    assert figures.download(samples(0), 80 * MIB).top == 80 * MIB
    assert figures.download((), 0.0).value == "–"


def test_a_gpu_that_tells_little_is_shown_as_far_as_it_tells() -> None:
    load, memory, heat, power = figures.gpu(samples(2, 0), 0)
    assert (power.limit, power.limit_text, memory.top) == (160, "limit 160 W", 12 * 1024**3)
    assert load.limit is None
    mute = replace(
        reading(), gpus=(replace(reading().gpus[0], temperature_c=None, power_w=None, power_limit_w=None),)
    )
    silent = sample_of(snapshot(Phase.BUSY, reading=mute))
    assert silent is not None
    _, _, heat, power = figures.gpu((silent,), 0)
    assert (heat.value, heat.rest, power.value, power.limit) == ("–", (None,), "–", None)
    assert figures.gpu((silent,), 7) == ()


def test_nothing_measured_at_all() -> None:
    bare = Sample(Reading(at=NOW), None, None, None)
    for figure in (
        figures.cpu((bare,), ALLOWED, CORES),
        figures.memory((bare,), ALLOWED),
        figures.disk((bare,), ALLOWED),
        figures.upload((bare,), 0.0),
        figures.cpu((), ALLOWED, CORES),
        figures.memory((), ALLOWED),
        figures.disk((), ALLOWED),
    ):
        assert figure.value == "–"
        assert figure.top > 0


@pytest.mark.parametrize(
    ("value", "top"), [(0.3, 1), (1, 1), (1.1, 2), (3, 5), (7, 10), (160, 200), (999, 1000), (1001, 2000)]
)
def test_tops_are_round(value: float, top: float) -> None:
    assert axis.round_up(value) == top


def test_byte_tops_are_round_in_their_unit() -> None:
    assert axis.bytes_labels(axis.bytes_top(6.1 * MIB), "/s") == ("10 MB/s", "5", "0")
    assert axis.bytes_labels(axis.bytes_top(900 * 1024)) == ("1,000 KB", "500", "0")
    for power in range(1, 14):
        value = math.e * 10**power
        assert value <= axis.bytes_top(value) <= 6 * value
