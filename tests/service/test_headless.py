"""The headless front-end in a process of its own: real signals, a real QCoreApplication, a worker that is a few lines."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time

PROGRAM = textwrap.dedent(
    """
    import sys, threading
    from hivemind_desktop.service.headless import Headless
    from hivemind_desktop.worker.allowed import Allowed
    from hivemind_desktop.worker.change import Change
    from hivemind_desktop.worker.events import QuitAsked
    from hivemind_desktop.worker.snapshot import LinkView, Phase, Snapshot, Why
    from dataclasses import replace

    why = Why("ready.no_task")
    START = Snapshot(1, Phase.READY, why, (why,), LinkView(), "", (), (), 0, Allowed(), None, 0)

    class Worker:
        def __init__(self, ends):
            self.now, self.ends, self.heard = START, ends, []
        def snapshot(self):
            return self.now
        def subscribe(self, changed):
            self.changed = changed
            return lambda: print("unsubscribed", flush=True)
        def post(self, event):
            self.heard.append(event)
            print(type(event).__name__, flush=True)
            if self.ends:
                threading.Timer(0.3, self.end).start()
        def end(self):
            self.now = replace(self.now, number=2, over=True)
            self.changed(Change(self.now))

    worker = Worker(ends="stuck" not in sys.argv)
    front = Headless(worker, end_limit_ms=600)
    if "stop" in sys.argv:
        threading.Timer(0.1, front.stop).start()
    else:
        threading.Timer(0.1, lambda: print("up", flush=True)).start()
    code = front.main()
    print("QtGui" if any(name.startswith("PySide6.QtGui") for name in sys.modules) else "no gui", flush=True)
    sys.exit(code)
    """
)


def start(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def read_until(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"it ended without {word!r}: {child.communicate(timeout=10)[1]}")


def test_sigterm_asks_the_worker_and_leaves_when_it_is_over() -> None:
    child = start()
    read_until(child, "up")
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out.split("\n")[:3]) == (0, ["QuitAsked", "unsubscribed", "no gui"]), err
    assert time.monotonic() - began < 5


def test_a_second_sigint_is_harmless() -> None:
    child = start()
    read_until(child, "up")
    child.send_signal(signal.SIGINT)
    read_until(child, "QuitAsked")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert "QuitAsked" not in out
    assert "Traceback" not in err


def test_stop_from_another_thread() -> None:
    child = start("stop")
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out.split("\n")[0]) == (0, "QuitAsked"), err


def test_a_worker_that_does_not_end_is_left() -> None:
    child = start("stuck")
    read_until(child, "up")
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 1
    assert "did not end within 0.6 s" in err


def test_waiting_costs_nothing() -> None:
    child = start()
    read_until(child, "up")
    ticks = cpu_ticks(child.pid)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        time.sleep(0.1)
    spent = cpu_ticks(child.pid) - ticks
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=20)
    assert spent <= 1


def cpu_ticks(pid: int) -> int:
    """User and system time in clock ticks (proc(5))."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
