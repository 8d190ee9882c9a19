"""`invite`: a join link, the last line on stdout."""

from __future__ import annotations

import argparse

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import format_duration, parse_duration
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json
from hivemind_desktop.master.cli.shown import moment


def run(arguments: argparse.Namespace) -> int:
    try:
        ttl_s = parse_duration(arguments.ttl)
    except Refused as refused:
        raise KnownError(refused.code, usage=True, **dict(refused.fields)) from refused
    if not ttl_s:
        raise KnownError("value.duration", usage=True, value=arguments.ttl)
    with connect() as master:
        invite = master.invite(ttl_s, arguments.uses)
    if arguments.json:
        print_json({"join_link": invite.join_link, "expires_at": moment(invite.expires_unix_ms)})
        return DONE
    workers = "one worker" if arguments.uses == 1 else f"{arguments.uses} workers"
    print(f"For {workers}, within {format_duration(ttl_s)}: hivemind-desktop join LINK")
    print(invite.join_link)
    return DONE
