"""The lock file: every requirement of pyproject.toml has a pin in its range, with hashes, naming no index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


@pytest.fixture(scope="session")
def project(repository: Path) -> dict[str, list[str]]:
    data = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    return {"runtime": data["project"]["dependencies"], "dev": data["dependency-groups"]["dev"]}


def pins(text: str) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


def test_every_requirement_is_pinned_within_its_range(
    repository: Path, project: dict[str, list[str]]
) -> None:
    locked = pins((repository / "requirements.lock").read_text("utf-8"))
    for text in project["runtime"] + project["dev"]:
        requirement = Requirement(text)
        versions = locked[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), text


def test_every_runtime_range_has_an_upper_end_or_a_calendar_version(project: dict[str, list[str]]) -> None:
    open_ended = {
        Requirement(text).name for text in project["runtime"] if "<" not in str(Requirement(text).specifier)
    }
    assert open_ended == {"cryptography"}


@pytest.mark.parametrize("name", ["requirements.lock", "resources/image/full.lock"])
def test_a_lock_file_has_hashes_and_names_no_index(repository: Path, name: str) -> None:
    text = (repository / name).read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_generated_code_and_runtime_are_of_one_release_line(repository: Path) -> None:
    locked = pins((repository / "requirements.lock").read_text("utf-8"))
    lines = {
        (version.major, version.minor)
        for name in ("grpcio", "grpcio-tools", "grpcio-reflection", "grpcio-health-checking")
        for version in locked[name]
    }
    assert len(lines) == 1


def test_qt_is_not_the_release_that_aborts_on_python_3_11(repository: Path) -> None:
    locked = pins((repository / "requirements.lock").read_text("utf-8"))
    assert all(version < Version("6.12") for version in locked["pyside6-essentials"])
