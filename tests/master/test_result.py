"""Writing a result: no link followed, nothing half written, nothing believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.cli.result import write_result
from hivemind_desktop.wire import hivemind_pb2 as pb


def manifest(**files: bytes) -> Manifest:
    return Manifest(
        tuple(
            FileEntry(name.replace("__", "/"), len(data), hashlib.sha256(data).hexdigest())
            for name, data in files.items()
        )
    )


def chunks(*blobs: bytes, size: int = 3) -> Iterator[pb.BlobChunk]:
    for data in blobs:
        for offset in range(0, max(len(data), 1), size):
            yield pb.BlobChunk(
                sha256=hashlib.sha256(data).digest(),
                size=len(data),
                offset=offset,
                data=data[offset : offset + size],
            )


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_files_folders_and_modes(tmp_path: Path) -> None:
    told = manifest(output__a=b"same", output__b=b"same", c=b"")
    tool = FileEntry("output/tool", 4, hashlib.sha256(b"same").hexdigest(), executable=True)
    told = Manifest((*told.entries, tool, FileEntry("output/empty", folder=True)))
    write_result(tmp_path / "new", told, chunks(b"same", b""))
    assert names(tmp_path / "new") == {"c", "output", "output/a", "output/b", "output/tool", "output/empty"}
    assert (tmp_path / "new/output/tool").stat().st_mode & 0o100
    assert not (tmp_path / "new/output/a").stat().st_mode & 0o100
    assert (tmp_path / "new/output/b").read_bytes() == b"same"
    # once more: replaced, nothing left beside
    write_result(tmp_path / "new", told, chunks(b"same", b""))
    assert len(names(tmp_path / "new")) == 6


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    target.mkdir()
    (outside / "victim").write_text("untouched")
    (target / "output").symlink_to(outside)
    (target / "link").symlink_to(outside / "victim")
    for told in (manifest(output__victim=b"evil"), manifest(link=b"evil")):
        with pytest.raises(KnownError) as known:
            write_result(target, told, chunks(b"evil"))
        assert known.value.code == "result.in_the_way"
    assert (outside / "victim").read_text() == "untouched"
    assert names(target) == {"output", "link"}


def test_a_folder_is_not_replaced_by_a_file_nor_the_other_way(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_text("file")
    for told in (manifest(a=b"x"), manifest(b__c=b"x")):
        with pytest.raises(KnownError) as known:
            write_result(tmp_path, told, chunks(b"x"))
        assert known.value.code == "result.in_the_way"


@pytest.mark.parametrize(
    "broken",
    [
        [],
        [pb.BlobChunk(sha256=hashlib.sha256(b"good").digest(), data=b"evil")],
        [pb.BlobChunk(sha256=hashlib.sha256(b"good").digest(), data=b"goo")],
        [pb.BlobChunk(sha256=hashlib.sha256(b"other").digest(), data=b"other")],
    ],
)
def test_broken_bytes_write_nothing(tmp_path: Path, broken: list[pb.BlobChunk]) -> None:
    with pytest.raises(KnownError) as known:
        write_result(tmp_path, manifest(a=b"good"), broken)
    assert known.value.code == "result.broken"
    assert names(tmp_path) == set()
