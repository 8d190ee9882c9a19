"""The generated code: current, and seen when it is not."""

import shutil
from pathlib import Path

import pytest

from building import protos
from building.say import BuildError


def test_the_committed_code_is_what_the_protos_give() -> None:
    assert protos.stale() == []


def test_changed_missing_and_left_over_files_are_named(tmp_path: Path) -> None:
    for path in protos.TARGET.glob(protos.PATTERN):
        shutil.copyfile(path, tmp_path / path.name)
    assert protos.stale(tmp_path) == []
    (tmp_path / "hivemind_pb2.py").unlink()
    (tmp_path / "hivemind_pb2_grpc.py").write_text("")
    (tmp_path / "old_pb2.py").write_text("")
    assert protos.stale(tmp_path) == ["hivemind_pb2.py", "hivemind_pb2_grpc.py", "old_pb2.py"]


def test_a_broken_proto_is_told_in_the_compilers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.proto").write_text("nonsense")
    monkeypatch.setattr("building.protos.SOURCES", tmp_path)
    with pytest.raises(BuildError, match=r"x\.proto:1:1"):
        protos.generate(tmp_path / "out")
