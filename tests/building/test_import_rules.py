"""The import rules: each ban is seen broken on a package made for it, and the names of the bans are reasons."""

import subprocess
from pathlib import Path

import pytest

from building import import_rules
from building.places import tool

ROOMS = (
    *import_rules.ADAPTERS,
    *import_rules.SHARED,
    *import_rules.FRONT_ENDS,
    "wire",
    "master",
    "agent",
    "feed",
    "port",
    "threads",
    "compose",
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "hivemind_desktop"
    for room in ("", *ROOMS):
        (folder / room).mkdir()
        (folder / room / "__init__.py").write_text("")
    return folder


def write(package: Path, room: str, text: str) -> None:
    (package / room / "made.py").write_text(text)


def test_a_clean_package_has_no_problems(package: Path) -> None:
    write(
        package,
        "worker",
        "import json\nfrom hivemind_desktop.contract import x\nfrom hivemind_desktop import contract\n",
    )
    write(package, "containers", "import docker\nfrom hivemind_desktop.worker import y\n")
    write(package, "qt", "from PySide6 import QtWidgets\nimport pyqtgraph\n")
    write(package, "threads", "from PySide6.QtCore import QThread\n")
    assert import_rules.problems(package) == []


@pytest.mark.parametrize(
    ("room", "text", "reason"),
    [
        ("worker", "def f():\n    import numpy\n", "pure"),
        ("worker", "from hivemind_desktop.settings import x\n", "pure"),
        ("worker", "from ..settings import x\n", "pure"),
        ("worker", "from hivemind_desktop import port\n", "pure"),
        ("contract", "from hivemind_desktop.worker import x\n", "pure"),
        ("contract", "import grpc\n", "pure"),
        ("link", "from docker.errors import APIError\n", "docker types"),
        ("agent", "import grpc\n", "protobuf and gRPC"),
        ("store", "from google.protobuf import json_format\n", "protobuf and gRPC"),
        ("service", "from PySide6 import QtCore, QtGui\n", "widgets"),
        ("service", "import PySide6.QtWidgets\n", "widgets"),
        (
            "agent",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from PySide6 import QtCore\n",
            "QtCore",
        ),
        ("store", "import sqlalchemy\n", "SQLAlchemy"),
        ("qt", "import psutil\n", "psutil"),
        ("qt", "import keyring\n", "keyring"),
    ],
)
def test_each_rule_on_outside_packages_is_seen_broken(
    package: Path, room: str, text: str, reason: str
) -> None:
    write(package, room, text)
    found = import_rules.problems(package)
    assert all(line.startswith(f"hivemind_desktop/{room}/made.py:") for line in found)
    assert any(reason in line for line in found)


def linted(package: Path) -> tuple[int, str]:
    config = package.parent / "importlinter.ini"
    config.write_text(import_rules.linter_config(package))
    done = subprocess.run(
        [tool("lint-imports"), config, "--no-cache"], cwd=package.parent, capture_output=True, text=True
    )
    return done.returncode, " ".join(done.stdout.split())


def test_import_linter_keeps_a_clean_package(package: Path) -> None:
    write(package, "compose", "".join(f"import hivemind_desktop.{room}\n" for room in import_rules.ADAPTERS))
    write(
        package, "link", "import hivemind_desktop.wire, hivemind_desktop.worker, hivemind_desktop.settings\n"
    )
    code, said = linted(package)
    assert code == 0, said


@pytest.mark.parametrize(
    ("room", "banned", "reason"),
    [
        ("link", "store", "link/ is an adapter"),
        ("containers", "agent", "containers/ is an adapter"),
        ("sensors", "wire", "sensors/ is an adapter"),
        ("compose", "master", "the master is another program"),
        ("master", "worker", "the master shares words, folders and the contract"),
        ("agent", "wire", "wire/ is for link/ and master/"),
        ("qt", "containers", "front-ends get a port"),
        ("agent", "qt", "the loop knows no front-end"),
    ],
)
def test_each_ban_between_rooms_is_seen_broken_and_gives_its_reason(
    package: Path, room: str, banned: str, reason: str
) -> None:
    write(package, room, f"def f():\n    import hivemind_desktop.{banned}\n")
    code, said = linted(package)
    assert code == 1, said
    assert reason in said


def test_a_ban_is_seen_through_another_module(package: Path) -> None:
    write(package, "link", "import hivemind_desktop.settings.made\n")
    write(package, "settings", "import hivemind_desktop.store\n")
    code, _ = linted(package)
    assert code == 1


def test_rooms_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "hivemind_desktop"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    assert import_rules.bans(import_rules.rooms(folder)) == []
    assert import_rules.problems(folder) == []
