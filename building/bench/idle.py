"""What the worker, the master and the tray cost while nothing happens, against a Python that has loaded the same libraries and does nothing."""

import time

from building.bench import processes, task, tray
from building.bench.figures import Figure, Result
from building.bench.pool import pool
from building.bench.programs import WORKER_LIBRARIES, bare_python
from building.say import Step

BAR_OURS_MIB = 12.0
"""What our own part may add to its libraries (design, section 5)."""
SECONDS = 60.0
QUICK_SECONDS = 15.0
SETTLE_S = 10.0
"""After the start, before anything is measured: the first looks at engine, sensors and outbox are over."""


def measure(quick: bool, step: Step) -> Result:
    seconds = QUICK_SECONDS if quick else SECONDS
    with pool() as here:
        pids = {name: process.pid for name, process in here.processes.items()}
        step.note("settling")
        time.sleep(SETTLE_S)
        step.note(f"idle for {seconds:.0f} s")
        cpu = processes.cpu_percent(pids, seconds)
        alone = {name: processes.memory_of_all(processes.family(pid)) for name, pid in pids.items()}
        count = {name: len(processes.family(pid)) for name, pid in pids.items()}
        with bare_python(WORKER_LIBRARIES) as bare:
            floor = processes.memory(bare.pid)
            beside = processes.memory_of_all(processes.family(pids["worker"]))
        step.note("after a task")
        with here.client() as client, task.no_op(here.worker_home) as package:
            task.run(client, package)
        here.settle()
        time.sleep(SETTLE_S)
        later = processes.memory_of_all(processes.family(pids["worker"]))
        step.note("the tray")
        here.end_worker()
        shown = tray.measure(here, SETTLE_S)
    figures = [
        _figure("worker, CPU", "% of a core", cpu["worker"]),
        _figure("master, CPU", "% of a core", cpu["master"]),
        _figure("both, CPU", "% of a core", cpu["worker"] + cpu["master"]),
        _figure("worker, PSS", "MiB", alone["worker"].pss),
        _figure("master, PSS", "MiB", alone["master"].pss),
        _figure("both, PSS", "MiB", alone["worker"].pss + alone["master"].pss),
        Figure(
            part="idle",
            name="worker, PSS beside its floor",
            unit="MiB",
            value=beside.pss,
            floor=floor.pss,
            bar=BAR_OURS_MIB,
            bar_on="extra",
            note=f"floor: a Python that imported {', '.join(WORKER_LIBRARIES)}; both at once, so both share what they share",
        ),
        _figure("worker, private dirty", "MiB", beside.private, floor.private),
        _figure("master, private dirty", "MiB", alone["master"].private),
        _figure("worker after its first task, PSS", "MiB", later.pss),
        _figure("worker after its first task, private dirty", "MiB", later.private),
    ]
    return Result((*figures, *shown.figures), {"seconds": seconds, "processes": count, **shown.details})


def _figure(name: str, unit: str, value: float, floor: float | None = None) -> Figure:
    return Figure(part="idle", name=name, unit=unit, value=value, floor=floor)
