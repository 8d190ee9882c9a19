"""What is wished of a run in the moments when it is easily lost: while it is prepared, while it is frozen."""

from __future__ import annotations

import time

import docker
import pytest

from hivemind_desktop.containers.images import Image, Images
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.worker.events import UsageSampled
from tests.containers.desk import Desk, kept_reason

POLITE = (
    "import signal, sys, time\n"
    "def bye(*_):\n    print('bye'); open('output/late', 'w').write('x'); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, bye)\nprint('up')\ntime.sleep(600)"
)


@pytest.mark.parametrize("reason", [Reason.PREEMPTED, Reason.CANCELLED])
def test_a_stop_of_a_frozen_task_is_heard_by_it(desk: Desk, reason: Reason) -> None:
    """It is thawed first: a frozen one would hear of SIGTERM only when SIGKILL is there too."""
    attempt = desk.start({"main.py": POLITE})
    desk.printed(attempt, b"up")
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    desk.containers.stop(attempt, reason, 20.0)
    finished = desk.end(attempt)
    assert (finished.reason, finished.exit_code) == (reason, 0)
    if reason is not Reason.CANCELLED:
        assert desk.text(attempt) == b"up\nbye\n"


def test_a_frozen_task_is_not_sampled(desk: Desk) -> None:
    object.__setattr__(desk.options, "sample_s", 0.1)
    attempt = desk.start({"main.py": "import time\nprint('up')\nwhile time.sleep(0.02) is None: pass"})
    desk.printed(attempt, b"up")
    desk.events.wait(lambda event: len(desk.events.of(UsageSampled)) >= 5)
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    before = len(desk.events.of(UsageSampled))
    until = time.monotonic() + 2
    while time.monotonic() < until:
        assert len(desk.events.of(UsageSampled)) == before
        time.sleep(0.05)
    desk.containers.thaw(attempt)
    desk.events.wait(lambda event: len(desk.events.of(UsageSampled)) >= before + 3)
    desk.containers.stop(attempt, Reason.PREEMPTED, 0.0)
    finished = desk.end(attempt)
    assert finished.usage.samples == len(desk.events.of(UsageSampled))


def test_a_quota_that_comes_while_the_task_is_prepared_is_in_its_container_from_the_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure = Images.ensure

    def slow(images: Images, *arguments: object) -> Image:
        desk.containers.set_cpus(AttemptKey("TASK1", 1, 1), 0.3)
        return ensure(images, *arguments)  # type: ignore[arg-type]

    bodies: list[dict[str, dict[str, int]]] = []
    create = docker.APIClient.create_container_from_config

    def created(client: docker.APIClient, body: dict[str, dict[str, int]], name: str) -> object:
        bodies.append(body)
        return create(client, body, name)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Images, "ensure", slow)
    monkeypatch.setattr(docker.APIClient, "create_container_from_config", created)
    monkeypatch.setattr(docker.APIClient, "update_container", None)  # no second call is needed
    finished = desk.run({"main.py": ""})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert bodies[-1]["HostConfig"]["CpuQuota"] == 30_000
