"""A child process for tests: the real window and tray over a worker that is a few lines. Commands come on stdin, what happened goes to stdout.

python -m tests.qt.tray_program LANGUAGE [minimized]
"""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal

from hivemind_desktop.qt.app import App, WindowOptions
from hivemind_desktop.worker.events import (
    DrainAsked,
    PauseAsked,
    QuitAsked,
    ResumeAsked,
    StartAsked,
    StopAsked,
)
from hivemind_desktop.worker.front import OwnerEvent
from hivemind_desktop.worker.snapshot import Phase, Snapshot, Why
from tests.qt.scenes import NOW, WHYS, Theatre, run, snapshot

BUSY = Why("busy.working", {"tasks": "1"})


class Obedient(Theatre):
    """Does what the owner wishes at once, like a worker with one task."""

    def post(self, event: OwnerEvent) -> int:
        print(type(event).__name__, flush=True)
        task = replace(run(0), log_bytes=0)
        match event:
            case PauseAsked(seconds):
                why = (
                    Why("paused.open", since=NOW)
                    if seconds is None
                    else Why("paused.timed", since=NOW, until=NOW + seconds)
                )
                self.show(phase=Phase.PAUSED, why=why, rules=(why,))
            case ResumeAsked() | StartAsked():
                self.show(phase=Phase.BUSY, why=BUSY, rules=(BUSY,), runs=(task,))
            case StopAsked():
                self.show(phase=Phase.STOPPED, why=WHYS[Phase.STOPPED], rules=(WHYS[Phase.STOPPED],), runs=())
            case DrainAsked():
                why = Why("draining.tasks", {"tasks": "1"})
                self.show(phase=Phase.DRAINING, why=why, rules=(why, BUSY))
            case QuitAsked():
                self.show(runs=(), over=True)
        return super().post(event)


class Commands(QObject):
    """Lines of stdin, handed to the GUI thread."""

    given = Signal(str)

    def read(self) -> None:
        for line in sys.stdin:
            self.given.emit(line.strip())


def first() -> Snapshot:
    return snapshot(Phase.BUSY, BUSY, runs=(run(0),))


def main(language: str, minimized: bool) -> int:
    port = Obedient(first())
    app = App(port, WindowOptions(language=language, minimized=minimized), clock=lambda: NOW)
    commands = Commands()

    def obey(command: str) -> None:
        match command:
            case "close":
                app.window.close()
            case "end the task":
                port.show(runs=())
                print("no task", flush=True)
            case "fail":
                raise ValueError("a slot is wrong")
            case "shown":
                print(
                    "shown",
                    app.window.isVisible(),
                    app.window.isMinimized(),
                    app.tray is not None,
                    flush=True,
                )
            case "message":
                print("message", app.window.message.text, flush=True)

    commands.given.connect(obey, Qt.ConnectionType.QueuedConnection)
    threading.Thread(target=commands.read, daemon=True).start()
    print("up", flush=True)
    code = app.main()
    print("ended", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "minimized" in sys.argv))
