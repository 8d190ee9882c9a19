"""Folders, ZIPs and scripts as packages: what is good comes through byte for byte, what is hostile is refused by name, nothing is left."""

from __future__ import annotations

import hashlib
import io
import os
import random
import socket
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from hivemind_desktop.contract.names import MAX_ENTRIES
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.packagefiles import Limits
from hivemind_desktop.master.packages import Package, open_package
from hivemind_desktop.master.zipnames import guess_encoding
from tests.master.zipmaker import (
    RawInfo,
    kind,
    link,
    patched,
    quoted_overlap,
    same_bytes_twice,
    with_size,
    written,
    zipped,
)

MAIN = ("main.py", b"print(1)\n")


@pytest.fixture
def temp(tmp_path: Path) -> Iterator[Path]:
    """Where packages are unpacked; nothing may be left in it."""
    folder = tmp_path / "temp"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def content(package: Package) -> dict[str, bytes]:
    return {
        entry.path: b"".join(package.chunks(entry.sha256))
        for entry in package.manifest.entries
        if not entry.folder
    }


def refused(path: Path, temp: Path, limits: Limits | None = None) -> KnownError:
    with pytest.raises(KnownError) as caught, open_package(path, limits=limits, temp=temp):
        pass
    assert all(str(value).isprintable() for value in caught.value.fields.values())
    return caught.value


def tree(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


FILES = {
    "main.py": b"print(1)\n",
    "資料/第一.txt": "內容".encode(),
    "資料/deep/x.bin": bytes(range(256)),
    "same.txt": b"print(1)\n",
}

# ---------------------------------------------------------------- what is good


def test_a_folder_and_its_zip_are_the_same_package(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", FILES)
    (root / "empty" / "inner").mkdir(parents=True)
    (root / "main.py").chmod(0o755)
    zip_path = tmp_path / "job.zip"
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, path.relative_to(root))
    with open_package(root, temp=temp) as folder, open_package(zip_path, temp=temp) as packed:
        assert folder.manifest == packed.manifest
        assert content(folder) == content(packed) == FILES
        assert [entry.path for entry in folder.manifest.entries if entry.folder] == ["empty/inner"]
        assert [entry.path for entry in folder.manifest.entries if entry.executable] == ["main.py"]
        assert folder.entry == packed.entry
        assert folder.spec.name == "job"
        assert packed.spec.name == "job.zip"
        for entry in folder.manifest.entries:
            if not entry.folder:
                assert hashlib.sha256(FILES[entry.path]).hexdigest() == entry.sha256
                assert len(FILES[entry.path]) == entry.size


def test_a_blob_is_read_from_any_offset(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", FILES)
    with open_package(root, temp=temp) as package:
        digest = hashlib.sha256(bytes(range(256))).hexdigest()
        assert list(package.chunks(digest, offset=250, length=4)) == [
            bytes(range(250, 254)),
            bytes([254, 255]),
        ]
        with package.open(digest) as file:
            assert file.read(2) == b"\0\1"


def test_one_script(tmp_path: Path, temp: Path) -> None:
    script = tree(tmp_path, {"計算.py": b"print(2)"}) / "計算.py"
    with open_package(script, temp=temp) as package:
        assert content(package) == {"計算.py": b"print(2)"}
        assert package.entry is not None
        assert package.entry.command == ("python3", "計算.py")


def test_what_tools_leave_behind_is_left_out(tmp_path: Path, temp: Path) -> None:
    files = {
        "main.py": b"1",
        ".git/config": b"secret",
        "a/__pycache__/x.pyc": b"2",
        "__MACOSX/._main.py": b"3",
        "a/.DS_Store": b"4",
        ".gitignore": b"5",
    }
    root = tree(tmp_path / "job", files)
    (root / ".git" / "link").symlink_to("/etc/passwd")
    with open_package(root, temp=temp) as package:
        assert set(content(package)) == {"main.py", ".gitignore"}
        assert sorted(package.skipped) == [".git", "__MACOSX", "a/.DS_Store", "a/__pycache__"]
    path = written(tmp_path, zipped(*files.items()))
    with open_package(path, temp=temp) as package:
        assert set(content(package)) == {"main.py", ".gitignore"}
        assert sorted(package.skipped) == [".git", "__MACOSX", "a/.DS_Store", "a/__pycache__"]


def test_task_toml_makes_the_spec(tmp_path: Path, temp: Path) -> None:
    toml = b'name = "n"\ncommand = ["make"]\n[limits]\ncpus = 2'
    root = tree(tmp_path / "job", {"task.toml": toml, "Makefile": b"all:"})
    with open_package(root, temp=temp) as package:
        assert (package.spec.name, package.spec.command, package.spec.asked.cpus) == ("n", ("make",), 2)
        assert package.spec.has_manifest
        assert package.entry is None
        assert package.spec.package.size == len(toml) + 4


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        (b"privileged = true", "task_toml.never"),
        (b"mounts = ['/']", "task_toml.never"),
        (b"user = 'root'", "task_toml.never"),
        (b"[environment]\nLD_PRELOAD = 'x'", "task.variable_loader"),
        (b'image = "a\\u001b[2J"', "task.image"),
        (b"#" * 10_000_000, "task_toml.too_large"),
        (b"a." * 130_000 + b"a = 1", "task_toml.syntax"),
    ],
)
def test_a_hostile_task_toml(tmp_path: Path, temp: Path, toml: bytes, code: str) -> None:
    files = {"main.py": b"1", "task.toml": toml}
    assert refused(tree(tmp_path / "job", files), temp).code == code
    assert refused(written(tmp_path, zipped(*files.items(), method=zipfile.ZIP_STORED)), temp).code == code


# ---------------------------------------------------------------- folders


def test_links_are_refused_by_name(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1"})
    for target in ("/etc/passwd", "main.py", "nowhere", ".."):
        (root / "sub").mkdir(exist_ok=True)
        (root / "sub" / "l").symlink_to(target)
        error = refused(root, temp)
        assert (error.code, error.fields) == ("package.link", {"entry": "sub/l"})
        (root / "sub" / "l").unlink()


def test_a_link_to_the_package_itself_is_the_persons_own(tmp_path: Path, temp: Path) -> None:
    tree(tmp_path / "job", {"main.py": b"1"})
    (tmp_path / "latest").symlink_to("job")
    with open_package(tmp_path / "latest", temp=temp) as package:
        assert content(package) == {"main.py": b"1"}


def test_fifos_and_sockets_are_refused_by_name(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1"})
    os.mkfifo(root / "fifo")
    assert (refused(root, temp).code, refused(root, temp).fields) == ("package.special", {"entry": "fifo"})
    assert refused(root / "fifo", temp).code == "package.not_a_package"
    (root / "fifo").unlink()
    monkeypatch.chdir(root)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind("sock")
        assert refused(root, temp).fields == {"entry": "sock"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"a\nb", "name.control"),
        (b"\x1b[2J", "name.control"),
        (b"\xff\xfe", "name.not_text"),
        (b"CON", "name.device"),
        (b"ab:c", "name.character"),
        (b"dot.", "name.ending"),
        (b"back\\slash", "name.backslash"),
    ],
)
def test_names_that_not_every_disk_holds(tmp_path: Path, temp: Path, name: bytes, code: str) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1"})
    Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"x")
    assert refused(root, temp).code == code


def test_case_twins(tmp_path: Path, temp: Path) -> None:
    error = refused(tree(tmp_path / "job", {"main.py": b"1", "Main.py": b"2"}), temp)
    assert error.code == "manifest.clash"
    assert {error.fields["first"], error.fields["second"]} == {"main.py", "Main.py"}


def test_a_folder_too_large_or_of_too_many(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", FILES)
    assert refused(root, temp, Limits(entries=3)).code == "package.too_many"
    assert refused(root, temp, Limits(total_bytes=100)).code == "package.too_large"
    with (root / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    assert refused(root, temp).code == "package.too_large"


def test_a_folder_deeper_than_any_real_one(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1", "/".join("d" * 70).lstrip("/") + "/x": b"1"})
    assert refused(root, temp).code == "name.too_deep"


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1"})

    real = hashlib.sha256

    class Disturbed:
        """A hash that sees the file grow under it."""

        def __init__(self) -> None:
            self._real = real()

        def update(self, data: bytes) -> None:
            with (root / "main.py").open("ab") as file:
                file.write(b"more")
            self._real.update(data)

        def hexdigest(self) -> str:
            return self._real.hexdigest()

    with monkeypatch.context() as patch:
        patch.setattr("hivemind_desktop.master.packagefiles.hashlib.sha256", Disturbed)
        assert refused(root, temp).code == "package.changed"


def test_a_file_that_changes_before_it_is_sent(tmp_path: Path, temp: Path) -> None:
    root = tree(tmp_path / "job", {"main.py": b"1" * 100})
    with open_package(root, temp=temp) as package:
        digest = next(iter(package.sources))
        chunks = package.chunks(digest, length=10)
        assert next(chunks) == b"1" * 10
        (root / "main.py").write_bytes(b"2" * 100)
        with pytest.raises(KnownError, match=r"package\.changed.*main\.py"):
            list(chunks)
        with pytest.raises(KnownError, match=r"package\.changed"):
            package.open(digest)
        (root / "main.py").unlink()
        with pytest.raises(KnownError, match=r"package\.unreadable"):
            package.open(digest)
        (root / "main.py").symlink_to("/etc/passwd")
        with pytest.raises(KnownError, match=r"package\.link"):
            package.open(digest)


# ---------------------------------------------------------------- nothing to run, nothing there


def test_what_is_no_package(tmp_path: Path, temp: Path) -> None:
    assert refused(tmp_path / "nowhere", temp).code == "package.not_found"
    assert refused(tmp_path / "a\0b", temp).code == "package.not_found"
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty", temp).code == "package.empty"
    assert refused(tree(tmp_path / "job", {"data.csv": b"1"}), temp).code == "package.no_entry"
    assert (
        refused(tree(tmp_path / "file", {"x.py/a": b""}) / "x.py" / "a" / "b", temp).code
        == "package.not_found"
    )
    assert refused(tree(tmp_path, {"no.py.txt": b"print(1)"}) / "no.py.txt", temp).code == "package.not_a_zip"


# ---------------------------------------------------------------- ZIPs, entry by entry


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"../x.py", "name.escapes"),
        (b"a/../../x.py", "name.escapes"),
        (b"/etc/x.py", "name.absolute"),
        (b"C:/x.py", "name.drive"),
        (b"C:x.py", "name.drive"),
        (b"..\\x.py", "name.backslash"),
        (b"a\\b.py", "name.backslash"),
        (b"a\nb", "name.control"),
        (b"a\0b.py", "name.control"),
        (b"./x.py", "name.escapes"),
        (b"a//b", "name.empty_part"),
        (b"nul", "name.device"),
        (b"x.", "name.ending"),
        (b"/", "name.absolute"),
        (b"../__pycache__/x", "name.escapes"),
        (b"a/" * 70 + b"x", "name.too_deep"),
        (b"x" * 300, "name.part_too_long"),
    ],
)
def test_names_in_a_zip(tmp_path: Path, temp: Path, name: bytes, code: str) -> None:
    assert (
        refused(written(tmp_path, zipped(MAIN, (name, b"" if name.endswith(b"/") else b"1"))), temp).code
        == code
    )


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (link("l"), "package.link"),
        (kind("l", stat.S_IFLNK | 0o777, system=0), "package.link"),
        (kind("d", stat.S_IFBLK | 0o600), "package.special"),
        (kind("d", stat.S_IFCHR | 0o600), "package.special"),
        (kind("d", stat.S_IFIFO | 0o600), "package.special"),
        (kind("d", stat.S_IFSOCK | 0o600), "package.special"),
        (kind("folder-without-slash", stat.S_IFDIR | 0o755), "package.special"),
        (kind("file-with-slash/", stat.S_IFREG | 0o644), "package.special"),
    ],
)
def test_kinds_in_a_zip(tmp_path: Path, temp: Path, entry: zipfile.ZipInfo, code: str) -> None:
    error = refused(written(tmp_path, zipped(MAIN, (entry, b"/etc/passwd"))), temp)
    assert error.code == code
    assert error.fields == {"entry": entry.filename}


def test_a_windows_link(tmp_path: Path, temp: Path) -> None:
    info = zipfile.ZipInfo("l")
    info.create_system, info.external_attr = 0, 0x400
    assert refused(written(tmp_path, zipped(MAIN, (info, b"x"))), temp).code == "package.link"


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2001])
def test_an_encrypted_entry(tmp_path: Path, temp: Path, flag: int) -> None:
    data = patched(zipped(("a.py", b"1"), MAIN), 8, struct.pack("<H", flag), 6, entry=1)
    error = refused(written(tmp_path, data), temp)
    assert (error.code, error.fields) == ("package.zip_encrypted", {"entry": "main.py"})


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression(tmp_path: Path, temp: Path, method: int) -> None:
    error = refused(written(tmp_path, zipped(MAIN, method=method)), temp)
    assert (error.code, error.fields) == ("package.zip_method", {"entry": "main.py"})


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("a.py", "a.py", "same"),
        ("a.py", "A.py", "case"),
        ("a", "a/b.py", "file_and_folder"),
        ("d/x.py", "D/y.py", "case"),
    ],
)
def test_twins_in_a_zip(tmp_path: Path, temp: Path, first: str, second: str, clash: str) -> None:
    error = refused(written(tmp_path, zipped(MAIN, (first, b"1"), (second, b"2"))), temp)
    assert (error.code, error.fields["kind"]) == ("manifest.clash", clash)


# ---------------------------------------------------------------- ZIPs, byte by byte


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


GOOD = zipped(MAIN, ("資料/a.bin", noise(5000)), ("b/", b""))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "package.not_a_zip"),
        (b"PK", "package.not_a_zip"),
        (b"hello" * 100, "package.not_a_zip"),
        (b"\x1f\x8b" + bytes(500), "package.not_a_zip"),
        (zipped(), "package.empty"),
        (zipped(("a/", b"")), "package.empty"),
        (GOOD[:-1], "package.zip_cut"),
        (GOOD[: len(GOOD) // 2], "package.zip_cut"),
        (GOOD[:30], "package.zip_cut"),
        (GOOD + b"x", "package.zip_cut"),
        (GOOD[200:], "package.zip_prefix"),
        (b"#!/usr/bin/env python3\n" + GOOD, "package.zip_prefix"),
        (b"MZ" + bytes(5000) + GOOD, "package.zip_prefix"),
        (zipped(("first.py", b"1")) + GOOD, "package.zip_prefix"),
        (same_bytes_twice(), "package.zip_overlap"),
        (quoted_overlap(), "package.zip_overlap"),
        (patched(GOOD, 42, struct.pack("<L", 1), entry=0), "package.zip_prefix"),
        (patched(GOOD, 42, struct.pack("<L", 5), entry=1), "package.zip_cut"),
        (GOOD[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 1, 0, 3, 3, 0, 0, 0), "package.zip_split"),
    ],
)
def test_broken_and_odd_archives(tmp_path: Path, temp: Path, data: bytes, code: str) -> None:
    assert refused(written(tmp_path, data), temp).code == code


def test_a_prefix_whose_offsets_were_mended(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, b"#!/bin/sh\n" * 10)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(*MAIN)
    assert refused(path, temp).code == "package.zip_prefix"


def test_a_directory_that_counts_wrong(tmp_path: Path, temp: Path) -> None:
    for stated in (2, 4, 40_000):
        data = bytearray(GOOD)
        data[-14:-10] = struct.pack("<HH", stated, stated)
        assert refused(written(tmp_path, bytes(data)), temp).code in ("package.zip_cut", "package.too_many")


def test_damaged_bytes_are_named_by_entry(tmp_path: Path, temp: Path) -> None:
    stored = zipped(MAIN, ("x.bin", noise(5000)), method=zipfile.ZIP_STORED)
    at = stored.index(noise(5000)) + 2500
    damaged = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
    error = refused(written(tmp_path, damaged), temp)
    assert (error.code, error.fields) == ("package.zip_entry", {"entry": "x.bin"})


@pytest.mark.parametrize("stated", [0, 1, 999, 1001, 100_000])
def test_a_header_that_lies_about_the_size(tmp_path: Path, temp: Path, stated: int) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        data = with_size(zipped(("x.py", b"a" * 1000), method=method), stated)
        error = refused(written(tmp_path, data), temp)
        assert (error.code, error.fields) == ("package.zip_entry", {"entry": "x.py"})


def test_a_bomb_is_stopped_while_it_grows(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, zipped(MAIN, ("zeros", bytes(50 * 1024**2))))
    assert path.stat().st_size < 100_000
    error = refused(path, temp)
    assert (error.code, error.fields["entry"]) == ("package.bomb", "zeros")


def test_a_bomb_of_many_small_ones(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, zipped(MAIN, *[(f"z{n}", bytes(6 * 1024**2)) for n in range(4)]))
    assert refused(path, temp).code == "package.bomb"


def test_a_bomb_that_lies_about_its_size_is_stopped_by_what_it_is(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, with_size(zipped(("zeros.py", bytes(50 * 1024**2))), 10))
    assert refused(path, temp).code == "package.zip_entry"


def test_a_zip_in_a_zip_stays_one(tmp_path: Path, temp: Path) -> None:
    inner = zipped(("zeros", bytes(20 * 1024**2)))
    with open_package(written(tmp_path, zipped(MAIN, ("inner.zip", inner))), temp=temp) as package:
        assert content(package)["inner.zip"] == inner


def test_well_packed_text_is_no_bomb(tmp_path: Path, temp: Path) -> None:
    text = b"".join(b"%d,%d\n" % (n, n * n) for n in range(700_000))
    assert len(text) > Limits().ratio_from
    with open_package(written(tmp_path, zipped(MAIN, ("t.csv", text))), temp=temp) as package:
        assert package.manifest.size == len(text) + len(MAIN[1])


def test_size_and_count_of_a_zip(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, zipped(MAIN, ("a", noise(1000)), ("b", noise(1000))))
    assert refused(path, temp, Limits(total_bytes=1500)).code == "package.too_large"
    assert refused(path, temp, Limits(entries=2)).code == "package.too_many"
    many = zipped(*[(f"{n}.py", b"") for n in range(MAX_ENTRIES + 1)], method=zipfile.ZIP_STORED)
    error = refused(written(tmp_path, many), temp)
    assert (error.code, error.fields["limit"]) == ("package.too_many", MAX_ENTRIES)
    flood = zipped(*[(f"{n}.py", b"") for n in range(4 * 50 + 1)], method=zipfile.ZIP_STORED)
    assert refused(written(tmp_path, flood), temp, Limits(entries=50)).code == "package.too_many"


def test_zip64_is_read(tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with monkeypatch.context() as patch, zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(*MAIN)
        archive.writestr("x.bin", noise(500))
        # the directory is written as for a large archive
        patch.setattr(zipfile, "ZIP64_LIMIT", 10)
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
        archive.close()
    data = buffer.getvalue()
    assert b"PK\6\6" in data
    assert b"PK\6\7" in data
    with open_package(written(tmp_path, data), temp=temp) as package:
        assert content(package) == dict([MAIN, ("x.bin", noise(500))])
    locator = data.index(b"PK\6\7")
    moved = data[: locator + 8] + struct.pack("<Q", 7) + data[locator + 16 :]
    assert refused(written(tmp_path, moved), temp).code == "package.zip_cut"
    assert refused(written(tmp_path, b"junk" + data), temp).code == "package.zip_prefix"


def test_a_zip_written_as_a_stream_is_read(tmp_path: Path, temp: Path) -> None:
    class Pipe(io.RawIOBase):
        """Cannot seek: sizes come behind the data."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            added = bytes(data)  # type: ignore[call-overload]
            self.data += added
            return len(added)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(*MAIN)
        archive.writestr("x.bin", noise(3000))
    assert b"PK\7\x08" in pipe.data
    with open_package(written(tmp_path, pipe.data), temp=temp) as package:
        assert content(package) == dict([MAIN, ("x.bin", noise(3000))])


SEED = zipped(MAIN, ("a/b.txt", b"text " * 50), ("資.bin", noise(120)), ("e/", b""))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 3),
    st.integers(0, len(SEED)),
)
def test_any_damage_is_one_clear_refusal_or_none(
    tmp_path: Path, temp: Path, changes: list[tuple[int, int]], cut: int, at: int
) -> None:
    data = bytearray(SEED)
    for position, byte in changes:
        data[position] = byte
    if cut:
        del data[at : at + cut]
    try:
        with open_package(written(tmp_path, bytes(data)), temp=temp) as package:
            assert sum(map(len, content(package).values())) == package.manifest.size
    except KnownError as error:
        assert error.code.partition(".")[0] in ("package", "name", "manifest", "task_toml")  # noqa: PT017
    assert list(temp.iterdir()) == []


def test_memory_stays_flat(tmp_path: Path, temp: Path) -> None:
    size = 64 * 1024**2
    path = tmp_path / "large.zip"
    block = noise(1024**2)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(*MAIN)
        with archive.open("large.bin", "w") as file:
            for _ in range(size // len(block)):
                file.write(block)
    tracemalloc.start()
    try:
        with open_package(path, temp=temp) as package:
            for digest in package.sources:
                for _ in package.chunks(digest):
                    pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * 1024**2


def test_nothing_is_left_when_the_one_who_asked_fails(tmp_path: Path, temp: Path) -> None:
    def use() -> None:
        with open_package(written(tmp_path, GOOD), temp=temp):
            assert len(list(temp.iterdir())) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()


def test_a_full_disk_is_said(tmp_path: Path, temp: Path) -> None:
    class Usage:
        free = 10

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hivemind_desktop.master.zippackage.shutil.disk_usage", lambda folder: Usage)
        error = refused(written(tmp_path, GOOD), temp)
    assert (error.code, error.fields) == ("package.disk_full", {"folder": str(temp)})
    assert refused(written(tmp_path, GOOD), tmp_path / "no" / "such").code == "package.disk_full"


# ---------------------------------------------------------------- wrapping folders and names


@pytest.mark.parametrize(
    ("names", "unwrapped", "entry"),
    [
        (["job/main.py", "job/data/x.csv"], "job", "main.py"),
        (["job/", "job/main.py", "__MACOSX/job/._main.py"], "job", "main.py"),
        (["job/run_task.sh"], "job", "run_task.sh"),
        (["job/main.py", "readme.txt"], "", "job/main.py"),
        (["job/__init__.py", "job/main.py"], "", "job/main.py"),
        (["job/src/main.py"], "", "job/src/main.py"),
        (["top/top", "top/main.py"], "top", "main.py"),
        (["main.py"], "", "main.py"),
    ],
)
def test_a_wrapping_folder(tmp_path: Path, temp: Path, names: list[str], unwrapped: str, entry: str) -> None:
    path = written(tmp_path, zipped(*[(name, b"" if name.endswith("/") else b"1") for name in names]))
    with open_package(path, temp=temp) as package:
        assert package.unwrapped == unwrapped
        assert package.entry is not None
        assert package.entry.path == entry
        assert entry in content(package)


def test_a_wrapped_task_toml(tmp_path: Path, temp: Path) -> None:
    path = written(tmp_path, zipped(("job/task.toml", b"command = ['x']"), ("job/x", b"1")))
    with open_package(path, temp=temp) as package:
        assert package.spec.command == ("x",)
        assert set(content(package)) == {"task.toml", "x"}


@pytest.mark.parametrize(
    ("codec", "names", "guess"),
    [
        ("utf-8", ["資料/第一章.txt", "主程式.py"], "utf-8"),
        ("cp950", ["資料/第一章.txt", "主程式.py"], "cp950"),
        ("cp950", ["功能許蓋.py"], "cp950"),  # second bytes that are a backslash
        ("gbk", ["数据/第一章.txt", "主程序.py"], "gbk"),
        ("gbk", ["计算结果.py"], "gbk"),
        ("cp437", ["caf\xe9.py"], "cp437"),
        ("ascii", ["main.py"], ""),
    ],
)
def test_names_of_old_archives(tmp_path: Path, temp: Path, codec: str, names: list[str], guess: str) -> None:
    path = written(tmp_path, zipped(*[(name.encode(codec), b"1") for name in names]))
    with open_package(path, temp=temp) as package:
        assert set(content(package)) == set(names)
        assert package.encoding == guess


def test_the_utf8_flag_and_the_unicode_path_are_believed(tmp_path: Path, temp: Path) -> None:
    raw = "資料.txt".encode("cp950")
    info = RawInfo(raw)
    told = "資料.txt".encode()
    info.extra = struct.pack("<HHBL", 0x7075, 5 + len(told), 1, zlib.crc32(raw)) + told
    path = written(tmp_path, zipped(MAIN, (info, b"1"), ("é中.txt", b"2")))
    with open_package(path, temp=temp) as package:
        assert set(content(package)) == {"main.py", "資料.txt", "é中.txt"}
        assert package.encoding == ""


def test_a_flag_that_lies_about_utf8(tmp_path: Path, temp: Path) -> None:
    data = zipped(MAIN, (RawInfo(b"\xff\xfe.txt", utf8=True), b"1"))
    assert refused(written(tmp_path, data), temp).code == "package.zip_cut"


@given(st.lists(st.binary(max_size=8), max_size=4))
def test_every_guess_can_be_decoded(names: list[bytes]) -> None:
    codec = guess_encoding(names)
    for name in names:
        name.decode(codec or "ascii")
