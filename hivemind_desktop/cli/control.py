"""Commands to a running worker over its local socket: status, pause, resume, start, stop, drain, quit."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from hivemind_desktop.cli.output import DONE, REFUSED, print_json, tell
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording import say_why
from hivemind_desktop.worker.events import (
    DrainAsked,
    PauseAsked,
    QuitAsked,
    ResumeAsked,
    StartAsked,
    StopAsked,
)
from hivemind_desktop.worker.front import OwnerEvent, Port
from hivemind_desktop.worker.snapshot import Phase, RunView, Snapshot

Reached = Callable[[Snapshot], bool]

EFFECT_LIMIT_S = 15.0
"""How long a command waits to see what it asked for."""


def add_parsers(commands: Any) -> None:
    status = commands.add_parser("status", help="what the worker does and why")
    status.set_defaults(run=show_status)
    pause = commands.add_parser("pause", help="freeze what runs and take nothing new")
    pause.add_argument("minutes", nargs="?", type=_minutes, help="for so long; without: until resume")
    pause.set_defaults(
        run=lambda args: _ask(args, PauseAsked(args.minutes and args.minutes * 60), _is_paused)
    )
    for name, event, reached, text in (
        ("resume", ResumeAsked(), lambda s: s.phase is not Phase.PAUSED, "end a pause"),
        ("start", StartAsked(), lambda s: s.phase is not Phase.STOPPED, "work again after a stop"),
        ("stop", StopAsked(), _has_stopped, "give back what runs and take nothing until start"),
        ("drain", DrainAsked(), lambda s: s.phase in (Phase.DRAINING, Phase.STOPPED), "finish, then stop"),
        ("quit", QuitAsked(), lambda s: s.over, "end the program"),
    ):
        parser = commands.add_parser(name, help=text)
        parser.set_defaults(run=lambda args, event=event, reached=reached: _ask(args, event, reached))
    for name in ("status", "pause", "resume", "start", "stop", "drain", "quit"):
        commands.choices[name].add_argument("--json", action="store_true", help="one JSON document on stdout")


def show_status(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    place = compose.place(strict=True)
    try:
        with compose.remote_port(place) as port:
            snapshot, about = port.snapshot(), port.about
    except KnownError as error:
        if not arguments.json or error.code != "control.no_worker":
            raise
        print_json({"phase": None})
        return REFUSED
    document = {**compose.status_document(snapshot, place), **about}
    if arguments.json:
        print_json(document)
    else:
        _print_status(snapshot, document)
    return DONE


def _ask(arguments: argparse.Namespace, event: OwnerEvent, reached: Reached) -> int:
    """Post it and wait until the snapshot shows it."""
    from hivemind_desktop import compose

    place = compose.place(strict=True)
    with compose.remote_port(place) as port:
        snapshot = port.snapshot()
        number = port.post(event)
        try:
            snapshot = _wait(port, number, reached)
        except KnownError as error:
            # a worker that ends may be gone before it can say so
            if error.code != "control.lost" or not isinstance(event, QuitAsked):
                raise
        if arguments.json:
            print_json({**compose.status_document(snapshot, place), **port.about})
        else:
            tell(say_why(snapshot.why))
    return DONE


def _wait(port: Port, number: int, reached: Reached) -> Snapshot:
    """The first snapshot after `number` for which `reached` holds. Raises KnownError `control.no_effect`."""
    deadline = time.monotonic() + EFFECT_LIMIT_S
    snapshot = port.snapshot()
    while not (snapshot.number > number and reached(snapshot)):
        left = deadline - time.monotonic()
        if left <= 0:
            raise KnownError("control.no_effect")
        change = port.since(snapshot.number, left)
        snapshot = change.snapshot if change else snapshot
    return snapshot


def _is_paused(snapshot: Snapshot) -> bool:
    return snapshot.phase is Phase.PAUSED or any(rule.code.startswith("paused.") for rule in snapshot.rules)


def _has_stopped(snapshot: Snapshot) -> bool:
    return snapshot.phase is Phase.STOPPED and not snapshot.runs


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 60 * 24 * 365:
        raise argparse.ArgumentTypeError(f"expected minutes above 0, got {text!r}")
    return minutes


def _print_status(snapshot: Snapshot, document: dict[str, Any]) -> None:
    print(f"{document['phase_name']}: {document['why']['text']}")
    for rule in document["rules"][1:]:
        print(f"  also: {rule['text']}")
    for run in snapshot.runs:
        print("  " + _run_line(run))
    if snapshot.outbox:
        print(f"  {snapshot.outbox} results wait for the master")
    print(f"  {snapshot.earned} CPT earned; log: {document['log_file']}")


def _run_line(run: RunView) -> str:
    progress = f" {run.progress * 100:.0f} %" if run.progress is not None else ""
    line = f"{run.attempt} {harmless_line(run.name, 40)} [{'paused' if run.frozen else run.stage}]{progress} from {harmless_line(run.sender, 40)}"
    missing = run.kept.not_kept if run.kept else ()
    return line + (f" (not kept by this engine: {', '.join(missing)})" if missing else "")
