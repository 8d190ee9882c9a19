"""The floor of a task: the bare Docker API doing create, start, wait, logs, remove with the settings that the worker gives a container."""

import os
import sys
import uuid
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import docker

from hivemind_desktop.compose import resources
from hivemind_desktop.containers import package, places
from hivemind_desktop.containers.address import candidates
from hivemind_desktop.containers.docker_containers import user_of
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.spec import Mount, Surroundings, create_body
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.worker.commands import StartRun

LABEL = "hivemind.bench"
STEPS = ("create", "start", "wait", "logs", "remove")


def find_engine() -> Engine:
    """Where the worker finds it."""
    return Engine(candidates("", os.environ, str(Path.home()), os.getuid(), sys.platform))


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of each of STEPS, and of all."""

    steps: tuple[float, ...]
    total: float


class Bare:
    """One client of docker-py's low level, which several threads may use. `folder`: its containers' bound folders are made in it."""

    def __init__(self, image: str, folder: Path) -> None:
        """Raises KnownError engine.*, and docker's own error when the image is not there."""
        engine = find_engine()
        self.facts = engine.facts()
        self.client = docker.APIClient(
            base_url=engine.address.url, version=self.facts.api, timeout=60, max_pool_size=32
        )
        self._image = str(self.client.inspect_image(image)["Id"])  # type: ignore[no-untyped-call]
        self._folder = folder

    def close(self) -> None:
        self.client.close()

    def body(self, spec: TaskSpec, granted: Resources, number: int = 0) -> dict[str, Any]:
        """What the worker would create for this task in its run `number`, by the worker's own code."""
        user = user_of(number)
        command, _ = package.choose_command(spec)
        around = Surroundings(
            facts=self.facts,
            installation_id="bench",
            run_id=uuid.uuid4().hex,
            image=self._image,
            command=command,
            uid=user.uid,
            gid=user.gid,
            lone_uid=user.lone,
            mounts=self._mounts(number, user.uid, user.gid),
            tmpdir=places.SCRATCH,
            seccomp=(resources() / "seccomp.json").read_text("utf-8"),
            cpus=granted.cpus,
        )
        order = StartRun(AttemptKey("01BENCH00000000000000000AA", 1, 1), spec, "bench", granted, 60, 5.0)
        body = create_body(order, around)
        body["Labels"] = {LABEL: around.run_id}
        return body

    def _mounts(self, number: int, uid: int, gid: int) -> tuple[Mount, ...]:
        mounts = []
        for name, target in (("task", places.TASK), ("tmp", places.SCRATCH)):
            folder = self._folder / f"bare-{number}" / name
            folder.mkdir(parents=True, exist_ok=True)
            if os.getuid() == 0:
                os.chown(folder, uid, gid)
            mounts.append(Mount(str(folder), target))
        return tuple(mounts)

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """The engine's answer: Id and Warnings."""
        name = f"hivemind-bench-{uuid.uuid4().hex}"
        told: dict[str, Any] = self.client.create_container_from_config(body, name)  # type: ignore[no-untyped-call]
        return told

    def run(self, body: dict[str, Any]) -> Round:
        """One container from its creation to its removal. Raises RuntimeError when it did not end with 0."""
        client, times = self.client, [perf_counter()]
        made = self.create(body)
        times.append(perf_counter())
        container = made["Id"]
        try:
            client.start(container)
            times.append(perf_counter())
            code = client.wait(container)["StatusCode"]
            times.append(perf_counter())
            client.logs(container, stdout=True, stderr=True)
            times.append(perf_counter())
        finally:
            client.remove_container(container, v=True, force=True)
        times.append(perf_counter())
        if code != 0:
            raise RuntimeError(f"the bare container ended with {code}")
        steps = tuple(after - before for before, after in pairwise(times))
        return Round(steps, times[-1] - times[0])

    def kept_settings(self, container: str) -> dict[str, Any]:
        """What the engine keeps of a container's settings, without what is each container's own (names, ids, sources of mounts)."""
        told = self.client.inspect_container(container)
        host = dict(told["HostConfig"])
        host["Mounts"] = [{**mount, "Source": ""} for mount in host.get("Mounts") or ()]
        config = {name: told["Config"][name] for name in ("Cmd", "Entrypoint", "Image", "User", "WorkingDir")}
        return {"Config": config, "HostConfig": host}


def differing(ours: dict[str, Any], bare: dict[str, Any]) -> list[str]:
    """The settings that are not the same, as `name ours/bare`."""
    found = []
    for part in ("Config", "HostConfig"):
        for name in sorted(set(ours[part]) | set(bare[part])):
            if ours[part].get(name) != bare[part].get(name):
                found.append(f"{name} {ours[part].get(name)}/{bare[part].get(name)}")
    return found
