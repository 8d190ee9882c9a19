"""Samples of one running container: from its cgroup's files at once, or from the engine's stream in a loop of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hivemind_desktop.containers import faults
from hivemind_desktop.containers.facts import Facts
from hivemind_desktop.containers.rooms import GpuLoads
from hivemind_desktop.containers.stopwatch import Stopwatch
from hivemind_desktop.containers.usage import CgroupFiles, Means, Sample, find_cgroup, from_stats
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import Resources, Usage
from hivemind_desktop.worker.events import UsageSampled
from hivemind_desktop.worker.ports import Hosted, Post, Spawn

if TYPE_CHECKING:
    from docker import APIClient


class Sampling:
    """`take` may be called from the run's and the follower's thread. Nothing is added while the run's own time stands still."""

    def __init__(self, attempt: AttemptKey, post: Post, watch: Stopwatch, gpu_loads: GpuLoads) -> None:
        self._attempt = attempt
        self._post = post
        self._watch = watch
        self._gpu_loads = gpu_loads
        self._gpus: tuple[int, ...] = ()
        self._means = Means()
        self._lock = threading.Lock()
        self._files: CgroupFiles | None = None
        self._stream: Hosted | None = None
        self._search: Callable[[], None] | None = None
        self._disk: int | None = None

    def begin(
        self,
        client: APIClient,
        container_id: str,
        facts: Facts,
        spawn: Spawn,
        role: str,
        gpus: tuple[int, ...],
    ) -> None:
        """Right after the start. `gpus`: numbers of the run's own."""
        self._gpus = gpus
        self._files = find_cgroup(container_id, None, facts.cgroup_v2)

        def search() -> None:
            told = client.inspect_container(container_id)["State"]
            if not told.get("Running"):
                return
            self._files = find_cgroup(container_id, _cgroup_of(told), facts.cgroup_v2)
            if self._files is None:
                self._stream = spawn(role, _StatsStream(client, container_id, self._add))

        self._search = search if self._files is None else None

    def search(self) -> None:
        """Where the usual places had no files, ask the engine, once. Not at the start: a short run has ended by then, and would wait for it."""
        search, self._search = self._search, None
        if search is not None:
            search()

    def take(self, disk_bytes: int | None = None) -> None:
        """One sample now, where files can be read and the container is there."""
        if disk_bytes is not None:
            self._disk = disk_bytes
        self._take_gpus()
        with self._lock:
            sample = self._files.sample() if self._files is not None else None
        if sample is not None:
            self._add(sample)

    def _take_gpus(self) -> None:
        if not self._gpus or not self._watch.going:
            return
        loads = self._gpu_loads()
        known = [loads[number] for number in self._gpus if number in loads]
        with self._lock:
            if self._watch.going:
                self._means.add_gpu(self._watch.elapsed, sum(known) / len(known) if known else None)

    def end(self) -> None:
        with self._lock:
            if self._files is not None:
                self._files.close()
                self._files = None
        if self._stream is not None:
            self._stream.stop_and_wait(5.0)
            self._stream = None

    def usage(self, granted: Resources) -> Usage:
        with self._lock:
            return self._means.usage(granted, self._watch.elapsed)

    def _add(self, sample: Sample) -> None:
        with self._lock:
            if not self._watch.going:
                return
            cpus = self._means.add(self._watch.elapsed, sample, self._disk)
        self._post(UsageSampled(self._attempt, max(0.0, cpus), sample.memory_bytes, self._disk))


class _StatsStream:
    """The engine's own samples, about one a second, until the container ends."""

    def __init__(self, client: APIClient, container_id: str, add: Callable[[Sample], None]) -> None:
        self._client = client
        self._id = container_id
        self._add = add
        self._stopped = False

    def run(self) -> None:
        try:
            stats: Any
            for stats in self._client.stats(self._id, stream=True, decode=True):
                if self._stopped:
                    return
                sample = from_stats(stats)
                if sample is None:
                    return
                self._add(sample)
        except Exception as error:
            if faults.known(error) is None:
                raise

    def stop(self) -> None:
        self._stopped = True


def _cgroup_of(state: dict[str, Any]) -> str | None:
    """The text of /proc/PID/cgroup of its first process, where that process is of this computer."""
    pid = state.get("Pid")
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cgroup").read_text() if pid else None
    return None
