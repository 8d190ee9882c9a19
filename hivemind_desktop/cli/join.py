"""`join LINK`, `join -` and `leave`: enrol this installation with a master, un-enrol it.

A link holds a token, and every user of this computer can read the words of a command: `-` keeps it off them.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from hivemind_desktop.cli.output import DONE, print_json, tell
from hivemind_desktop.contract.text import harmless_line

STDIN = "-"
_LONGEST_LINK = 8192
"""Bytes; no link is nearly as long."""


def add_parsers(commands: Any) -> None:
    join = commands.add_parser("join", help="enrol with the master of a join link")
    join.add_argument(
        "link", metavar="LINK", help="the join link; - reads it from standard input, or asks for it"
    )
    join.add_argument("--json", action="store_true", help="one JSON document on stdout")
    join.set_defaults(run=run_join)
    leave = commands.add_parser(
        "leave", help="un-enrol and forget the keys; the master on this computer is used again"
    )
    leave.add_argument("--json", action="store_true", help="one JSON document on stdout")
    leave.set_defaults(run=run_leave)


def run_join(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    place = compose.place(strict=True)
    pool = compose.join(place, read_link() if arguments.link == STDIN else arguments.link)
    if arguments.json:
        print_json(pool)
    else:
        name, node = harmless_line(pool["pool_name"]), harmless_line(pool["node_name"])
        tell(f"Joined {name} ({pool['master_url']}) as {node}.")
        if pool["worker_running"]:
            tell("The worker that is running here goes on with its old pool until it is started again.")
    return DONE


def read_link() -> str:
    """The first line of standard input; on a terminal it is asked for and not shown. Empty when there is none."""
    if sys.stdin is None:  # the program was started without one
        return ""
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass("Join link: ").strip()
    return sys.stdin.buffer.readline(_LONGEST_LINK).decode("utf-8", "replace").strip()


def run_leave(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose

    pool = compose.leave(compose.place(strict=True))
    if arguments.json:
        print_json(pool)
    else:
        tell(f"Left {harmless_line(pool['pool_name'])}.")
        if pool["worker_running"]:
            tell("The worker that is running here has no pool until it is started again.")
    return DONE
