"""The task that does nothing, and sending it: from the submit call to its result stored."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from building.image import NAME, default_tag
from building.say import BuildError
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.host.machine import machine
from hivemind_desktop.master.client import MasterClient
from hivemind_desktop.master.packages import Package, open_package
from hivemind_desktop.sensors.sampler import capacity
from hivemind_desktop.settings import allowed
from hivemind_desktop.settings.load import defaults
from hivemind_desktop.settings.table import SLOTS
from hivemind_desktop.worker.policy import Refusal, admit, share_cpus

MEMORY = 64 * 1024**2
"""As with `submit --memory 64m`: so that four fit beside each other."""
LIMIT_S = 120.0
MANIFEST = 'command = ["true"]\n'


@contextmanager
def no_op(folder: Path) -> Iterator[Package]:
    """A package of a task.toml alone, written into `folder`."""
    place = folder / "no-op"
    place.mkdir(parents=True, exist_ok=True)
    (place / "task.toml").write_text(MANIFEST, "utf-8")
    with open_package(place) as package:
        asked = Resources(memory_bytes=MEMORY)
        image = f"{NAME}:{default_tag()}"
        yield replace(package, spec=replace(package.spec, asked=asked, image=image))


@dataclass(frozen=True, slots=True)
class Timed:
    """Unix seconds of the submit call, its answer, and the news that the result is stored."""

    task_id: str
    began: float
    submitted: float
    stored: float

    @property
    def seconds(self) -> float:
        return self.stored - self.began


def run(client: MasterClient, package: Package) -> Timed:
    """Submit and wait. Raises as `wait`."""
    began = time.time()
    task_id = client.submit(package.spec, package)
    submitted = time.time()
    wait(client, task_id)
    return Timed(task_id, began, submitted, time.time())


def wait(client: MasterClient, task_id: str) -> None:
    """Until its result is stored; cancelled when that takes LIMIT_S. Raises BuildError when it did not succeed."""
    late = threading.Timer(LIMIT_S, client.cancel, (task_id,))
    late.start()
    state = "lost"
    try:
        for told in client.watch(task_id):
            state = told.state
    finally:
        late.cancel()
    if state != "succeeded":
        raise BuildError(f"the task that does nothing has {state}: is the worker well?")


def granted(spec: TaskSpec, home: Path, at_once: int = 1) -> Resources:
    """What a worker with the default settings grants each of `at_once` such tasks on this machine, by the worker's own rules."""
    limits = allowed(defaults().replaced({SLOTS.key: max(at_once, 3)}), capacity(machine(home)))
    one = admit(spec, spec.package.size, limits, Resources())
    if isinstance(one, Refusal):
        raise BuildError(f"the worker would refuse the task: {one.code}")
    return replace(one, cpus=share_cpus([(0.0, one.cpus)] * at_once, limits.total.cpus)[0])
