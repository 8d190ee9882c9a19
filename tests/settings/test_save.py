import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings import Row, load, save
from hivemind_desktop.settings import table as option
from hivemind_desktop.settings.save import replace_file

OWNERS = """# my PC
master_url = "localhost:50051"   # at home

[limits]   # be kind
cpu_percent = 60  # evenings
slots = 2

# a note at the end
[window]
language = "zh-TW"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_comments_and_other_lines_stay(tmp_path: Path) -> None:
    path = written(tmp_path, OWNERS)
    save(path, {"limits.slots": 4, "window.theme": "dark"})
    text = path.read_text()
    assert text == OWNERS.replace("slots = 2", "slots = 4") + 'theme = "dark"\n'


def test_a_new_file_has_a_heading_and_is_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.toml"
    save(path, {"task.memory": 3 * 1024**3, "master_url": "localhost:1", "gpu.devices": ("0", "2")})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("# ")
    assert tomllib.loads(path.read_text()) == {
        "master_url": "localhost:1",
        "task": {"memory": "3g"},
        "gpu": {"devices": ["0", "2"]},
    }
    assert load(path, environ={}, strict=True).values[option.TASK_MEMORY] == 3 * 1024**3


def test_reset_takes_a_line_out(tmp_path: Path) -> None:
    path = written(tmp_path, OWNERS)
    save(path, {"limits.slots": None, "task.pids": None})
    assert path.read_text() == OWNERS.replace("slots = 2\n", "")


def test_a_setting_under_its_seed_name_moves_to_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, "MAX_CONCURRENT_TASKS = 9\n\n[task]\npids = 50\n")
    save(path, {"limits.slots": 2})
    assert tomllib.loads(path.read_text()) == {"task": {"pids": 50}, "limits": {"slots": 2}}


def test_a_torn_file_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, "[limits]\nslots = \n")
    with pytest.raises(KnownError) as caught:
        save(path, {"limits.slots": 3})
    assert (caught.value.code, caught.value.fields["where"]) == ("settings.torn", f"{path}:2")
    assert path.read_text() == "[limits]\nslots = \n"


@pytest.mark.parametrize(
    "text", ["limits = {slots = 2}\n", "limits = 3\n", "limits.slots = 2\nlimits.cpu_percent = 5\n"]
)
def test_a_form_that_cannot_be_changed_safely_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(KnownError, match=r"settings\.not_kept"):
        save(path, {"limits.memory_percent": 40})
    assert path.read_text() == text


def test_seed_lines_are_kept_as_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "# mine\nexport MAX_CONCURRENT_TASKS=4\nLOG_LEVEL=INFO\n")
    save(path, {"limits.slots": 5, "task.memory": 4 * 1024**3})
    assert path.read_text() == "# mine\nMAX_CONCURRENT_TASKS=5\nLOG_LEVEL=INFO\nMAX_MEMORY_LIMIT=4g\n"
    save(path, {"log.level": None})
    assert "LOG_LEVEL" not in path.read_text()
    with pytest.raises(KnownError, match=r"settings\.seed_file"):
        save(path, {"window.theme": "dark"})


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    with pytest.raises(KnownError, match=r"settings\.unwritable"):
        save(blocker / "config.toml", {"limits.slots": 3})


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("[limits]\nslots = 1\n")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    save(link, {"limits.slots": 3})
    assert link.is_symlink()
    assert "slots = 3" in real.read_text()


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_programs_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    code = (
        "import sys; from pathlib import Path; from hivemind_desktop.settings import save\n"
        "for n in range(1, 21): save(Path(sys.argv[1]), {sys.argv[2]: n})"
    )
    keys = ("limits.slots", "limits.cpu_percent", "link.report_interval_s")
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), key]) for key in keys]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    values = load(path, environ={}, strict=True).values
    assert [values.by_key(key) for key in keys] == [20, 20, 20]


@given(st.dictionaries(st.sampled_from(option.TABLE), st.booleans(), max_size=8))
def test_what_is_saved_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, chosen: dict[Row, bool]
) -> None:
    path = tmp_path_factory.mktemp("save") / "config.toml"
    save(path, {row.key: row.default if kept else None for row, kept in chosen.items()})
    loaded = load(path, environ={}, strict=True)
    for row, kept in chosen.items():
        assert loaded.values.by_key(row.key) == row.default
        assert (loaded.origins[row.key].place != "") is kept
