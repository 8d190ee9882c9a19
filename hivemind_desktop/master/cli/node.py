"""`node rename|block|unblock|remove|drain|undrain|label|unlabel ID`."""

from __future__ import annotations

import argparse

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json
from hivemind_desktop.master.cli.shown import node_document

_DONE = {
    "rename": "renamed",
    "block": "blocked",
    "unblock": "no longer blocked",
    "remove": "removed",
    "drain": "gets no more offers",
    "undrain": "gets offers again",
    "label": "labelled",
    "unlabel": "label taken away",
}


def run(arguments: argparse.Namespace) -> int:
    with connect() as master:
        node = master.change_node(arguments.node_id, arguments.action, getattr(arguments, "value", ""))
    if arguments.json:
        print_json(node_document(node))
    else:
        print(f"{harmless_line(node.name)} ({node.node_id}): {_DONE[arguments.action]}")
    return DONE
