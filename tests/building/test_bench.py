"""What the bench makes of its samples: verdicts, the document, the table, the breakdown, the tray's budget. No figure is asserted."""

import json
import os
import sys
from pathlib import Path

import pytest

from building import bench
from building.bench import __main__ as program
from building.bench import processes, programs, timeline, tray
from building.bench.figures import Figure, Result, Verdict, document, met, spread, table
from building.bench.task import Timed
from building.say import BuildError


def figure(value: float, **more: object) -> Figure:
    return Figure(part="noop", name="a figure", unit="ms", value=value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (figure(115.0, floor=100.0, bar=1.15, bar_on="ratio"), Verdict.MET),
        (figure(116.0, floor=100.0, bar=1.15, bar_on="ratio"), Verdict.MISSED),
        (figure(90.0, floor=100.0, bar=0.9, bar_on="ratio", bar_is_least=True), Verdict.MET),
        (figure(89.0, floor=100.0, bar=0.9, bar_on="ratio", bar_is_least=True), Verdict.MISSED),
        (figure(37.0, floor=25.0, bar=12.0, bar_on="extra"), Verdict.MET),
        (figure(37.1, floor=25.0, bar=12.0, bar_on="extra"), Verdict.MISSED),
        (figure(0.0, bar=0.0), Verdict.MET),
        (figure(1.0, bar=0.0), Verdict.MISSED),
        (figure(float("nan"), floor=1.0, bar=9.0, bar_on="ratio"), Verdict.MISSED),
        (figure(1e9, floor=1.0), Verdict.SHOWN),
    ],
)
def test_a_figure_is_held_against_its_bar(told: Figure, verdict: Verdict) -> None:
    assert told.verdict is verdict
    assert met([Result((told,), {})]) is (verdict is not Verdict.MISSED)


def test_a_bar_without_its_floor_is_a_bug() -> None:
    with pytest.raises(ValueError, match="needs a floor"):
        _ = figure(1.0, bar=1.0, bar_on="ratio").verdict


def test_the_document_has_each_figure_with_floor_bar_and_verdict() -> None:
    good = figure(110.0, floor=100.0, bar=1.15, bar_on="ratio", spread=(90.0, 130.0))
    bad = figure(13.0, floor=0.0, bar=12.0, bar_on="extra")
    told = document({"cpus": 2}, {"noop": Result((good,), {"why": {"run": 1.0}}), "idle": Result((bad,), {})})
    told = json.loads(json.dumps(told))
    assert told["met"] is False
    assert told["details"]["noop"] == {"why": {"run": 1.0}}
    first, second = told["figures"]
    assert (first["value"], first["floor"], first["bar"], first["judged"]) == (110.0, 100.0, 1.15, 1.1)
    assert (first["verdict"], second["verdict"]) == ("met", "missed")
    assert first["spread"] == [90.0, 130.0]


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = table({"idle": Result((figure(13.0, floor=1.0, bar=12.0, bar_on="extra"), figure(5.0)), {})})
    assert len(lines) == 3
    assert "12 ms more" in lines[1]
    assert lines[1].endswith("met")
    assert lines[2].endswith("shown")


def test_spread_leaves_the_tenths_at_both_ends_out() -> None:
    assert spread([float(number) for number in range(11)]) == (1.0, 9.0)
    assert spread([5.0]) == (5.0, 5.0)
    with pytest.raises(ValueError):
        spread([])


def log_line(seconds: float, text: str) -> str:
    return f"2026-11-24T10:00:{seconds:06.3f}+00:00 DEBUG agent: {text}"


def test_a_breakdown_is_read_from_the_workers_log() -> None:
    begin = 1795514400.0
    log = [
        log_line(1, "OfferArrived(offer=(offer_id='a', task_id='before'))"),
        log_line(2, "ClaimGranted(offer_id='a', attempt=before/1.1)"),
        log_line(10.030, "OfferArrived(offer=(offer_id='b', task_id='mine'))"),
        log_line(10.050, "ClaimGranted(offer_id='b', attempt=mine/1.1)"),
        log_line(10.051, "StageEntered(attempt=mine/1.1, stage='received')"),
        log_line(10.060, "StageEntered(attempt=mine/1.1, stage='preparing')"),
        "2026-11-24T10:00:10.070+00:00 INFO link: something else",
        log_line(10.100, "StageEntered(attempt=mine/1.1, stage='scheduled')"),
        log_line(10.300, "StageEntered(attempt=mine/1.1, stage='running')"),
        log_line(10.400, "StageEntered(attempt=mine/1.1, stage='collecting')"),
        log_line(10.410, "RunEnded(finished=(attempt=mine/1.1, reason='ok'), kept=True)"),
        "    an indented second line",
        log_line(10.500, "RunCleaned(attempt=mine/1.1)"),
    ]
    told = timeline.breakdown(log, [Timed("mine", begin + 10, begin + 10.010, begin + 10.440)])
    assert told == {
        "submit call": 10.0,
        "offer": 20.0,
        "claim": 20.0,
        "begin": 10.0,
        "prepare": 40.0,
        "start": 200.0,
        "run": 100.0,
        "collect": 10.0,
        "deliver": 30.0,
        "clean": 90.0,
    }
    with pytest.raises(ValueError, match="RunCleaned"):
        timeline.breakdown(log[:-1], [Timed("mine", begin + 10, begin + 10.010, begin + 10.440)])


def test_what_the_tray_may_have_loaded() -> None:
    allowed = [
        "os",
        "PySide6.QtSvg",
        "grpc._channel",
        "google.protobuf",
        "hivemind_desktop.qt.app",
        "sqlite3",
    ]
    assert tray.over_budget(allowed) == []
    assert tray.over_budget([*allowed, "docker.api", "docker", "PySide6.QtNetwork", "numpy.core"]) == [
        "PySide6.QtNetwork",
        "docker",
        "numpy",
    ]


def test_the_memory_of_a_process_is_read() -> None:
    told = processes.memory(os.getpid())
    assert 0 < told.private <= told.pss * 2
    assert processes.family(os.getpid())[0].pid == os.getpid()


def test_a_program_that_says_nothing_is_told() -> None:
    with pytest.raises(BuildError, match="without a word"), programs.running([sys.executable, "-c", ""]):
        pass


def test_a_bare_python_waits_until_it_is_left() -> None:
    with programs.bare_python(("json",)) as found:
        assert found.said == "ready"
        assert Path(f"/proc/{found.pid}").exists()
    assert not Path(f"/proc/{found.pid}").exists()


def test_every_part_is_measured_by_its_name() -> None:
    assert tuple(program.MEASURES) == bench.PARTS
