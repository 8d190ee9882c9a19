"""The idle tray: connected, its window never opened. What it has loaded must be within the design's budget."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from building.bench import processes
from building.bench.figures import Figure, Result
from building.bench.pool import Pool
from building.bench.programs import WORKER_LIBRARIES, bare_python, command_of, running
from building.run_tests import display
from building.say import BuildError

LIBRARIES = ("PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtSvg", *WORKER_LIBRARIES)
"""The design's budget (section 5)."""
BUDGET = frozenset({"PySide6", "shiboken6", "grpc", "google", "psutil", "filelock", "hivemind_desktop"})
"""Top-level modules besides the standard library's."""
QT_BUDGET = frozenset({"QtCore", "QtGui", "QtWidgets", "QtSvg"})
BELONG = {
    "PySide6": ("shibokensupport", "signature_bootstrap", "__feature__"),
    "grpc": ("grpc_tools", "grpc_health", "grpc_reflection", "typing_extensions", "cython_runtime"),
}
"""What these load of their own accord: grpc's __init__ names its sisters."""


def over_budget(modules: Iterable[str]) -> list[str]:
    """What of sys.modules is in no budget, by top-level name; Qt's modules by their own."""
    own = {name for names in BELONG.values() for name in names}
    found = set()
    for name in modules:
        top, _, rest = name.partition(".")
        if top == "PySide6" and rest.startswith("Qt") and rest not in QT_BUDGET:
            found.add(f"PySide6.{rest}")
        elif top in sys.stdlib_module_names or top in BUDGET or top in own:
            continue
        elif top in ("__main__", "building", "_distutils_hack") or top.startswith("_cython_"):
            continue  # who measures; the environment's own hook
        else:
            found.add(top)
    return sorted(found)


def measure(here: Pool, settle_s: float) -> Result:
    """A tray that joins the master of `here`. Its memory is taken beside a bare Python with the libraries of the budget."""
    with (
        desktop(here.join("tray")) as environ,
        running(command_of("tray_program", str(settle_s)), environ) as tray,
    ):
        told = json.loads(tray.said)
        if told["phase"] != "ready":
            raise BuildError(f"the tray did not become ready: {told['phase']}")
        with bare_python(LIBRARIES) as bare:
            family = processes.family(tray.pid)
            ours, floor = processes.memory_of_all(family), processes.memory(bare.pid)
    over = over_budget(told["modules"])
    figures = (
        Figure("idle", "tray, modules over the budget", "", len(over), bar=0, note=", ".join(over)),
        Figure("idle", "tray, processes", "", len(family), bar=1),
        Figure("idle", "tray, PSS beside its floor", "MiB", ours.pss, floor.pss),
        Figure("idle", "tray, private dirty", "MiB", ours.private, floor.private),
    )
    tops = {module.partition(".")[0] for module in told["modules"]} - set(sys.stdlib_module_names)
    return Result(figures, {"tray_modules": sorted(tops), "tray_over_budget": over})


@contextmanager
def desktop(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A screen, a session bus and a tray of our own; yields `environ` with the way to them."""
    with display() as screen, _bus() as address:
        found = {**environ, **screen, "DBUS_SESSION_BUS_ADDRESS": address, "QT_QPA_PLATFORM": "xcb"}
        found.pop("WAYLAND_DISPLAY", None)
        with running(command_of("tray_desktop"), found):
            yield found


@contextmanager
def _bus() -> Iterator[str]:
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        try:
            yield bus.stdout.readline().strip()
        finally:
            bus.terminate()
