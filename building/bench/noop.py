"""One task that does nothing after another, in turns with the bare Docker API: what we add to a container."""

from contextlib import closing
from dataclasses import replace

from building.bench import bare, task, timeline
from building.bench.bare import Bare, Round
from building.bench.figures import Figure, Result, median, spread
from building.bench.pool import Pool, pool, until
from building.say import BuildError, Step
from hivemind_desktop.containers import places
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.host.folders import installation_id
from hivemind_desktop.master.client import MasterClient
from hivemind_desktop.master.packages import Package

BAR = 1.15
WARM_UP = 3
ROUNDS = 40
QUICK_ROUNDS = 20


def measure(quick: bool, step: Step) -> Result:
    """Raises BuildError where ours and the floor are not given the same settings."""
    count = QUICK_ROUNDS if quick else ROUNDS
    ours: list[task.Timed] = []
    floor: list[Round] = []
    with (
        pool(LOG_LEVEL="DEBUG") as here,
        here.client() as client,
        task.no_op(here.worker_home) as package,
        closing(Bare(package.spec.image, here.worker_home)) as engine,
    ):
        granted = task.granted(package.spec, here.worker_home)
        body = engine.body(package.spec, granted)

        def run_ours() -> None:
            ours.append(task.run(client, package))
            here.settle()

        def run_bare() -> None:
            floor.append(engine.run(body))
            here.settle()

        step.note("warming up")
        for _ in range(WARM_UP):
            run_ours()
            run_bare()
        check_settings(here, client, package, engine, granted)
        del ours[:], floor[:]
        for number in range(count):
            step.note(f"round {number + 1} of {count}")
            run_ours()
            run_bare()
        log = here.worker_log.read_text("utf-8").splitlines()
    return _result(ours, floor, timeline.breakdown(log, ours))


def check_settings(
    here: Pool, client: MasterClient, package: Package, engine: Bare, granted: Resources
) -> None:
    """Look at a container of the worker's, once its probes are over, and at one of the floor's. Raises BuildError naming what differs."""
    longer = replace(package, spec=replace(package.spec, command=("sleep", "1")))
    label = f"{places.LABEL_INSTALLATION}={installation_id(here.worker_home)}"
    found: list[dict[str, str]] = []

    def is_there() -> bool:
        found.extend(engine.client.containers(filters={"label": label}))
        return bool(found)

    task_id = client.submit(longer.spec, longer)
    until(is_there, "a container of the worker's", 60.0, 0.02)
    ours = engine.kept_settings(found[0]["Id"])
    made = engine.create(engine.body(longer.spec, granted))
    try:
        others = engine.kept_settings(made["Id"])
    finally:
        engine.client.remove_container(made["Id"], v=True, force=True)
    task.wait(client, task_id)
    here.settle()
    if names := bare.differing(ours, others):
        raise BuildError(f"the floor has other settings than the worker's containers: {', '.join(names)}")


def _result(ours: list[task.Timed], floor: list[Round], breakdown: dict[str, float]) -> Result:
    mine = [one.seconds * 1000 for one in ours]
    bare_all = [one.total * 1000 for one in floor]
    steps = {
        name: round(median([one.steps[number] * 1000 for one in floor]), 1)
        for number, name in enumerate(bare.STEPS)
    }
    figure = Figure(
        part="noop",
        name="submit call to result stored",
        unit="ms",
        value=median(mine),
        floor=median(bare_all),
        bar=BAR,
        bar_on="ratio",
        spread=spread(mine),
        floor_spread=spread(bare_all),
        note=f"median of {len(mine)} rounds in turns; floor: create, start, wait, logs, remove by the bare API",
    )
    return Result((figure,), {"ours_ms": breakdown, "floor_ms": steps, "what": dict(timeline.STEPS)})
