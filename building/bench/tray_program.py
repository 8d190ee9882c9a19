"""The program with its tray and its window never opened, as `hivemind-desktop --minimized` composes it; says what it loaded once it is idle, and quits.

One JSON line on stdout: {pid, phase, modules}; it goes on until its standard input ends, so that it can be looked at from outside.
"""

import json
import os
import sys
import threading

from hivemind_desktop import compose
from hivemind_desktop.__main__ import parser
from hivemind_desktop.settings import flags_of
from hivemind_desktop.worker.events import QuitAsked
from hivemind_desktop.worker.front import Port

LIMIT_S = 60.0


def main(settle_s: float) -> int:
    arguments = parser().parse_args(["--minimized"])
    place = compose.place(flags_of(arguments), arguments.config_file, strict=True)
    with compose.running(place) as worker:
        front = worker.front_end(windowed=True)
        threading.Thread(target=tell, args=(worker.port, settle_s), daemon=True).start()
        return front.main()


def tell(port: Port, settle_s: float) -> None:
    """Once connected, and `settle_s` later."""
    connected = threading.Event()
    unsubscribe = port.subscribe(lambda change: connected.set() if change.snapshot.phase == "ready" else None)
    if port.snapshot().phase == "ready":
        connected.set()
    connected.wait(LIMIT_S)
    unsubscribe()
    threading.Event().wait(settle_s)
    told = {"pid": os.getpid(), "phase": str(port.snapshot().phase), "modules": sorted(sys.modules)}
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    port.post(QuitAsked())


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
