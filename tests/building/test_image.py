"""The image of tasks: what goes into it, what stays out, and its run_task.sh on packages of the earlier form."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import docker
import pytest

from building import image
from building.engine_api import Engine
from building.say import UsageError

LABEL = "hivemind-test=building-image"


def test_the_context_is_the_image_folder_alone_and_always_the_same_bytes() -> None:
    with tarfile.open(fileobj=BytesIO(image.context())) as archive:
        modes = {entry.name: entry.mode for entry in archive}
    assert modes == {
        "resources/image/Dockerfile": 0o644,
        "resources/image/full.in": 0o644,
        "resources/image/full.lock": 0o644,
        "resources/image/run_task.sh": 0o755,
    }
    assert image.context() == image.context()


def test_the_base_is_a_public_python_image() -> None:
    assert image.base_name() == "python:3.11-slim-bookworm"


@pytest.mark.parametrize("tag", ["", "a b", "a/b", "-x", "é", "x" * 124])
def test_a_wrong_tag_is_refused(tag: str) -> None:
    with pytest.raises(UsageError):
        image.checked_tag(tag)


def test_the_tag_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert image.default_tag() == "latest"
    monkeypatch.setenv("WORKER_IMAGE_TAG", "2.1")
    assert image.default_tag() == "2.1"
    monkeypatch.setenv("WORKER_IMAGE_TAG", "")
    assert image.default_tag() == "latest"


def test_only_authorities_that_are_not_public_ones_go_to_the_build(tmp_path: Path) -> None:
    def certificate(text: str, width: int = 4) -> str:
        lines = "\n".join(text[i : i + width] for i in range(0, len(text), width))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"

    public = tmp_path / "public"
    public.mkdir()
    (public / "one.crt").write_text(certificate("AAAABBBB"))
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("# comment\n" + certificate("AAAABBBB", 8) + certificate("CCCCDDDD"))
    assert image.extra_authorities(bundle, public) == certificate("CCCCDDDD").strip()
    assert image.extra_authorities(tmp_path / "none.crt", public) == ""
    assert image.extra_authorities(bundle, tmp_path / "none") == ""


def test_only_indexes_that_a_container_reaches_go_to_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///opt/simple http://other.example/simple")
    assert image.pip_settings() == {
        "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_EXTRA_INDEX_URL": "http://other.example/simple",
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder that the image's own user may write."""
    folder = tmp_path / "package"
    folder.mkdir()
    folder.chmod(0o777)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o011)
    return folder


def ran(package: Path, name: str) -> "subprocess.CompletedProcess[str]":
    command = [
        "docker",
        "run",
        "--rm",
        "--label",
        LABEL,
        "--network",
        "none",
        "-v",
        f"{package}:/app/task",
        name,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


SAY = "import os, sys; print(os.path.basename(sys.argv[0]), os.getcwd(), os.getuid()); open('output/made', 'w'); sys.exit({})"
ORDER = ["main", "task_script", "run", "app", "script", "start", "index"]


def test_run_task_takes_the_entries_in_order_and_passes_the_exit_code_on(
    package: Path, base_image: str
) -> None:
    (package / "aaa.py").write_text(SAY.format(9))
    for number, name in reversed(list(enumerate(ORDER))):
        (package / f"{name}.py").write_text(SAY.format(10 + number))
    for number, name in enumerate(ORDER):
        done = ran(package, base_image)
        assert (done.returncode, done.stdout) == (10 + number, f"{name}.py /app/task 65532\n")
        (package / f"{name}.py").unlink()
    done = ran(package, base_image)
    assert done.returncode == 9
    assert "running aaa.py, the first by name" in done.stdout
    assert (package / "output" / "made").is_file()


def test_a_packages_own_run_task_sh_comes_first(package: Path, base_image: str) -> None:
    (package / "main.py").write_text(SAY.format(0))
    (package / "run_task.sh").write_text("echo own; exit 4\n")
    done = ran(package, base_image)
    assert (done.returncode, done.stdout) == (4, "own\n")


def test_a_package_without_an_entry_says_so(package: Path, base_image: str) -> None:
    done = ran(package, base_image)
    assert done.returncode == 1
    assert "no .py file" in done.stderr


def test_another_user_reaches_the_whole_standard_library_by_both_names(
    docker_client: docker.DockerClient, base_image: str
) -> None:
    program = "import ssl, sqlite3, ctypes, lzma, bz2, zoneinfo, venv, curses; print(zoneinfo.ZoneInfo('Asia/Taipei'))"
    for python in ("python", "python3"):
        said = docker_client.containers.run(
            base_image,
            [python, "-I", "-c", program],
            user="123456",
            network_mode="none",
            read_only=True,
            remove=True,
            labels={"hivemind-test": "building-image"},
        )
        assert said == b"Asia/Taipei\n"


@pytest.fixture
def built(engine: Engine, docker_client: docker.DockerClient, base_image: str) -> Iterator[str]:
    """An image built with every setting of the -full tag that could leak, without its libraries."""
    name = image.build(engine, "hivemind-test-build")
    yield name
    docker_client.images.remove(name)


def test_the_plain_image_builds_again_and_leaves_no_stage_behind(
    built: str, docker_client: docker.DockerClient
) -> None:
    assert docker_client.images.list(filters={"dangling": True, "label": image.STAGE_LABEL}) == []
    config = docker_client.images.get(built).attrs["Config"]
    assert config["User"] == "65532:65532"
    assert config["Labels"]["hivemind.image"] == "plain"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_full_tag_has_its_libraries_and_none_of_the_builds_settings(
    engine: Engine,
    docker_client: docker.DockerClient,
    base_image: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "building.image.extra_authorities", lambda real=image.extra_authorities: real() + "\nleak-ca"
    )
    name = image.build(engine, "hivemind-test-full", "full")
    try:
        program = "import requests, numpy, pandas, matplotlib, PIL, sklearn; print(numpy.arange(3).sum())"
        said = docker_client.containers.run(
            name,
            ["python", "-c", program],
            user="123456",
            network_mode="none",
            read_only=True,
            tmpfs={"/tmp": ""},
            environment={"HOME": "/tmp", "PYTHONPATH": "/app/task"},
            remove=True,
            labels={"hivemind-test": "building-image"},
        )
        assert said.splitlines()[-1] == b"3"
        found = docker_client.images.get(name)
        told = json.dumps([found.attrs, found.history()])
        assert not any(text in told for text in ("leak-ca", "EXTRA_CA", "PIP_", "CERTIFICATE"))
    finally:
        docker_client.images.remove(name)
