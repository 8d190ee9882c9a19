import argparse
from pathlib import Path

import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings import TABLE, Flags, Loaded, OriginKind, add_flags, defaults, flags_of, load
from hivemind_desktop.settings import table as option

SEED = """# the seed's own lines
export MASTER_NODE_URL=https://hivemind.justin0711.com
WIREGUARD_CONFIG_PATH=./wg0.conf

RESOURCE_REPORT_INTERVAL=31
LOG_LEVEL=info
MAX_CONCURRENT_TASKS="4"
WORKER_IMAGE_TAG=v2
MAX_MEMORY_LIMIT=4g
MAX_CPU_CORES=2
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lenient(path: Path, **environ: str) -> Loaded:
    return load(path, environ=environ, strict=False)


def told(loaded: Loaded) -> list[tuple[str, object]]:
    return [(problem.code, problem.fields.get("where")) for problem in loaded.problems]


def test_nothing_named_gives_the_designs_defaults(tmp_path: Path) -> None:
    loaded = load(tmp_path / "config.toml", environ={}, strict=True)
    values = loaded.values
    assert values == defaults()
    assert (values[option.CPU_PERCENT], values[option.MEMORY_PERCENT], values[option.DISK_GB]) == (
        80,
        50,
        10.0,
    )
    assert (values[option.SLOTS], values[option.TASK_MEMORY], values[option.TASK_PIDS]) == (
        3,
        2 * 1024**3,
        100,
    )
    assert (
        values[option.MASTER_HEARTBEAT_S],
        values[option.DEADLINE_S],
        values[option.REPORT_INTERVAL_S],
    ) == (
        10.0,
        5.0,
        30,
    )
    assert {origin.kind for origin in loaded.origins.values()} == {OriginKind.DEFAULT}


def test_command_line_over_environment_over_file_over_default(tmp_path: Path) -> None:
    path = written(tmp_path, "[limits]\nslots = 5\ncpu_percent = 60\n")
    flags = Flags({"limits.slots": ("7", "--max-tasks")})

    def slots(environ: dict[str, str], flags: Flags) -> tuple[int, str]:
        loaded = load(path, environ=environ, flags=flags, strict=True)
        assert loaded.values[option.CPU_PERCENT] == 60
        return loaded.values[option.SLOTS], loaded.origins["limits.slots"].place

    assert slots({"MAX_CONCURRENT_TASKS": "6"}, flags) == (7, "--max-tasks")
    assert slots({"MAX_CONCURRENT_TASKS": "6"}, Flags()) == (6, "MAX_CONCURRENT_TASKS")
    assert slots({"MAX_CONCURRENT_TASKS": " "}, Flags()) == (5, f"{path}:2")
    path.write_text("[limits]\ncpu_percent = 60\n")
    assert slots({}, Flags()) == (3, "")


def test_the_seeds_eight_names_work_in_environment_and_file(tmp_path: Path) -> None:
    names = dict(line.removeprefix("export ").split("=") for line in SEED.splitlines() if "=" in line)
    names["MAX_CONCURRENT_TASKS"] = "4"
    from_environment = load(None, environ=names, strict=True).values
    path = tmp_path / "custom_config.conf"
    path.write_text(SEED)
    from_file = load(path, environ={}, strict=True, required=True)
    assert from_environment == from_file.values
    assert from_file.values[option.MASTER_URL] == "https://hivemind.justin0711.com"
    assert from_file.values[option.TASK_MEMORY] == 4 * 1024**3
    assert from_file.values[option.TASK_CPU_CORES] == 2.0
    assert from_file.values[option.LOG_LEVEL] == "INFO"
    assert from_file.origins["image.tag"].place == f"{path}:8"
    assert len(names) == 8


def test_the_seeds_names_are_known_in_a_toml_file_too(tmp_path: Path) -> None:
    path = written(
        tmp_path, 'MAX_CONCURRENT_TASKS = 9\nMASTER_NODE_URL = "localhost:1"\n\n[task]\npids = 50\n'
    )
    values = load(path, environ={}, strict=True).values
    assert (values[option.SLOTS], values[option.MASTER_URL], values[option.TASK_PIDS]) == (
        9,
        "localhost:1",
        50,
    )


def test_a_wrong_value_stands_at_its_default_and_costs_no_other(tmp_path: Path) -> None:
    path = written(
        tmp_path, '# mine\n[limits]\nslots = "many"\ncpu_percent = 70\n\n[task]\nmemory = "lots"\n'
    )
    loaded = lenient(path)
    assert told(loaded) == [("settings.wrong_whole", f"{path}:3"), ("settings.wrong_size", f"{path}:7")]
    assert loaded.problems[0].fields["got"] == "many"
    assert (loaded.values[option.SLOTS], loaded.values[option.CPU_PERCENT]) == (3, 70)
    assert loaded.origins["limits.slots"].kind is OriginKind.DEFAULT


@pytest.mark.parametrize(
    ("environ", "flags", "where"),
    [
        ({"MAX_CONCURRENT_TASKS": "0"}, {}, "MAX_CONCURRENT_TASKS"),
        ({"MAX_MEMORY_LIMIT": "4 parsecs"}, {}, "MAX_MEMORY_LIMIT"),
        ({"LOG_LEVEL": "LOUD"}, {}, "LOG_LEVEL"),
        ({}, {"master_url": ("http://lab.example", "--master-url")}, "--master-url"),
        ({}, {"limits.slots": ("x", "--max-tasks")}, "--max-tasks"),
    ],
)
def test_commands_are_refused_with_the_place(
    environ: dict[str, str], flags: dict[str, tuple[str, str]], where: str
) -> None:
    with pytest.raises(KnownError) as caught:
        load(None, environ=environ, flags=Flags(flags), strict=True)
    assert caught.value.usage
    assert caught.value.fields["where"] == where


def test_a_broken_link_in_a_setting_is_not_shown_with_its_token() -> None:
    with pytest.raises(KnownError) as caught:
        load(None, environ={"MASTER_NODE_URL": "hivemind://join?t=VERY-SECRET-TOKEN"}, strict=True)
    assert "SECRET" not in str(caught.value)


def test_an_unknown_key_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    path = written(tmp_path, "[limits]\ncpu_percnt = 5\n\n[else]\nzzz = 1\n")
    loaded = lenient(path)
    assert told(loaded) == [("settings.unknown_near", f"{path}:2"), ("settings.unknown", f"{path}:5")]
    assert loaded.problems[0].fields["near"] == "limits.cpu_percent"
    path.write_text("slots = 5\n")
    assert lenient(path).problems[0].fields["near"] == "limits.slots"


def test_a_torn_file_names_its_line_and_keeps_what_can_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, '[limits]\ncpu_percent = 10\nslots = \n\n[task]\nmemory = "512m"\npids = 5')
    loaded = lenient(path)
    assert told(loaded)[0] == ("settings.torn", f"{path}:3")
    assert loaded.values[option.CPU_PERCENT] == 10
    assert loaded.values[option.TASK_MEMORY] == 512 * 1024**2
    with pytest.raises(KnownError, match=r"settings\.torn"):
        load(path, environ={}, strict=True)


def test_a_file_cut_in_the_middle_of_a_line_is_torn(tmp_path: Path) -> None:
    path = written(tmp_path, '[limits]\nslots = 2\n\n[task]\nmemory = "51')
    loaded = lenient(path)
    assert told(loaded) == [("settings.torn", f"{path}:5")]
    assert loaded.values[option.SLOTS] == 2


def test_files_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"[limits]\nslots = 3 # \xff\xfe\n")
    assert lenient(path).problems[0].code == "settings.not_text"
    assert lenient(tmp_path).problems[0].code == "settings.unreadable"
    missing = load(tmp_path / "no.toml", environ={}, strict=False, required=True)
    assert missing.problems[0].code == "settings.no_file"
    path.write_bytes("\ufeff[limits]\nslots = 4\n".encode())
    assert lenient(path).values[option.SLOTS] == 4


def test_wrong_lines_of_a_seed_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text("MAX_CONCURRENT_TASKS=4\nMAX_CONCURENT=1\nwhat\n")
    loaded = lenient(path)
    assert told(loaded) == [("settings.unknown_near", f"{path}:2"), ("settings.not_a_line", f"{path}:3")]
    assert loaded.values[option.SLOTS] == 4


def test_flags_come_from_the_table() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_flags(parser)
    given = parser.parse_args(
        ["--debug", "--cpu-only", "--max-tasks", "2", "--log-file", "x", "--config", "c.toml"]
    )
    values = load(None, environ={}, flags=flags_of(given), strict=True).values
    assert values[option.LOG_LEVEL] == "DEBUG"
    assert values[option.CPU_ONLY] is True
    assert (values[option.SLOTS], values[option.LOG_FILE], given.config_file) == (2, "x", "c.toml")
    assert flags_of(parser.parse_args([])).given == {}
    parser.format_help()


def test_every_value_survives_text_and_toml() -> None:
    for row in TABLE:
        assert row.kind.parse(row.kind.show(row.default)) == row.default, row.key
        assert row.kind.read(row.kind.write(row.default)) == row.default, row.key


def test_keys_variables_and_flags_are_named_once() -> None:
    for names in (
        [row.key for row in TABLE],
        [row.env for row in TABLE if row.env],
        [flag for row in TABLE for flag in (row.flag, row.switch) if flag],
    ):
        assert len(names) == len(set(names))
    assert {row.env for row in TABLE if row.env} == {
        "MASTER_NODE_URL",
        "WIREGUARD_CONFIG_PATH",
        "RESOURCE_REPORT_INTERVAL",
        "LOG_LEVEL",
        "MAX_CONCURRENT_TASKS",
        "WORKER_IMAGE_TAG",
        "MAX_MEMORY_LIMIT",
        "MAX_CPU_CORES",
    }
