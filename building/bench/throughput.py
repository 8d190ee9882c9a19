"""Four at once: tasks a second of ours against four threads that use the bare Docker API, in turns."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import perf_counter

from building.bench import task
from building.bench.bare import Bare
from building.bench.figures import Figure, Result, median, spread
from building.bench.pool import pool
from building.bench.processes import cpu_seconds
from building.say import Step

BAR = 0.9
AT_ONCE = 4
TASKS = 24
PASSES = 9
QUICK_PASSES = 3


def measure(quick: bool, step: Step) -> Result:
    """A pass is TASKS tasks, from the first submit call until nothing of the last is left: its container is removed too."""
    passes = QUICK_PASSES if quick else PASSES
    ours: list[float] = []
    floor: list[float] = []
    with (
        pool(MAX_CONCURRENT_TASKS=str(AT_ONCE)) as here,
        here.client() as client,
        task.no_op(here.worker_home) as package,
        closing(Bare(package.spec.image, here.worker_home)) as engine,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):
        granted = task.granted(package.spec, here.worker_home, AT_ONCE)
        bodies = [engine.body(package.spec, granted, number) for number in range(AT_ONCE)]
        mine = threading.local()
        numbers = iter(range(AT_ONCE))

        def run_one(_: int) -> None:
            if not hasattr(mine, "number"):
                mine.number = next(numbers)
            engine.run(bodies[mine.number])

        def run_ours() -> None:
            for task_id in [client.submit(package.spec, package) for _ in range(TASKS)]:
                task.wait(client, task_id)
            here.wait_until_clean()

        def run_bare() -> None:
            list(threads.map(run_one, range(TASKS)))

        def measured(work: Callable[[], None], rates: list[float]) -> None:
            began = perf_counter()
            work()
            rates.append(TASKS / (perf_counter() - began))
            here.settle()

        step.note("warming up")
        run_ours()
        run_bare()
        cpu = {"worker": 0.0, "master": 0.0}
        for number in range(passes):
            step.note(f"pass {number + 1} of {passes}")
            before = {name: cpu_seconds(process) for name, process in here.processes.items()}
            measured(run_ours, ours)
            for name, process in here.processes.items():
                cpu[name] += cpu_seconds(process) - before[name]
            measured(run_bare, floor)
    figure = Figure(
        part="throughput",
        name=f"{AT_ONCE} at once",
        unit="tasks/s",
        value=median(ours),
        floor=median(floor),
        bar=BAR,
        bar_on="ratio",
        bar_is_least=True,
        spread=spread(ours),
        floor_spread=spread(floor),
        note=f"median of {passes} passes of {TASKS} tasks in turns; floor: {AT_ONCE} threads on the bare API",
    )
    details = {
        "ours_per_s": [round(rate, 2) for rate in ours],
        "floor_per_s": [round(rate, 2) for rate in floor],
        "cpu_ms_a_task": {name: round(1000 * spent / passes / TASKS, 1) for name, spent in cpu.items()},
    }
    return Result((figure,), details)
