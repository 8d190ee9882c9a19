"""A figure with its floor, its bar and the verdict; the document and the table that are made of them. Pure."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """`shown`: a figure without a bar."""

    MET = "met"
    MISSED = "missed"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Figure:
    """`floor` is what the same work costs without us, in `unit`. The bar is on `ratio` (value / floor), on `extra` (value - floor) or on
    `value`; `bar_is_least`: the figure must be at least the bar, else at most."""

    part: str
    name: str
    unit: str
    value: float
    floor: float | None = None
    bar: float | None = None
    bar_on: str = "value"
    bar_is_least: bool = False
    spread: tuple[float, float] | None = None
    """10th and 90th percentile of what `value` is the median of."""
    floor_spread: tuple[float, float] | None = None
    note: str = ""

    @property
    def judged(self) -> float:
        """The number that is held against the bar. Raises ValueError where that takes a floor and there is none."""
        if self.bar_on == "value":
            return self.value
        if self.floor is None:
            raise ValueError(f"{self.name}: a bar on {self.bar_on} needs a floor")
        if self.bar_on == "ratio":
            return self.value / self.floor
        if self.bar_on == "extra":
            return self.value - self.floor
        raise ValueError(f"{self.name}: no bar can be on {self.bar_on}")

    @property
    def verdict(self) -> Verdict:
        """A figure that is no number misses its bar."""
        if self.bar is None:
            return Verdict.SHOWN
        held = self.judged >= self.bar if self.bar_is_least else self.judged <= self.bar
        return Verdict.MET if held else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Result:
    """What one part found. `details`: whatever explains the figures, ready for JSON."""

    figures: tuple[Figure, ...]
    details: Mapping[str, Any]


def met(results: Sequence[Result]) -> bool:
    """Whether no bar was missed."""
    return all(figure.verdict is not Verdict.MISSED for result in results for figure in result.figures)


def document(machine: Mapping[str, Any], parts: Mapping[str, Result]) -> dict[str, Any]:
    """What --json prints."""
    return {
        "met": met(list(parts.values())),
        "machine": dict(machine),
        "figures": [_row(figure) for result in parts.values() for figure in result.figures],
        "details": {name: dict(result.details) for name, result in parts.items()},
    }


def _row(figure: Figure) -> dict[str, Any]:
    row = asdict(figure)
    row["judged"] = None if figure.bar is None else round(figure.judged, 3)
    row["verdict"] = str(figure.verdict)
    for name in ("value", "floor"):
        row[name] = None if row[name] is None else round(row[name], 3)
    for name in ("spread", "floor_spread"):
        row[name] = None if row[name] is None else [round(number, 3) for number in row[name]]
    return row


def table(parts: Mapping[str, Result]) -> list[str]:
    """The figures as lines of text."""
    head = ("part", "figure", "ours", "floor", "judged", "bar", "verdict")
    rows: list[tuple[str, ...]] = [head]
    for result in parts.values():
        rows += [_cells(figure) for figure in result.figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _cells(figure: Figure) -> tuple[str, ...]:
    signs = {"ratio": "x", "extra": f" {figure.unit} more", "value": f" {figure.unit}"}
    judged = bar = ""
    if figure.bar is not None:
        judged = f"{figure.judged:.4g}{signs[figure.bar_on]}"
        bar = f"{'>=' if figure.bar_is_least else '<='} {figure.bar:g}"
    return (
        figure.part,
        figure.name,
        _amount(figure.value, figure.unit, figure.spread),
        "" if figure.floor is None else _amount(figure.floor, figure.unit, figure.floor_spread),
        judged,
        bar,
        str(figure.verdict),
    )


def _amount(value: float, unit: str, spread: tuple[float, float] | None) -> str:
    text = f"{value:.4g} {unit}"
    return text if spread is None else f"{text} ({spread[0]:.4g}-{spread[1]:.4g})"


def median(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def spread(samples: Sequence[float]) -> tuple[float, float]:
    """10th and 90th percentile, each a sample itself. Raises ValueError when there is none."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    last = len(ordered) - 1
    return ordered[math.floor(last * 0.1)], ordered[math.ceil(last * 0.9)]
