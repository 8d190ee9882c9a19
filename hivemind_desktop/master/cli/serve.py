"""`serve`: the master itself, by the settings of its state folder, with its log there.

A wrong setting ends it, as it ends every command. The embedded one goes by the default instead: the window it belongs to says what is wrong.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from hivemind_desktop.host.folders import Folders, state_folder
from hivemind_desktop.host.log import log_bugs, start_log
from hivemind_desktop.master.cli.said import DONE, word
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.serve import ServeOrder, check_listen, serve
from hivemind_desktop.settings import table as option
from hivemind_desktop.settings.load import load
from hivemind_desktop.settings.setting import Values

LOG_NAME = "master.log"
BEATS = 3


def run(arguments: argparse.Namespace) -> int:
    if arguments.listen:
        check_listen(arguments.listen)
    folders = Folders(state_folder())
    data = Path(arguments.data).expanduser().absolute() if arguments.data else folders.master
    config = Path(arguments.config_file) if arguments.config_file else folders.config
    named = arguments.config_file is not None
    strict = not arguments.embedded
    loaded = load(config, strict=strict, required=named and strict)
    log = start_log(folders.root / LOG_NAME, loaded.values[option.LOG_LEVEL])
    log_bugs()
    for problem in loaded.problems:
        logging.getLogger(__name__).warning("%s", word(problem.code, problem.fields))
    try:
        serve(ServeOrder(folders.root, data, arguments.listen, arguments.embedded, rules_of(loaded.values)))
    finally:
        log.close()
    return DONE


def rules_of(values: Values) -> Rules:
    """The owner's clocks. A worker beats three times within its lease, and within what shows it offline, whatever is set."""
    lease_s, offline_s = values[option.MASTER_LEASE_S], values[option.MASTER_OFFLINE_S]
    return Rules(
        heartbeat_s=min(values[option.MASTER_HEARTBEAT_S], lease_s / BEATS, offline_s / BEATS),
        lease_s=lease_s,
        offline_s=offline_s,
        refused_by_all_s=values[option.MASTER_REFUSED_S],
    )
