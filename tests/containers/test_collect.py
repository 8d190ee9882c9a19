"""What is read of a stopped run's folder is what was looked at, whoever swaps names in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from hivemind_desktop.containers import collect
from hivemind_desktop.containers.takings import Takings, Wanted
from hivemind_desktop.contract.task import Manifest


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_that_takes_a_names_place_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The hook runs between `stat` and `open`."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "secret").write_text("secret")
    output = tmp_path / "task" / "output"
    output.mkdir(parents=True)
    swapped = output / "x"
    if kind == "folder":
        swapped.mkdir()
    else:
        swapped.write_text("harmless")
    swaps: list[str] = []

    def swap(folder: int, name: str, mode: int) -> None:
        if name == "x":
            swaps.append(name)
            swapped.rename(tmp_path / "aside")
            swapped.symlink_to(tmp_path / "mine" / ("" if kind == "folder" else "secret"))

    monkeypatch.setattr(collect, "_open_up", swap)
    said: list[str] = []
    takings = Takings(tmp_path / "files", Wanted(Manifest(), False, (), 10**6, 100), said.append)
    with pytest.raises(OSError, match=r"Too many levels|Not a directory"):
        collect.collect(tmp_path / "task", takings, {})
    assert swaps == ["x"]
    assert takings.manifest.entries == ()
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert (tmp_path / "mine" / "secret").read_text() == "secret"
