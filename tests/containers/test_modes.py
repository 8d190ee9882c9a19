"""The three ways of files in and out, each forced, on the real engine; and how the best one is found."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from hivemind_desktop.containers import disk
from hivemind_desktop.containers.docker_containers import user_of
from hivemind_desktop.containers.trees import remove_tree, tree_bytes
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.spool import Stream
from hivemind_desktop.contract.states import Reason
from tests.containers.desk import Desk, kept_reason

WORK = (
    "import os, pathlib, tempfile\n"
    "print(open('data/入力.txt').read(), os.access('tool.sh', os.X_OK))\n"
    "pathlib.Path(tempfile.gettempdir(), 'scratch').write_text('s')\n"
    "os.makedirs('output/leer'); pathlib.Path('output/r.bin').write_bytes(b'r' * 3_000_000)\n"
    "os.symlink('/etc/passwd', 'output/link'); os.mkfifo('output/pipe')\n"
    "open('data/new.txt', 'w').write('n'); open('data/入力.txt', 'a').write('+')\n"
    "os.makedirs('inputs/T'); open('inputs/T/in', 'w').write('x')\n"
)
PACKAGE = {"main.py": WORK, "data/入力.txt": "sent", "data/same.txt": "same", "tool.sh": "#!/bin/sh\n"}


@pytest.fixture(params=list(Mode))
def forced(
    desk: Desk, request: pytest.FixtureRequest, docker_client: docker.DockerClient
) -> Iterator[tuple[Desk, Mode]]:
    mode: Mode = request.param
    whose = "own" if user_of(0).lone else user_of(0).uid
    key = f"{docker_client.info()['ID']} {disk.possible()} {whose}"
    (desk.folder / "workspace.json").write_text(json.dumps({key: mode}))
    yield desk, mode
    assert json.loads((desk.folder / "workspace.json").read_text()) == {key: mode}


def test_files_in_and_out(forced: tuple[Desk, Mode]) -> None:
    desk, _ = forced
    finished = desk.run(PACKAGE)
    assert kept_reason(finished) == (Reason.OK, 0, ""), desk.text(finished.attempt, Stream.STDERR).decode()
    assert desk.text(finished.attempt).decode() == "sent False\n"
    told = {entry.path: entry.folder for entry in finished.result.entries}
    assert told == {"output/leer": True, "output/r.bin": False, "data/new.txt": False, "data/入力.txt": False}
    assert desk.result(finished.attempt, "output/r.bin") == b"r" * 3_000_000
    assert desk.result(finished.attempt, "data/入力.txt") == b"sent+"
    notices = desk.text(finished.attempt, Stream.NOTICE).decode()
    assert "not taken: output/link: it is a link" in notices
    assert "not taken: output/pipe: it is " in notices
    files = desk.outbox.folder(finished.attempt) / "files"
    assert {path.stat().st_uid for path in files.rglob("*")} == {os.geteuid()}


def test_a_hog_meets_its_limit(forced: tuple[Desk, Mode]) -> None:
    desk, _ = forced
    code = "import time\nf = open('output/big', 'wb')\nwhile True: f.write(b'x' * 1_000_000); f.flush(); time.sleep(0.02)"
    finished = desk.run({"main.py": code})
    assert finished.reason is Reason.DISK_LIMIT


DIG = "import os, time\nopen('output/good', 'w')\nos.chdir('output')\nfor n in range(1500): os.mkdir('d'); os.chdir('d')\nprint('dug')\n"


def test_a_deep_tree_is_no_way_around_the_limit(forced: tuple[Desk, Mode]) -> None:
    """Deeper than a path may be long, and than Python may recurse."""
    desk, _ = forced
    code = DIG + "f = open('big', 'wb')\nwhile True: f.write(b'x' * 1_000_000); f.flush(); time.sleep(0.02)"
    finished = desk.run({"main.py": code})
    assert finished.reason is Reason.DISK_LIMIT
    assert [entry.path for entry in finished.result.entries] == ["output/good"]


def test_a_deep_tree_within_the_limit_goes_away_with_its_run(forced: tuple[Desk, Mode]) -> None:
    desk, _ = forced
    object.__setattr__(desk.options, "disk_poll_s", 0.2)
    finished = desk.run({"main.py": DIG + "time.sleep(1)"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [entry.path for entry in finished.result.entries] == ["output/good"]
    assert b"name.too_deep" in desk.text(finished.attempt, Stream.NOTICE)
    assert list((desk.folder / "runs").iterdir()) == []


def test_the_best_way_is_found_once_and_remembered(desk: Desk) -> None:
    desk.run({"main.py": ""})
    known = json.loads((desk.folder / "workspace.json").read_text())
    assert list(known.values()) == [Mode.DISK if disk.possible() else Mode.FOLDER]
    assert not list((desk.folder / "runs").glob("*"))


def test_an_image_without_a_shell_gets_a_volume_where_ours_is_not_here(
    desk: Desk, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    """Nothing can be tried in it, so nothing is remembered either."""
    object.__setattr__(desk.options, "base_image", "not-here/at-all:latest")
    import io
    import tarfile

    name = f"hivemind-test-noshell:{desk.installation_id[-8:]}"
    with io.BytesIO() as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("nothing"))
        docker_client.api.import_image_from_data(
            out.getvalue(), repository=name.split(":")[0], tag=name.split(":")[1]
        )
    try:
        finished = desk.run({"main.py": ""}, image=name)
        assert finished.reason in (Reason.EXIT, Reason.BAD_PACKAGE)
        assert not (desk.folder / "workspace.json").exists()
    finally:
        docker_client.images.remove(name, force=True)


def test_a_tree_is_counted_and_removed_whatever_its_rights(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "closed").mkdir(parents=True)
    (tree / "closed" / "file").write_bytes(b"x" * 10_000)
    (tree / "link").symlink_to("/etc")
    (tree / "closed").chmod(0o000)
    assert tree_bytes(tree) >= (10_000 if os.geteuid() == 0 else 0)
    remove_tree(tree)
    assert not tree.exists()
    assert Path("/etc/passwd").exists()
    remove_tree(tree)
