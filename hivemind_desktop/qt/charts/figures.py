"""What each chart says, from the recent samples: curves, limit, scale and the same in one sentence. No drawing, no pyqtgraph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QCoreApplication

from hivemind_desktop.contract.reading import GpuReading
from hivemind_desktop.qt import words
from hivemind_desktop.qt.charts import axis
from hivemind_desktop.qt.recent import GAP_S, SPAN_S, Sample
from hivemind_desktop.worker.allowed import Allowed

translate = QCoreApplication.translate

Curve = tuple[float | None, ...]
"""One value for each sample, None = not measured."""
NO_CURVE: Curve = ()
WHOLE_PERCENT = 100.0
HOTTEST_C = 100.0


@dataclass(frozen=True, slots=True)
class Figure:
    """`own` = HiveMind, `rest` = the whole computer; an empty curve is not drawn. `limit` only where it is enforced."""

    title: str
    value: str
    """What stands at the right: HiveMind's use, or the computer's where HiveMind's own is not measured."""
    summary: str
    """The chart in one sentence, for screen readers."""
    top: float
    labels: tuple[str, str, str]
    own: Curve = NO_CURVE
    rest: Curve = NO_CURVE
    limit: float | None = None
    limit_text: str = ""
    computer_text: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds before the newest sample (0 or less) of each sample, and the spans that nobody measured."""

    at: tuple[float, ...]
    gaps: tuple[tuple[float, float], ...]


def times_of(samples: Sequence[Sample]) -> Times:
    if not samples:
        return Times((), ((-SPAN_S, 0.0),))
    newest = samples[-1].at
    at = tuple(sample.at - newest for sample in samples)
    edges = (-SPAN_S, *at)
    gaps = tuple((a, b) for a, b in pairwise(edges) if b - a > GAP_S)
    return Times(at, gaps)


def segments(times: Times, curve: Curve) -> list[tuple[list[float], list[float]]]:
    """The curve in unbroken pieces (x, y): never joined over a gap or over a value that is not known."""
    pieces: list[tuple[list[float], list[float]]] = []
    before: float | None = None
    for at, value in zip(times.at, curve, strict=False):
        if value is None:
            before = None
            continue
        if before is None or at - before > GAP_S:
            pieces.append(([], []))
        pieces[-1][0].append(at)
        pieces[-1][1].append(value)
        before = at
    return pieces


def _curve(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> Curve:
    return tuple(value(sample) for sample in samples)


def _last(curve: Curve) -> float | None:
    return curve[-1] if curve else None


def _highest(*curves: Curve) -> float:
    return max((value for curve in curves for value in curve if value is not None), default=0.0)


def _limit(text: str) -> str:
    return translate("charts", "limit {amount}").format(amount=text)


def _said(name: str, own: str, computer: str, limit: str) -> str:
    parts = []
    if own:
        parts.append(translate("charts", "HiveMind {amount}").format(amount=own))
    if computer:
        parts.append(translate("charts", "computer {amount}").format(amount=computer))
    if limit:
        parts.append(limit)
    comma = translate("charts", ", ")
    return translate("charts", "{name}: {values}").format(name=name, values=comma.join(parts))


def cpu(samples: Sequence[Sample], allowed: Allowed, cores: int) -> Figure:
    """In percent of all `cores`."""
    own = _curve(samples, lambda sample: None if sample.own_cpus is None else sample.own_cpus / cores * 100)
    rest = _curve(samples, lambda sample: sample.reading.cpu_percent)
    limit = allowed.total.cpus / cores * 100
    enforced = limit < WHOLE_PERCENT
    limit_text = _limit(words.percent(limit)) if enforced else translate("charts", "no limit")
    title = "CPU"
    return Figure(
        title,
        words.percent(_last(own)),
        _said(title, words.percent(_last(own)), words.percent(_last(rest)), limit_text),
        WHOLE_PERCENT,
        axis.percent_labels(),
        own,
        rest,
        limit if enforced else None,
        limit_text,
        _computer(words.percent(_last(rest))),
    )


def memory(samples: Sequence[Sample], allowed: Allowed) -> Figure:
    own = _curve(samples, lambda sample: sample.own_memory)
    rest = _curve(samples, lambda sample: sample.reading.memory_used_bytes)
    limit = float(allowed.total.memory_bytes)
    total = _known(samples[-1].reading.memory_total_bytes if samples else None)
    top = total or axis.bytes_top(max(limit, _highest(own, rest)))
    title = translate("charts", "Memory")
    return Figure(
        title,
        words.size(_last(own)),
        _said(title, words.size(_last(own)), words.size(_last(rest)), _limit(words.size(limit))),
        top,
        axis.bytes_labels(top),
        own,
        rest,
        limit,
        _limit(words.size(limit)),
        _computer(words.size(_last(rest))),
    )


def disk(samples: Sequence[Sample], allowed: Allowed) -> Figure:
    """Space, not traffic: what tasks hold, against what they may hold; the disk itself is too large for one scale with it."""
    own = _curve(samples, lambda sample: sample.own_disk)
    limit = float(allowed.total.disk_bytes)
    top = axis.bytes_top(max(limit, _highest(own)) * 1.01)
    title = translate("charts", "Disk")
    free = None
    if samples:
        used, total = samples[-1].reading.disk_used_bytes, samples[-1].reading.disk_total_bytes
        free = None if used is None or total is None else total - used
    free_text = translate("charts", "{amount} free").format(amount=words.size(free))
    return Figure(
        title,
        words.size(_last(own)),
        _said(title, words.size(_last(own)), free_text, _limit(words.size(limit))),
        top,
        axis.bytes_labels(top),
        own=own,
        limit=limit,
        limit_text=_limit(words.size(limit)),
        computer_text=free_text,
    )


def download(samples: Sequence[Sample], top: float) -> Figure:
    return _traffic(
        translate("charts", "Download"),
        _curve(samples, lambda sample: sample.reading.network_in_bytes_per_s),
        top,
    )


def upload(samples: Sequence[Sample], top: float) -> Figure:
    return _traffic(
        translate("charts", "Upload"),
        _curve(samples, lambda sample: sample.reading.network_out_bytes_per_s),
        top,
    )


def _traffic(title: str, rest: Curve, top: float) -> Figure:
    """Of the whole computer; `top`: the scale so far, it only grows."""
    grown = max(top, axis.bytes_top(max(10 * 1024.0, _highest(rest))))
    value = words.rate(_last(rest))
    return Figure(title, value, _said(title, "", value, ""), grown, axis.bytes_labels(grown, "/s"), rest=rest)


def gpu(samples: Sequence[Sample], index: int) -> tuple[Figure, ...]:
    """Load, memory, temperature and power of one GPU, each as far as its driver tells it."""
    readings = [next((gpu for gpu in sample.reading.gpus if gpu.index == index), None) for sample in samples]
    newest = next((reading for reading in reversed(readings) if reading is not None), None)
    if newest is None:
        return ()
    return (
        _gpu_load(readings),
        _gpu_memory(readings, newest),
        _gpu_heat(readings),
        _gpu_power(readings, newest),
    )


def _of(readings: Sequence[GpuReading | None], value: Callable[[GpuReading], float | None]) -> Curve:
    return tuple(None if reading is None else value(reading) for reading in readings)


def _gpu_load(readings: Sequence[GpuReading | None]) -> Figure:
    rest = _of(readings, lambda reading: reading.load_percent)
    return _strip(
        translate("charts", "Load"), words.percent(_last(rest)), WHOLE_PERCENT, axis.percent_labels(), rest
    )


def _gpu_memory(readings: Sequence[GpuReading | None], newest: GpuReading) -> Figure:
    rest = _of(readings, lambda reading: reading.memory_used_bytes)
    top = float(newest.memory_bytes) or axis.bytes_top(_highest(rest))
    title = translate("charts", "Memory of {amount}").format(amount=words.size(newest.memory_bytes))
    return _strip(title, words.size(_last(rest)), top, axis.bytes_labels(top), rest)


def _gpu_heat(readings: Sequence[GpuReading | None]) -> Figure:
    rest = _of(readings, lambda reading: reading.temperature_c)
    value = words.UNKNOWN if _last(rest) is None else f"{_last(rest):.0f} °C"
    return _strip(translate("charts", "Temperature"), value, HOTTEST_C, ("100 °C", "50", "0"), rest)


def _gpu_power(readings: Sequence[GpuReading | None], newest: GpuReading) -> Figure:
    """The limit is the driver's."""
    rest = _of(readings, lambda reading: reading.power_w)
    value = words.UNKNOWN if _last(rest) is None else f"{_last(rest):.0f} W"
    limit = newest.power_limit_w
    top = axis.round_up(max(limit or 0.0, _highest(rest), 1.0) * 1.01)
    title = translate("charts", "Power")
    text = "" if limit is None else _limit(f"{limit:.0f} W")
    return _strip(title, value, top, (f"{top:.0f} W", f"{top / 2:.0f}", "0"), rest, limit, text)


def _strip(
    title: str,
    value: str,
    top: float,
    labels: tuple[str, str, str],
    rest: Curve,
    limit: float | None = None,
    limit_text: str = "",
) -> Figure:
    return Figure(
        title,
        value,
        _said(title, "", value, limit_text),
        top,
        labels,
        rest=rest,
        limit=limit,
        limit_text=limit_text,
    )


def _known(value: int | None) -> float:
    return 0.0 if value is None else float(value)


def _computer(amount: str) -> str:
    return translate("charts", "PC {amount}").format(amount=amount)
