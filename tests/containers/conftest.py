"""A desk per test, checked empty afterwards: no container, volume, folder, mount or thread stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.containers.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, base_image: str, docker_client: docker.DockerClient) -> Iterator[Desk]:
    made = Desk(tmp_path / "worker")
    yield made
    made.close()
    label: dict[str, str | list[str] | bool] = {"label": f"hivemind.installation={made.installation_id}"}
    assert docker_client.containers.list(all=True, filters=label) == []
    assert docker_client.volumes.list(filters=label) == []
