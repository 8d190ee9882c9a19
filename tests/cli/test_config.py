import argparse
import json
from pathlib import Path

import pytest

from hivemind_desktop.__main__ import main
from hivemind_desktop.cli import config as command
from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings import TABLE

OWNERS = "# mine\n[limits]\nslots = 5 # five\ncpu_percent = 60\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(OWNERS)
    return path


def run(path: Path, *words: str, **environ: str) -> int:
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.add_parser(parser.add_subparsers(required=True))
    return command.act(parser.parse_args(["config", *words]), path, environ=environ)


def test_list_shows_every_setting_and_where_it_comes_from(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path, "list", MAX_MEMORY_LIMIT="4g") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(lines) == {"KEY", *(row.key for row in TABLE)}
    assert lines["limits.slots"].split()[:3] == ["limits.slots", "5", "config.toml:3"]
    assert lines["task.memory"].split()[:3] == ["task.memory", "4g", "MAX_MEMORY_LIMIT"]
    assert lines["limits.memory_percent"].split()[:4] == ["limits.memory_percent", "50", "%", "default"]


def test_list_as_json_is_one_array(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "list", "--json") == 0
    entries = {entry["key"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert len(entries) == len(TABLE)
    assert (entries["limits.slots"]["value"], entries["limits.slots"]["default"]) == (5, 3)
    assert (entries["limits.slots"]["origin"], entries["limits.slots"]["place"]) == ("file", f"{path}:3")


def test_list_tells_mistakes_on_stderr_and_exits_2(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text('[limits]\nslots = "x"\ncpu_percent = 60\n')
    assert run(path, "list", "--json") == 2
    told = capsys.readouterr()
    assert len(json.loads(told.out)) == len(TABLE)
    assert told.err == f"{path}:2: limits.slots cannot be “x”; write a whole number from 1 to 64.\n"


def test_get_prints_the_value_alone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "get", "limits.slots") == 0
    assert run(path, "get", "task.memory") == 0
    assert capsys.readouterr().out == "5\n2g\n"
    assert run(path, "get", "limits.slots", "--json") == 0
    assert json.loads(capsys.readouterr().out)["value"] == 5


def test_get_refuses_a_setting_that_is_wrong_and_no_other(path: Path) -> None:
    path.write_text('[limits]\nslots = "x"\ncpu_percent = 60\n')
    assert run(path, "get", "limits.cpu_percent") == 0
    with pytest.raises(KnownError) as caught:
        run(path, "get", "limits.slots")
    assert caught.value.usage


def test_set_writes_and_keeps_comments(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "set", "limits.slots", "7") == 0
    assert path.read_text() == OWNERS.replace("5 # five", "7 # five")
    assert capsys.readouterr().out == "limits.slots = 7\n"


def test_set_says_what_stands_above_the_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "set", "limits.slots", "7", MAX_CONCURRENT_TASKS="2") == 0
    told = capsys.readouterr()
    assert told.out == "limits.slots = 2\n"
    assert told.err.startswith("MAX_CONCURRENT_TASKS is set")


def test_set_mends_a_wrong_value(path: Path) -> None:
    path.write_text('[limits]\nslots = "x"\n')
    assert run(path, "set", "limits.slots", "4") == 0
    assert run(path, "get", "limits.slots") == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "limits.slots", "many"), "settings.wrong_whole"),
        (("set", "limits.slotz", "1"), "settings.unknown_near"),
        (("get", "qqqq"), "settings.unknown"),
        (("reset", "slots"), "settings.unknown_near"),
    ],
)
def test_wrong_words_are_wrong_usage_and_change_nothing(
    path: Path, words: tuple[str, ...], code: str
) -> None:
    with pytest.raises(KnownError) as caught:
        run(path, *words)
    assert (caught.value.code, caught.value.usage) == (code, True)
    assert path.read_text() == OWNERS


def test_reset_one_or_all(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "reset", "limits.slots") == 0
    assert capsys.readouterr().out == "limits.slots = 3\n"
    assert "cpu_percent = 60" in path.read_text()
    assert run(path, "reset", "--all") == 0
    assert "cpu_percent" not in path.read_text()
    assert "# mine" in path.read_text()


def test_reset_needs_to_know_what(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("reset",), ("reset", "--all", "limits.slots")):
        with pytest.raises((SystemExit, argparse.ArgumentError)):
            run(path, *words)
    assert path.read_text() == OWNERS
    capsys.readouterr()


def test_the_program_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIVEMIND_HOME", str(tmp_path))
    monkeypatch.delenv("MAX_CONCURRENT_TASKS", raising=False)
    assert main(["config", "set", "limits.slots", "7"]) == 0
    assert main(["--max-tasks", "2", "config", "get", "limits.slots"]) == 0
    assert capsys.readouterr().out == "limits.slots = 7\n2\n"
    assert main(["config", "set", "limits.slots", "many"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert "slots = 7" in (tmp_path / "config.toml").read_text()
    other = tmp_path / "other.toml"
    assert main(["--config", str(other), "config", "get", "limits.slots"]) == 2
    assert "no settings file" in capsys.readouterr().err
