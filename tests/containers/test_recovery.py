"""Whatever lies in runs/ after a crash, the worker starts."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import docker
import pytest
from requests.exceptions import ConnectionError as Broken

from hivemind_desktop.containers import disk, loop, outcome, places, volume
from hivemind_desktop.containers.docker_containers import user_of
from hivemind_desktop.containers.runs import ENDED
from hivemind_desktop.containers.takings import Takings
from hivemind_desktop.containers.workspace import Mode
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from tests.containers.desk import ROOT, Desk, kept_reason
from tests.containers.test_leftovers import HELD, wait_until_no_device_has

ATTEMPT = AttemptKey("TASK1", 1, 1)


def key(client: docker.DockerClient) -> str:
    """Of the mode in workspace.json."""
    return f"{client.info()['ID']} {disk.possible()} {'own' if user_of(0).lone else user_of(0).uid}"


def crash(folder: Path, installation: str, client: docker.DockerClient, mode: Mode) -> Path:
    """A worker is killed while its result waits for room; returns the run's folder."""
    command = [sys.executable, "-c", HELD, str(folder), installation, json.dumps({key(client): mode})]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "held\n", done.stderr
    (run_folder,) = (folder / "runs").iterdir()
    if mode is Mode.DISK:
        loop.unmount(run_folder / disk.FOLDER)
        wait_until_no_device_has(run_folder / disk.IMAGE)
    return run_folder


@pytest.mark.parametrize("mode", list(Mode))
def test_a_note_without_its_files_is_forgotten(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient, mode: Mode
) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    run_folder = crash(folder, installation, docker_client, mode)
    if mode is Mode.DISK:
        (run_folder / disk.IMAGE).unlink()
    elif mode is Mode.FOLDER:
        shutil.rmtree(run_folder / "work" / "task")
    else:
        docker_client.containers.get(places.container_name(run_folder.name)).remove(force=True)
    desk = Desk(folder, installation)
    assert desk.containers.recover_results() == ()
    assert not (run_folder / ENDED).exists()
    assert desk.outbox.get(ATTEMPT) is None
    assert desk.containers.clean_leftovers() == []
    desk.close()


def test_files_that_cannot_be_read_are_tried_twice_and_given_back(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = Mode.DISK if disk.possible() else Mode.FOLDER
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    run_folder = crash(folder, installation, docker_client, mode)
    if mode is Mode.DISK:
        (run_folder / disk.IMAGE).write_bytes(b"spoiled" * 10_000)
    else:

        def broken(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(outcome, "gather", broken)
    desk = Desk(folder, installation)
    assert desk.containers.recover_results() == ()
    assert (run_folder / ENDED).exists()
    assert desk.containers.recover_results() == (ATTEMPT,)
    finished = desk.outbox.get(ATTEMPT)
    assert finished is not None
    assert (finished.reason, finished.message) == (Reason.WORKER_LOST, "run.collecting_died")
    assert desk.containers.clean_leftovers() == []
    desk.close()


def test_a_note_that_cannot_be_read_does_not_keep_the_others_waiting(
    tmp_path: Path, base_image: str, docker_client: docker.DockerClient
) -> None:
    installation, folder = f"test-{uuid.uuid4()}", tmp_path / "worker"
    crash(folder, installation, docker_client, Mode.FOLDER)
    (folder / "runs" / "0" / ENDED).mkdir(parents=True)
    (folder / "runs" / "1").mkdir()
    (folder / "runs" / "1" / ENDED).write_text("[" * 100_000)
    desk = Desk(folder, installation)
    assert desk.containers.recover_results() == (ATTEMPT,)
    assert not (folder / "runs" / "1" / ENDED).exists()
    (folder / "runs" / "0" / ENDED).rmdir()
    assert desk.containers.clean_leftovers() == []
    desk.close()


def test_an_engine_that_is_away_while_the_result_is_collected_is_waited_for(
    desk: Desk, docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, away = volume.read, [True, True]

    def broken(client: docker.APIClient, container: str, takings: Takings) -> None:
        if away:
            away.pop()
            raise Broken("Connection aborted")
        read(client, container, takings)

    (desk.folder / "workspace.json").write_text(json.dumps({key(docker_client): Mode.VOLUME}))
    object.__setattr__(desk.options, "outbox_retry_s", 0.2)
    monkeypatch.setattr(volume, "read", broken)
    finished = desk.run({"main.py": "open('output/x', 'w').write('kept')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [fault and fault.code for fault in desk.held] == ["engine.lost", "engine.lost", None]
    assert desk.result(finished.attempt, "output/x") == b"kept"


def test_the_note_goes_before_the_files(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in between leaves files without a note, which are cleaned up, never a note without files."""
    seen: list[bool] = []
    remove = docker.APIClient.remove_container

    def removed(client: docker.APIClient, container: str, **named: bool) -> None:
        seen.extend((folder / ENDED).exists() for folder in (desk.folder / "runs").iterdir())
        remove(client, container, **named)

    desk.run({"main.py": ""})
    monkeypatch.setattr(docker.APIClient, "remove_container", removed)
    desk.run({"main.py": ""})
    assert seen == [False]
