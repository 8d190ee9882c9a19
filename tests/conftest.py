"""What more than one room's tests need: a real engine, the base image, a display, a state folder of their own.

A machine that lacks one of these fails the test that asks for it, and never skips it: `python3 build.py test` makes them.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from building import engine_api, image, run_tests

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SEED_VARIABLES = (
    "MASTER_NODE_URL",
    "WIREGUARD_CONFIG_PATH",
    "RESOURCE_REPORT_INTERVAL",
    "LOG_LEVEL",
    "MAX_CONCURRENT_TASKS",
    "WORKER_IMAGE_TAG",
    "MAX_MEMORY_LIMIT",
    "MAX_CPU_CORES",
)


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HIVEMIND_HOME of this test alone (not made yet), and no setting of this machine: no test touches the person's files."""
    folder = tmp_path / "state"
    monkeypatch.setenv("HIVEMIND_HOME", str(folder))
    for name in SEED_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def engine() -> engine_api.Engine:
    """The engine that answers on this machine; its text is its address, as DOCKER_HOST takes it."""
    found = engine_api.answering()
    assert found is not None, "no Docker engine answers: python3 build.py test starts one"
    return found


@pytest.fixture(scope="session")
def docker_client(engine: engine_api.Engine) -> Iterator[docker.DockerClient]:
    """docker-py's client of that engine, to look at what the program did."""
    client = docker.DockerClient(base_url=str(engine), timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="session")
def base_image(engine: engine_api.Engine) -> str:
    """Name of the image that tasks run in; it is in the engine."""
    name = f"{image.NAME}:latest"
    assert engine.image(name) is not None, f"{name} is not built: python3 build.py image"
    return name


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """Name of a display (the DISPLAY that is set, else a virtual one of this session); for child processes with xcb."""
    if there := os.environ.get("DISPLAY"):
        yield there
        return
    with run_tests.display() as environment:
        yield environment["DISPLAY"]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the clone."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def session_bus(tmp_path: Path) -> Iterator[str]:
    """Address of a D-Bus session bus of this test alone."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with bus:
        assert bus.stdout is not None
        try:
            yield bus.stdout.readline().strip()
        finally:
            bus.terminate()
