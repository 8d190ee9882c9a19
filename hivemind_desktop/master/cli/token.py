"""`token add|list|revoke`: who may submit tasks."""

from __future__ import annotations

import argparse

from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json, print_table
from hivemind_desktop.master.cli.shown import brief_moment, moment


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        if arguments.action == "add":
            made = master.add_token(arguments.name)
            if arguments.json:
                print_json({"name": made.name, "submit_link": made.submit_link})
            else:
                print(f"{made.name} may submit tasks with this link:")
                print(made.submit_link)
        elif arguments.action == "revoke":
            master.revoke_token(arguments.name)
            if arguments.json:
                print_json({"name": arguments.name, "revoked": True})
            else:
                print(f"{arguments.name}: revoked")
        else:
            tokens = master.tokens()
            if arguments.json:
                print_json(
                    [
                        {
                            "name": one.name,
                            "created_at": moment(one.created_unix_ms),
                            "used_at": moment(one.used_unix_ms),
                            "revoked": one.revoked,
                        }
                        for one in tokens
                    ]
                )
            else:
                print_table(
                    ("NAME", "CREATED", "LAST USED", "STATE"),
                    [
                        (
                            one.name,
                            brief_moment(one.created_unix_ms),
                            brief_moment(one.used_unix_ms),
                            "revoked" if one.revoked else "good",
                        )
                        for one in tokens
                    ],
                )
    return DONE
