"""`task ID`: all about one task."""

from __future__ import annotations

import argparse

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json, word
from hivemind_desktop.master.cli.shown import brief_moment, number, task_document
from hivemind_desktop.wire import hivemind_pb2 as pb


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        task = master.task(arguments.task_id)
    if arguments.json:
        print_json(task_document(task))
    else:
        _print(task)
    return DONE


def _print(task: pb.TaskInfo) -> None:
    print(f"{task.task_id}  {harmless_line(task.name)}")
    print(f"  state      {task.state}" + (f" ({task.reason})" if task.reason else ""))
    print(f"  sender     {task.sender}")
    print(f"  submitted  {brief_moment(task.submitted_unix_ms)}")
    if task.ended_unix_ms:
        print(f"  ended      {brief_moment(task.ended_unix_ms)}")
    for one in task.attempts:
        facts = [one.state]
        if one.stage and one.state in ("claimed", "running", "uploading"):
            facts.append(one.stage)
        if one.HasField("progress"):
            facts.append(f"{one.progress:.0%} {harmless_line(one.progress_text)}".rstrip())
        if one.reason:
            facts.append(one.reason)
        if one.HasField("exit_code"):
            facts.append(f"exit code {one.exit_code}")
        if one.reward:
            facts.append(f"{one.reward} CPT")
        print(f"  attempt    {number(one.attempt)} on {harmless_line(one.node_name)}: {', '.join(facts)}")
        if one.message:
            print(f"             {word(one.message, dict(one.fields))}")
    for refusal in task.refusals:
        print(
            f"  refused    by {harmless_line(refusal.node_name)}: {word(refusal.reason, dict(refusal.fields))}"
        )
