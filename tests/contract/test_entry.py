"""Which file runs, for packages of every form the earlier HiveMind took."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hivemind_desktop.contract.entry import ENTRY_NAMES, NoEntry, choose_entry


@pytest.mark.parametrize(
    ("paths", "command"),
    [
        (["main.py", "run_task.sh", "run.py"], ("bash", "run_task.sh")),
        (["zz.py", "index.py", "main.py"], ("python3", "main.py")),
        (["index.py", "start.py"], ("python3", "start.py")),
        (["b.py", "a.py", "c.txt"], ("python3", "a.py")),
        (["計算.py", "data.csv"], ("python3", "計算.py")),
        (["__init__.py", "job.py"], ("python3", "job.py")),
        (["__init__.py"], ("python3", "__init__.py")),
        (["Main.py", "other.py"], ("python3", "Main.py")),
        (["main.py/x.txt", "b.py"], ("python3", "b.py")),
        # one folder holds everything: it is read as the top
        (["job/main.py", "job/a.py", "job/data.csv"], ("python3", "job/main.py")),
        (["job/run_task.sh", "job/main.py"], ("bash", "job/run_task.sh")),
        # not alone: the top counts, and only then what lies below, the least deep first
        (["job/main.py", "solve.py"], ("python3", "solve.py")),
        (["job/main.py", "readme.txt"], ("python3", "job/main.py")),
        (["a/b/main.py", "z/x.py", "readme.txt"], ("python3", "z/x.py")),
        (["sub/run_task.sh", "x.py"], ("python3", "x.py")),
    ],
)
def test_choices(paths: list[str], command: tuple[str, ...]) -> None:
    entry = choose_entry(paths)
    assert entry.command == command
    assert choose_entry(reversed(paths)) == entry
    assert entry.path in entry.line


def test_the_order_is_the_designs() -> None:
    assert ENTRY_NAMES == ("main", "task_script", "run", "app", "script", "start", "index")
    left = [f"{name}.py" for name in reversed(ENTRY_NAMES)]
    for name in ENTRY_NAMES:
        assert choose_entry(left).path == f"{name}.py"
        left.remove(f"{name}.py")


def test_a_guess_says_that_it_is_one() -> None:
    assert "first by name" in choose_entry(["solve.py"]).line
    assert "first by name" not in choose_entry(["main.py"]).line


@pytest.mark.parametrize("paths", [[], ["data.csv"], ["main.pyc", "run.sh"], ["main"], ["a/b.txt"]])
def test_no_entry(paths: list[str]) -> None:
    with pytest.raises(NoEntry) as caught:
        choose_entry(paths)
    assert caught.value.code == "package.no_entry"


@given(
    st.sets(
        st.sampled_from(["main.py", "a.py", "x/b.py", "x/main.py", "run_task.sh", "x/run_task.sh", "n.txt"])
    )
)
def test_what_is_chosen_is_in_the_package(paths: set[str]) -> None:
    if any(path.endswith(".py") for path in paths):
        assert choose_entry(paths).path in paths
