"""Where the time of a task goes: between the events that the worker's log names (LOG_LEVEL=DEBUG) and the ends of the submit call."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise

from building.bench.figures import median
from building.bench.task import Timed

STEPS = (
    ("submit call", "the sender's call, the master writes the task down"),
    ("offer", "from the sender's answer until the worker's agent has the offer"),
    ("claim", "the worker claims, the master grants the lease"),
    ("begin", "a thread, the run's folder and record on disk"),
    ("prepare", "image, the run's own disk, package fetched; create and attach beside it"),
    ("start", "the engine starts the container"),
    ("run", "the task itself, the end of its output, the engine's wait"),
    ("collect", "output, log and result into the outbox on disk"),
    ("deliver", "blobs, log and result to the master, which syncs them"),
)
_MARKS = (
    "OfferArrived",
    "ClaimGranted",
    "StageEntered preparing",
    "StageEntered scheduled",
    "StageEntered running",
    "StageEntered collecting",
    "RunEnded",
)
AFTER = "RunCleaned"
_STAGE = re.compile(r"\bstage='(\w+)'")


def breakdown(log: Iterable[str], tasks: Iterable[Timed]) -> dict[str, float]:
    """Median milliseconds of each of STEPS over the tasks, and of `clean` (container and disk removed, beside `deliver`).

    Raises ValueError when the log lacks an event.
    """
    events = [event for event in map(_event, log) if event is not None]
    spans: dict[str, list[float]] = {name: [] for name, _ in STEPS}
    cleaned = []
    for task in tasks:
        marks = _marks(events, task)
        times = [task.began, task.submitted, *(marks[name] for name in _MARKS), task.stored]
        for (name, _), (begin, end) in zip(STEPS, pairwise(times), strict=True):
            spans[name].append(end - begin)
        cleaned.append(marks[AFTER] - marks["RunEnded"])
    spans["clean"] = cleaned
    return {name: round(median(found) * 1000, 1) for name, found in spans.items()}


def _marks(events: Iterable[tuple[float, str]], task: Timed) -> Mapping[str, float]:
    marks: dict[str, float] = {}
    for at, text in events:
        if task.task_id in text:
            stage = _STAGE.search(text)
            mark = text.partition("(")[0] + (f" {stage[1]}" if stage else "")
            marks.setdefault(mark, at)
    if lacking := [name for name in (*_MARKS, AFTER) if name not in marks]:
        raise ValueError(f"the worker's log does not say {lacking} of task {task.task_id}")
    return marks


def _event(line: str) -> tuple[float, str] | None:
    """(Unix seconds, event) of a line `TIME DEBUG agent: EVENT`."""
    time, _, rest = line.partition(" ")
    level, _, rest = rest.partition(" ")
    name, _, text = rest.partition(": ")
    if level != "DEBUG" or name != "agent":
        return None
    return datetime.fromisoformat(time).timestamp(), text.strip()
