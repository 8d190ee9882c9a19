"""`join LINK` and `leave`: enrol this installation with a master, un-enrol it."""

from __future__ import annotations

import argparse
from typing import Any

from hivemind_desktop.cli.output import DONE, print_json, tell


def add_parsers(commands: Any) -> None:
    join = commands.add_parser("join", help="enrol with the master of a join link")
    join.add_argument("link", metavar="LINK")
    join.add_argument("--json", action="store_true", help="one JSON document on stdout")
    join.set_defaults(run=run_join)
    leave = commands.add_parser(
        "leave", help="un-enrol and forget the keys; the master on this computer is used again"
    )
    leave.add_argument("--json", action="store_true", help="one JSON document on stdout")
    leave.set_defaults(run=run_leave)


def run_join(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    pool = compose.join(compose.place(strict=True), arguments.link)
    if arguments.json:
        print_json(pool)
    else:
        tell(f"Joined {pool['pool_name']} ({pool['master_url']}) as {pool['node_name']}.")
        if pool["worker_running"]:
            tell("The worker that is running here goes on with its old pool until it is started again.")
    return DONE


def run_leave(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    pool = compose.leave(compose.place(strict=True))
    if arguments.json:
        print_json(pool)
    else:
        tell(f"Left {pool['pool_name']}.")
    return DONE
