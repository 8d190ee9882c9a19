"""`nodes`: every worker of the pool."""

from __future__ import annotations

import argparse

from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json, print_table
from hivemind_desktop.master.cli.shown import brief_moment, node_document


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        nodes = master.nodes()
    if arguments.json:
        print_json([node_document(node) for node in nodes])
        return DONE
    print_table(
        ("NODE", "NAME", "PHASE", "TASKS", "EARNED", "LAST SEEN", "LABELS"),
        [
            (
                node.node_id[:8],
                node.name,
                " ".join(
                    [
                        node.phase,
                        *(["blocked"] if node.blocked else []),
                        *(["draining"] if node.draining else []),
                    ]
                ),
                str(len(node.held)),
                f"{node.earned} CPT",
                brief_moment(node.seen_unix_ms),
                ", ".join(node.labels),
            )
            for node in nodes
        ],
    )
    return DONE
