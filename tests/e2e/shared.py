"""A master and a worker for a whole file of tests, at a path with spaces and Chinese, and the look whether something of them is left."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from filelock import FileLock

from hivemind_desktop.host.folders import control_socket
from tests.conftest import SEED_VARIABLES
from tests.e2e.conftest import containers_of
from tests.e2e.installation import Installation

STRANGER = 54321
"""Uid of another account."""


def installation(folder: Path, **environ: str) -> Installation:
    """An installation whose temporary files lie in a folder of their own, so that what is left can be seen."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    place = Installation(folder / "家 of a worker", TMPDIR=str(temporary), LANG="C.UTF-8", **environ)
    for name in SEED_VARIABLES:
        if name not in environ:
            place.environ.pop(name, None)
    return place


@contextmanager
def shared_pool(folder: Path, client: docker.DockerClient) -> Iterator[Installation]:
    """Master and worker, joined and ready; when it ends nothing of them may be left."""
    place = installation(folder)
    try:
        place.serve()
        place.join()
        place.work()
        yield place
    finally:
        place.close()
    assert_nothing_is_left(place, client)


def assert_nothing_is_left(place: Installation, client: docker.DockerClient) -> None:
    """No container, mount, temporary file, socket or lock of an installation whose programs have ended."""
    assert containers_of(place, client) == []
    mounts = Path("/proc/mounts").read_text("utf-8", "replace").replace("\\040", " ")
    assert f"{place.home}/" not in mounts
    assert list(Path(place.environ["TMPDIR"]).iterdir()) == []
    if (place.home / "installation").exists():
        assert not control_socket(place.home, place.environ).exists()
    for lock in (place.home / "worker" / "worker.lock", place.home / "master" / "lock"):
        if lock.exists():
            with FileLock(lock, timeout=0):
                pass
    runs = place.home / "worker" / "runs"
    assert not runs.exists() or list(runs.iterdir()) == []


def refusal(done: subprocess.CompletedProcess[str], code: int, *words: str) -> str:
    """The one line on stderr of a command that was refused with `code`; it must hold `words`."""
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines)) == (code, 1), (done.args, done.returncode, done.stdout, done.stderr)
    for word in words:
        assert word in lines[0], (word, lines[0])
    assert len(lines[0]) < 400, lines[0]
    return lines[0]


def as_stranger(*command: str) -> list[str]:
    """`command` as another account; it may read what root may (our Python lies in root's home), and write and connect as itself."""
    return [
        "setpriv",
        f"--reuid={STRANGER}",
        f"--regid={STRANGER}",
        "--clear-groups",
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
        *command,
    ]
