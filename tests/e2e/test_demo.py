"""The first minute: one command, a real task in a real container, its result."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.installation import Installation, keys, package

PNG = b"\x89PNG\r\n\x1a\n"


def test_demo_for_scripts(home: Installation) -> None:
    done = home.run("hivemind-desktop", "demo", "--headless", "--exit", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["task", "logs", "outputs"]
    assert next(iter(told["task"])) == "task_id"
    assert (told["task"]["state"], told["task"]["reason"], told["task"]["exit_code"]) == (
        "succeeded",
        "ok",
        0,
    )
    assert "id" not in keys(told)
    assert "wrote output/attractor.png" in told["logs"]
    (output,) = told["outputs"]
    assert output["path"] == "output/attractor.png"
    assert Path(output["file"]).read_bytes().startswith(PNG)


def test_demo_of_a_task_of_ones_own_that_fails(home: Installation, tmp_path: Path) -> None:
    mine = package(tmp_path / "mine", "import sys; print('so far'); sys.exit(3)")
    done = home.run("hivemind-desktop", "demo", "--headless", "--exit", "--json", "--task", str(mine))
    told = json.loads(done.stdout)
    assert (done.returncode, told["task"]["state"], told["task"]["reason"]) == (3, "failed", "exit")
    assert told["task"]["exit_code"] == 3
    assert "so far" in told["logs"]


def test_demo_without_a_display_says_so_and_ends(home: Installation) -> None:
    home.environ.pop("DISPLAY", None)
    home.environ.pop("WAYLAND_DISPLAY", None)
    home.environ.pop("QT_QPA_PLATFORM", None)
    done = home.run("hivemind-desktop", "demo")
    assert done.returncode == 0, done.stderr
    assert "There is no display here" in done.stderr
    assert "output/attractor.png" in done.stdout


def test_demo_without_an_engine_says_what_to_do(tmp_path: Path) -> None:
    place = Installation(tmp_path / "home", DOCKER_HOST=f"unix://{tmp_path}/nothing.sock")
    done = place.run("hivemind-desktop", "demo", "--headless", "--exit", "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "Docker" in done.stderr.strip().splitlines()[-1]


def test_demo_works_beside_a_running_worker_and_after_a_stop(pool: Installation) -> None:
    pool.worker("stop")
    done = pool.run("hivemind-desktop", "demo", "--headless", "--exit", "--json")
    assert done.returncode == 0, done.stderr
    assert pool.status()["phase"] == "stopped"


def test_demo_of_a_package_without_an_entry(home: Installation, tmp_path: Path) -> None:
    mine = package(tmp_path / "mine", "nothing", name="readme.txt")
    done = home.run("hivemind-desktop", "demo", "--headless", "--exit", "--json", "--task", str(mine))
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
