"""Real programs, a real engine; nothing of a test is left when it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e.installation import Installation


@pytest.fixture
def home(tmp_path: Path, base_image: str, docker_client: docker.DockerClient) -> Iterator[Installation]:
    """An installation; its programs are ended, and no container or mount of it may be left."""
    place = Installation(tmp_path / "home")
    yield place
    place.close()
    assert containers_of(place, docker_client) == []
    mounts = subprocess.run(["cat", "/proc/mounts"], capture_output=True, text=True, check=True).stdout
    assert str(place.home) not in mounts


@pytest.fixture
def pool(home: Installation) -> Installation:
    """Master and worker, joined and ready."""
    home.serve()
    home.join()
    home.work()
    return home


def containers_of(place: Installation, client: docker.DockerClient) -> list[str]:
    """Ids of the containers that carry this installation's label."""
    found: list[str] = []
    for path in (place.home / "installation", place.home / "demo" / "installation"):
        if path.exists():
            label = f"hivemind.installation={path.read_text().strip()}"
            found += [c["Id"] for c in client.api.containers(all=True, filters={"label": label})]
    return found
