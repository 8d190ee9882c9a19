"""The environment: made again when the lock file, the Python or the clone's place changed, and not otherwise."""

import shutil
import sys
from pathlib import Path

import pytest

from building import env
from building.places import tool


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Path:
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copyfile(repository / name, tmp_path / name)
    return tmp_path


def test_the_stamps_follow_the_lock_file_the_package_and_the_place(clone: Path, repository: Path) -> None:
    lock, package = env.lock_stamp(clone), env.package_stamp(clone)
    assert (env.lock_stamp(clone), env.package_stamp(clone)) == (lock, package)
    assert lock != env.lock_stamp(repository)
    assert package == env.package_stamp(repository)
    project = clone / "pyproject.toml"
    project.write_text(project.read_text("utf-8").replace("line-length = 110", "line-length = 99"), "utf-8")
    assert env.package_stamp(clone) == package
    project.write_text(
        project.read_text("utf-8").replace("[project.scripts]\n", '[project.scripts]\nx = "y:z"\n')
    )
    assert env.package_stamp(clone) != package
    with (clone / "requirements.lock").open("a") as file:
        file.write("\n")
    assert env.lock_stamp(clone) != lock


def test_this_environment_is_usable_and_a_broken_one_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert env.usable()
    monkeypatch.setattr(env, "VENV", tmp_path)
    assert not env.usable()
    (tmp_path / ".made-stamp").write_text("whole")
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.2\n")
    assert not env.usable()
    version = f"{sys.version_info.major}.{sys.version_info.minor}.1"
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    assert env.usable()
    (tmp_path / ".made-stamp").unlink()
    assert not env.usable()
    (tmp_path / ".made-stamp").write_text("whole")
    monkeypatch.setattr(env, "VENV_PYTHON", tmp_path / "bin" / "python")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not env.usable()


def test_the_entry_points_are_the_packages_own() -> None:
    for name in ("hivemind-desktop", "hivemind-master"):
        assert tool(name).is_file()
