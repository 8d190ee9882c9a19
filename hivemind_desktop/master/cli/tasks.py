"""`tasks`: every task, newest first."""

from __future__ import annotations

import argparse

from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json, print_table
from hivemind_desktop.master.cli.shown import brief_moment, shown_attempt, task_document


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        tasks = list(master.tasks(arguments.limit))
    if arguments.json:
        print_json([task_document(task) for task in tasks])
        return DONE
    rows = []
    for task in tasks:
        shown = shown_attempt(task)
        rows.append(
            (
                task.task_id,
                task.state if task.reason in ("", "ok", "cancelled") else f"{task.state} ({task.reason})",
                shown.node_name if shown else "",
                task.sender,
                brief_moment(task.submitted_unix_ms),
                task.name,
            )
        )
    print_table(("TASK", "STATE", "NODE", "SENDER", "SUBMITTED", "NAME"), rows)
    return DONE
