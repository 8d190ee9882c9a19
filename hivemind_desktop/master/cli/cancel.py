"""`cancel ID`: end a task, wherever it is."""

from __future__ import annotations

import argparse

from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        state = master.cancel(arguments.task_id)
    if arguments.json:
        print_json({"task_id": arguments.task_id, "state": state})
    elif state == "cancelled":
        print(f"{arguments.task_id}: cancelled")
    else:
        print(f"{arguments.task_id}: it had ended before ({state})")
    return DONE
