"""The environment in .venv: made from the lock file with hashes, skipped while its stamp says that nothing changed."""

import hashlib
import json
import shutil
import sys
import tomllib
from pathlib import Path

from building.places import ROOT, VENV, VENV_PYTHON, tool
from building.proc import run
from building.say import BuildError, Step
from building.system import install as install_packages
from building.system import may_install, venv_packages

PIP = ("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--no-deps")


def lock_stamp(root: Path = ROOT) -> str:
    """What the installed dependencies follow from: the lock file, this Python's minor version, the clone's place."""
    lock = (root / "requirements.lock").read_bytes()
    where = f"{sys.version_info[:2]} {sys.implementation.name} {root}".encode()
    return hashlib.sha256(lock + where).hexdigest()


def package_stamp(root: Path = ROOT) -> str:
    """What the editable install follows from: the package's own tables of pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    tables = [project["build-system"], project["project"], project["tool"]["setuptools"]]
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _stamped(name: str, value: str) -> bool:
    path = VENV / f".{name}-stamp"
    return path.is_file() and path.read_text("utf-8") == value


def _stamp(name: str, value: str) -> None:
    (VENV / f".{name}-stamp").write_text(value, "utf-8")


def usable() -> bool:
    """Whether .venv was made to its end, for this Python's minor version, and its interpreter is still there."""
    config = VENV / "pyvenv.cfg"
    if not _stamped("made", "whole") or not config.is_file() or not VENV_PYTHON.exists():
        return False
    lines = (text.partition("=") for text in config.read_text("utf-8").splitlines())
    values = {name.strip(): value.strip() for name, _, value in lines}
    return values.get("version", "").split(".")[:2] == [str(number) for number in sys.version_info[:2]]


def ready() -> bool:
    """Whether there is nothing to do."""
    return (
        usable()
        and _stamped("lock", lock_stamp())
        and _stamped("package", package_stamp())
        and tool("hivemind-desktop").exists()
    )


def need_venv_module() -> None:
    """Install what this interpreter lacks to make an environment; raises BuildError where that is not ours to do."""
    packages = list(venv_packages())
    if not packages:
        return
    if not may_install():
        raise BuildError(
            f"this Python cannot make a virtual environment; as root: apt-get install -y {packages[0]}"
        )
    install_packages(packages, "python-venv")


def prepare() -> None:
    """Make .venv, or bring it up to date."""
    if ready():
        return
    with Step("environment", "Python packages into .venv") as step:
        if not usable():
            shutil.rmtree(VENV, ignore_errors=True)
            run([sys.executable, "-m", "venv", VENV], step, "venv")
            _stamp("made", "whole")
        if not _stamped("lock", lock_stamp()):
            lock = ROOT / "requirements.lock"
            run([VENV_PYTHON, "-m", "pip", "install", *PIP, "--require-hashes", "-r", lock], step, "pip")
            _stamp("lock", lock_stamp())
        step.note("hivemind-desktop itself")
        run(
            [VENV_PYTHON, "-m", "pip", "install", *PIP, "--no-build-isolation", "-e", ROOT],
            step,
            "pip-package",
        )
        _stamp("package", package_stamp())
