"""What a person gets wrong in settings, flags and words: one line that names the place and what was expected, and nothing else is lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hivemind_desktop import __version__
from tests.e2e.installation import BIN, Installation, until
from tests.e2e.shared import as_stranger, installation, refusal

FILE = """\
# mine, keep it
[log]
level = "INFO"

[limits]
cpu_percent = 70   # not too much
slots = 2
"""


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    found = installation(tmp_path)
    found.home.mkdir()
    return found


def write(place: Installation, text: str) -> Path:
    path = place.home / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["hivemind-desktop", "hivemind-master"])
def test_version(place: Installation, name: str) -> None:
    done = place.run(name, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name} {__version__}\n", "")


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("hivemind-desktop", "staus", "'status'"),
        ("hivemind-desktop", "histroy", "'history'"),
        ("hivemind-desktop", "lgos", "'logs'"),
        ("hivemind-desktop", "puase", "'pause'"),
        ("hivemind-desktop", "resmue", "'resume'"),
        ("hivemind-desktop", "strat", "'start'"),
        ("hivemind-desktop", "sotp", "'stop'"),
        ("hivemind-desktop", "drian", "'drain'"),
        ("hivemind-desktop", "qiut", "'quit'"),
        ("hivemind-desktop", "demmo", "'demo'"),
        ("hivemind-desktop", "jion", "'join'"),
        ("hivemind-desktop", "laeve", "'leave'"),
        ("hivemind-desktop", "confg", "'config'"),
        ("hivemind-desktop", "config lsit", "'list'"),
        ("hivemind-desktop", "--headles", "'--headless'"),
        ("hivemind-desktop", "--max-task=2", "'--max-tasks'"),
        ("hivemind-desktop", "status --jsno", "'--json'"),
        ("hivemind-master", "sreve", "'serve'"),
        ("hivemind-master", "invit", "'invite'"),
        ("hivemind-master", "sumbit x", "'submit'"),
        ("hivemind-master", "taks", "'tasks'"),
        ("hivemind-master", "tsak x", "'task'"),
        ("hivemind-master", "lgos x", "'logs'"),
        ("hivemind-master", "cancle x", "'cancel'"),
        ("hivemind-master", "reslut x", "'result'"),
        ("hivemind-master", "ndoes", "'nodes'"),
        ("hivemind-master", "node blokc x", "'block'"),
        ("hivemind-master", "tokne list", "'token'"),
        ("hivemind-master", "submit x --wiat", "'--wait'"),
    ],
)
def test_a_typo_is_one_line_that_says_what_was_meant(
    place: Installation, name: str, typed: str, meant: str
) -> None:
    refusal(place.run(name, *typed.split()), 2, f"did you mean {meant}?", "--help")


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("hivemind-desktop", "logs", "TASK"),
        ("hivemind-desktop", "pause soon", "expected minutes above 0, got 'soon'"),
        ("hivemind-desktop", "join hello", "not a whole join link"),
        ("hivemind-desktop", "join hivemind://submit?a=127.0.0.1:1&t=x&p=y", "link"),
        ("hivemind-desktop", "config get limits.slot", "limits.slots may be meant"),
        ("hivemind-desktop", "config set limits.slots many", "a whole number from 1 to 64"),
        ("hivemind-desktop", "--headless --max-tasks 0", "--max-tasks: limits.slots cannot be “0”"),
        ("hivemind-desktop", "--headless --master-url ftp://x", "--master-url: master_url cannot be"),
        ("hivemind-desktop", "--headless --config nowhere.toml", "no settings file nowhere.toml"),
        ("hivemind-desktop", "--headless --log-file /dev/null/x", "/dev/null/x"),
        ("hivemind-master", "", "COMMAND"),
        ("hivemind-master", "result X", "-o"),
        ("hivemind-master", "tasks --limit few", "a whole number from 1, got 'few'"),
        ("hivemind-master", "invite --ttl soon", "“soon” is not a duration"),
        ("hivemind-master", "serve --listen 0.0.0.0:50051", "this computer only"),
        ("hivemind-master", "serve --listen 10.1.2.3:50051", "this computer only"),
        ("hivemind-master", "serve --listen [::]:50051", "this computer only"),
        ("hivemind-master", "serve --listen example.org:50051", "this computer only"),
        ("hivemind-master", "serve --listen 127.0.0.1:99999", "no HOST:PORT"),
        ("hivemind-master", "serve --listen 50051", "no HOST:PORT"),
    ],
)
def test_a_wrong_word_is_one_line(place: Installation, name: str, typed: str, words: str) -> None:
    refusal(place.run(name, *typed.split()), 2, words)


@pytest.mark.parametrize("typed", ["status", "history", "leave", "pause", "--headless"])
def test_a_torn_file_names_its_line(place: Installation, typed: str) -> None:
    path = write(place, FILE + 'gpus = [0, "\n')
    before = path.read_bytes()
    refusal(place.run("hivemind-desktop", typed), 2, f"{path}:8", "mend this line")
    assert path.read_bytes() == before


@pytest.mark.parametrize("typed", ["status", "history", "demo --headless --exit", "--headless"])
def test_a_wrong_value_names_file_and_line(place: Installation, typed: str) -> None:
    path = write(place, FILE.replace("slots = 2", "slots = 200"))
    refusal(place.run("hivemind-desktop", *typed.split()), 2, f"{path}:7", "limits.slots", "200", "1 to 64")


@pytest.mark.parametrize("typed", ["status", "--headless"])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MASTER_NODE_URL", "ftp://x", "HOST:PORT"),
        ("RESOURCE_REPORT_INTERVAL", "soon", "number from"),
        ("LOG_LEVEL", "LOUD", "INFO"),
        ("MAX_CONCURRENT_TASKS", "-1", "1 to 64"),
        ("MAX_MEMORY_LIMIT", "lots", "512m"),
        ("MAX_CPU_CORES", "none", "number from"),
    ],
)
def test_a_wrong_variable_is_named(
    place: Installation, typed: str, name: str, value: str, expected: str
) -> None:
    place.environ[name] = value
    refusal(place.run("hivemind-desktop", typed), 2, f"{name}: ", value, expected)


def test_one_wrong_value_costs_no_other(place: Installation) -> None:
    """`config` works on the broken file, shows what holds, and mends it with every comment kept."""
    path = write(place, FILE.replace("slots = 2", "slots = 200"))
    done = place.run("hivemind-desktop", "config", "list", "--json")
    held = {entry["key"]: (entry["value"], entry["origin"]) for entry in json.loads(done.stdout)}
    assert (held["limits.cpu_percent"], held["limits.slots"]) == ((70, "file"), (3, "default"))
    refusal(done, 2, f"{path}:7")
    place.worker("config", "set", "limits.slots", "2")
    assert path.read_text("utf-8") == FILE


def test_a_refused_change_leaves_the_file(place: Installation) -> None:
    path = write(place, FILE)
    refusal(place.run("hivemind-desktop", "config", "set", "limits.cpu_percent", "0"), 2, "1 to 100")
    assert path.read_text("utf-8") == FILE


def test_a_window_starts_with_the_wrong_value_at_its_default(place: Installation) -> None:
    write(place, FILE.replace("slots = 2", "slots = 200"))
    place.environ["QT_QPA_PLATFORM"] = "offscreen"
    program = place.start("hivemind-desktop")
    try:

        def told() -> dict[str, Any] | None:
            status = place.status()
            return status if status["phase"] else None

        log = place.home / "worker.log"
        until(
            lambda: (log.exists() and "limits.slots cannot be" in log.read_text("utf-8")) or None,
            "it is logged",
        )
        write(place, FILE)
        assert until(told, "the window's worker answers")["limits"]["slots"] == 3
    finally:
        program.end()


def test_a_state_folder_that_cannot_be_written(place: Installation, tmp_path: Path) -> None:
    mounted = tmp_path / "read only"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(mounted)], check=True)
    try:
        place.environ["HIVEMIND_HOME"] = str(mounted)
        for name, *typed in (
            ("hivemind-desktop", "--headless"),
            ("hivemind-desktop", "status"),
            ("hivemind-desktop", "demo", "--headless", "--exit"),
            ("hivemind-master", "serve"),
            ("hivemind-master", "tasks"),
        ):
            refusal(place.run(name, *typed), 1, str(mounted), "HIVEMIND_HOME")
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


@pytest.mark.parametrize("kind", ["a file", "open to all"])
def test_a_state_folder_that_is_none(place: Installation, tmp_path: Path, kind: str) -> None:
    there = tmp_path / "there"
    if kind == "a file":
        there.write_text("x")
    else:
        there.mkdir()
        there.chmod(0o777)
    place.environ["HIVEMIND_HOME"] = str(there)
    for name, typed in (("hivemind-desktop", "--headless"), ("hivemind-master", "serve")):
        refusal(place.run(name, typed), 1, str(there), "HIVEMIND_HOME")


def test_a_folder_of_another_account(place: Installation) -> None:
    """Not root: the account that may not write there."""
    done = subprocess.run(
        as_stranger(str(BIN / "hivemind-desktop"), "--headless"),
        env=place.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    refusal(done, 1, str(place.home), "HIVEMIND_HOME")


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LANG": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_no_code_page_breaks_a_line(place: Installation, environ: dict[str, str]) -> None:
    place.environ.pop("LANG", None)
    place.environ.update(environ)
    refusal(place.run("hivemind-master", "serve", "--listen", "主機:1"), 2, "HOST:PORT")
    refusal(place.run("hivemind-master", "tasks"), 1, "master.json is missing")
    refusal(place.run("hivemind-desktop", "logs", "任務"), 1, "hivemind-desktop history")
    refusal(place.run("hivemind-desktop", "config", "get", "設定"), 2, "there is no setting")
    place.worker("config", "set", "image.name", "倉庫", code=2)
    assert json.loads(place.worker("config", "list", "--json"))


def test_the_line_is_in_the_persons_language(place: Installation) -> None:
    place.environ["LANG"] = place.environ["LC_ALL"] = "zh_TW.UTF-8"
    refusal(place.run("hivemind-desktop", "leave"), 1, "沒有加入任何資源池")
    refusal(place.run("hivemind-master", "tasks"), 1, "hivemind-master serve", "主控節點")


def test_commands_without_a_worker_or_master_say_what_to_start(place: Installation) -> None:
    for typed in ("status", "pause", "resume", "start", "stop", "drain", "quit"):
        refusal(place.run("hivemind-desktop", typed), 1, "hivemind-desktop")
    for words in ("tasks", "nodes", "invite", "task X", "logs X", "cancel X", "result X -o x", "token list"):
        refusal(place.run("hivemind-master", *words.split()), 1, "hivemind-master serve")
    done = place.run("hivemind-desktop", "status", "--json")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (1, {"phase": None}, "")
    refusal(place.run("hivemind-desktop", "logs", "X"), 1, "hivemind-desktop history")


def test_no_display_is_said(place: Installation) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        place.environ.pop(name, None)
    refusal(place.run("hivemind-desktop"), 1, "hivemind-desktop --headless")
    place.environ["DISPLAY"] = ":77"
    refusal(place.run("hivemind-desktop"), 1, "hivemind-desktop --headless")
