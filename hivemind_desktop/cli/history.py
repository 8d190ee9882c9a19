"""`history` and `logs TASK`: what ran here, from the disk; no worker has to run."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from hivemind_desktop.cli.logtext import LogText
from hivemind_desktop.cli.output import DONE, print_json
from hivemind_desktop.cli.table import table
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.jsonview import to_json
from hivemind_desktop.worker.queries import AskHistory, AskLog, HistoryPage, HistoryRow, LogPart

SHOWN = 50


def add_parsers(commands: Any) -> None:
    history = commands.add_parser("history", help="the attempts that ran here, newest first")
    history.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"how many ({SHOWN})")
    history.add_argument("--json", action="store_true", help="one JSON document on stdout")
    history.set_defaults(run=show_history)
    logs = commands.add_parser("logs", help="the log of a task that ran here")
    logs.add_argument("task", metavar="TASK")
    logs.add_argument("--json", action="store_true", help="one JSON document on stdout")
    logs.set_defaults(run=show_log)


def show_history(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    with compose.disk(compose.place(strict=True)) as answer:
        page = answer(AskHistory(limit=min(max(arguments.limit, 1), 1000)))
    assert isinstance(page, HistoryPage)
    if arguments.json:
        print_json([to_json(row) for row in page.rows])
    else:
        heads = ("TASK", "ATTEMPT", "STATE", "REASON", "ENDED", "CPT", "FROM", "NAME")
        print(table(heads, [_cells(row) for row in page.rows]))
    return DONE


def show_log(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    with compose.disk(compose.place(strict=True)) as answer:
        page = answer(AskHistory(task_id=arguments.task, limit=1))
        assert isinstance(page, HistoryPage)
        if not page.rows:
            raise KnownError("history.no_task", task_id=arguments.task[:60])
        row = page.rows[0]
        text, offset, whole = LogText(), 0, []
        while True:
            part = answer(AskLog(row.attempt, offset))
            assert isinstance(part, LogPart)
            if not part.data:
                break
            offset = part.offset + len(part.data)
            piece = text.feed(part.data)
            if arguments.json:
                whole.append(piece)
            else:
                sys.stdout.write(piece)
        whole.append(text.end())
    if arguments.json:
        print_json({"task_id": row.attempt.task_id, "attempt": row.attempt.number, "log": "".join(whole)})
    else:
        sys.stdout.write(whole[-1])
    return DONE


def _cells(row: HistoryRow) -> tuple[str, ...]:
    ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.ended)) if row.ended else ""
    reason = row.reason.value if row.reason else ""
    return (
        row.attempt.task_id,
        row.attempt.number,
        row.state,
        reason,
        ended,
        str(row.reward),
        row.sender,
        row.name,
    )
