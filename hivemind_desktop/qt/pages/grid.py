"""Where each card of the dashboard stands, by the number of columns. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hivemind_desktop.qt.tokens import tokens


@dataclass(frozen=True, slots=True)
class Place:
    row: int
    column: int
    rows: int = 1
    columns: int = 1


def columns_for(width: int) -> int:
    """Columns of cards for a page that is `width` logical pixels wide."""
    steps = tokens().window["chart_columns"]
    return max(int(count) for count, from_px in steps.items() if width >= from_px)


def places(columns: int, gpus: int) -> dict[str, Place]:
    """Card -> place. Cards: cpu, memory, disk, network, gpu0.., running, log, results, earned."""
    if columns == 3:
        return _three_with_gpu() if gpus == 1 else _three(gpus)
    order = ["cpu", "memory"] if columns == 2 else []
    found = {name: Place(0, number) for number, name in enumerate(order)}
    row = 1 if order else 0
    if columns == 1:
        for name in ("cpu", "memory"):
            found[name] = Place(row, 0)
            row += 1
    for name in ("running", "log", "results"):
        found[name] = Place(row, 0, 1, columns)
        row += 1
    rest = [*(f"gpu{number}" for number in range(gpus)), "disk", "network", "earned"]
    for number, name in enumerate(rest):
        found[name] = Place(row + number // columns, number % columns)
    return found


def _three_with_gpu() -> dict[str, Place]:
    """The look's own: one GPU fills the third column beside the four charts."""
    return {
        "cpu": Place(0, 0),
        "memory": Place(0, 1),
        "gpu0": Place(0, 2, 2),
        "disk": Place(1, 0),
        "network": Place(1, 1),
        "running": Place(2, 0, 1, 2),
        "earned": Place(2, 2),
        "log": Place(3, 0, 1, 3),
        "results": Place(4, 0, 1, 3),
    }


def _three(gpus: int) -> dict[str, Place]:
    """No GPU, or several: one card each in rows of their own; the network takes the place that is left there."""
    found = {"cpu": Place(0, 0), "memory": Place(0, 1), "disk": Place(0, 2)}
    for number in range(gpus):
        found[f"gpu{number}"] = Place(1 + number // 3, number % 3)
    row = 1 + (gpus + 2) // 3
    left = gpus % 3
    found["running"] = Place(row, 0, 1, 3 if left else 2)
    found["network"] = Place(row - 1, left) if left else Place(row, 2)
    found["log"] = Place(row + 1, 0, 1, 3)
    found["results"] = Place(row + 2, 0, 1, 2)
    found["earned"] = Place(row + 2, 2)
    return found
