"""`serve`: the master itself, with its log in the state folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from hivemind_desktop.host.folders import Folders, state_folder
from hivemind_desktop.host.log import log_bugs, start_log
from hivemind_desktop.master.cli.said import DONE
from hivemind_desktop.master.serve import ServeOrder, check_listen, serve

LOG_NAME = "master.log"


def run(arguments: argparse.Namespace) -> int:
    if arguments.listen:
        check_listen(arguments.listen)
    folders = Folders(state_folder())
    data = Path(arguments.data).expanduser().absolute() if arguments.data else folders.master
    log = start_log(folders.root / LOG_NAME)
    log_bugs()
    try:
        serve(ServeOrder(folders.root, data, arguments.listen, arguments.embedded))
    finally:
        log.close()
    return DONE
