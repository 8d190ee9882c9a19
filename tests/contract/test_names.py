"""Names: nothing that leaves its folder or that some disk cannot hold gets through; what is wrong is said exactly."""

from __future__ import annotations

import os.path
import pathlib
import re
import unicodedata

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from hivemind_desktop.contract.names import (
    MAX_DEPTH,
    MAX_PART_BYTES,
    MAX_PATH_BYTES,
    BadName,
    Clash,
    Twins,
    check_path,
    find_twins,
    folded,
)

hostile = st.text(st.sampled_from("./\\:a.C~ \0\n\x1b\u202e中éß*") | st.characters(), max_size=30) | st.lists(
    st.sampled_from(["..", ".", "", "a", "CON", "nul.txt", "C:", "~", "b ", "c."]), max_size=6
).map("/".join)


@given(hostile)
@example("..")
@example("a/../../b")
@example("/etc/passwd")
@example("C:/x")
@example("C:x")
@example("\\\\server\\share")
@example("a:stream")
def test_what_is_accepted_stays_below_its_folder_everywhere(path: str) -> None:
    try:
        assert check_path(path) is path
    except BadName:
        return
    for flavour, root in ((pathlib.PurePosixPath, "/top"), (pathlib.PureWindowsPath, "C:\\top")):
        joined = flavour(root) / path
        assert joined.is_relative_to(root)
        assert joined.relative_to(root).parts == tuple(path.split("/"))
        assert not flavour(path).is_absolute()
        assert not flavour(path).drive
        assert ".." not in joined.parts
    assert os.path.normpath(path) == path.replace("/", os.sep)
    assert not pathlib.PureWindowsPath(path).is_reserved()
    assert path.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f]", path)
    assert path.encode().decode() == path


@given(st.lists(st.text(st.sampled_from("abc中文_-. "), min_size=1, max_size=8), min_size=1, max_size=5))
def test_plain_names_come_through_a_real_disk(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    path = "/".join(parts)
    if any(part[-1] in ". " for part in parts):
        with pytest.raises(BadName) as caught:
            check_path(path)
        assert caught.value.code in ("name.ending", "name.escapes")
        return
    check_path(path)
    root = tmp_path_factory.mktemp("names")
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"x")
    assert [str(found.relative_to(root)) for found in root.rglob("*") if found.is_file()] == [path]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "empty"),
        ("a\udc80", "not_text"),
        ("a\nb", "control"),
        ("cod\u202egnp.exe", "control"),
        ("a/\u2066b", "control"),
        ("a\u200f", "control"),
        ("a\u2028b", "control"),
        ("a\x1b[2Jb", "control"),
        ("a\x7f", "control"),
        ("a\x9b", "control"),
        ("a\0b", "control"),
        ("a\\b", "backslash"),
        ("..\\b", "backslash"),
        ("C:/b", "drive"),
        ("c:b", "drive"),
        ("/a", "absolute"),
        ("//a/b", "absolute"),
        ("a//b", "empty_part"),
        ("a/", "empty_part"),
        ("..", "escapes"),
        ("a/../b", "escapes"),
        ("./a", "escapes"),
        ("a/.", "escapes"),
        ("x" * (MAX_PART_BYTES + 1), "part_too_long"),
        ("中" * 86, "part_too_long"),
        ("/".join(["x" * 200] * 5), "too_long"),
        ("/".join("x" * (MAX_DEPTH + 1)), "too_deep"),
        ("ab:c", "character"),
        ('a"b', "character"),
        ("a?", "character"),
        ("a<b", "character"),
        ("a|b", "character"),
        ("a/*.txt", "character"),
        ("a.", "ending"),
        ("a /b", "ending"),
        ("...", "ending"),
        ("CON", "device"),
        ("nul.tar.gz", "device"),
        ("a/Com1.txt", "device"),
        ("LPT¹", "device"),
        ("aux .txt", "device"),
        ("CONIN$", "device"),
    ],
)
def test_what_is_wrong_is_said(path: str, code: str) -> None:
    with pytest.raises(BadName) as caught:
        check_path(path)
    assert caught.value.code == f"name.{code}"
    shown = caught.value.fields["path"]
    assert isinstance(shown, str)
    assert shown.isprintable()


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "資料/第一章.txt",
        ".hidden",
        "a b.txt",
        "console.py",
        "com.txt",
        "com10",
        "nullable/x",
        "x" * MAX_PART_BYTES,
        "中" * 85,
        "/".join("x" * MAX_DEPTH),
        "/".join([*["x" * 199] * 4, "y" * 100]),
        "שלום/مرحبا.txt",
    ],
)
def test_good_names(path: str) -> None:
    assert len(path.encode()) <= MAX_PATH_BYTES
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("files", "folders", "clashes"),
    [
        (["a", "a"], [], [Twins("a", "a", Clash.SAME)]),
        (["a", "A"], [], [Twins("a", "A", Clash.CASE)]),
        (["d/x", "D/y"], [], [Twins("d", "D", Clash.CASE)]),
        (["straße", "STRASSE"], [], [Twins("straße", "STRASSE", Clash.CASE)]),
        (["é", "e\u0301"], [], [Twins("é", "e\u0301", Clash.CASE)]),
        (["a", "a/b"], [], [Twins("a", "a", Clash.FILE_AND_FOLDER)]),
        (["a/b", "A"], [], [Twins("a", "A", Clash.FILE_AND_FOLDER)]),
        (["a"], ["a"], [Twins("a", "a", Clash.FILE_AND_FOLDER)]),
        (["a/b", "a/c", "ab"], ["a", "a", "d"], []),
        (["a", "a", "a"], [], [Twins("a", "a", Clash.SAME)] * 2),
        (["資料/a", "資料/b"], ["空"], []),
    ],
)
def test_twins(files: list[str], folders: list[str], clashes: list[Twins]) -> None:
    assert list(find_twins(files, folders)) == clashes


@given(st.lists(st.text(st.sampled_from("aAbBéE\u0301/"), min_size=1, max_size=5), max_size=8))
def test_without_twins_all_names_differ_on_every_disk(paths: list[str]) -> None:
    if not list(find_twins(paths)):
        for form in ("NFC", "NFD"):
            seen = [unicodedata.normalize(form, path).casefold() for path in paths]
            assert len(set(seen)) == len(seen)


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing_and_case_and_form_do_not_matter(text: str) -> None:
    assert (
        folded(unicodedata.normalize("NFC", text))
        == folded(unicodedata.normalize("NFD", text))
        == folded(text)
    )
