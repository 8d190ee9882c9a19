"""The gate on zh-TW: each way a string can be untranslated is seen, and compiling follows the file."""

from pathlib import Path

import pytest

from building import translations

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1" language="zh_TW">\n<context>\n<name>c</name>\n'


def message(source: str, translation: str, kind: str = "") -> str:
    attribute = f' type="{kind}"' if kind else ""
    return (
        f"<message><source>{source}</source><translation{attribute}>{translation}</translation></message>\n"
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "text.py").write_text('a = translate("c", "Open {name}")\nb = translate("c", "CPU")\n')
    return folder


def found(tmp_path: Path, package: Path, *messages: str) -> list[str]:
    target = tmp_path / "hivemind_zh_TW.ts"
    target.write_text(HEAD + "".join(messages) + "</context>\n</TS>\n", "utf-8")
    return translations.problems(target, package)


OPEN = message("Open {name}", "開啟 {name}")
CPU = message("CPU", "處理器")


def test_a_whole_translation_has_no_problems(tmp_path: Path, package: Path) -> None:
    assert found(tmp_path, package, OPEN, CPU) == []


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((OPEN,), "missing in hivemind_zh_TW.ts: c: 'CPU'"),
        ((OPEN, CPU, message("Old", "舊")), "no longer in the sources: c: 'Old'"),
        ((OPEN, message("CPU", "", "unfinished")), "not translated: c: 'CPU'"),
        ((OPEN, message("CPU", "處理器", "unfinished")), "not translated: c: 'CPU'"),
        ((OPEN, message("CPU", "")), "not translated: c: 'CPU'"),
        ((message("Open {name}", "開啟"), CPU), "other placeholders in '開啟'"),
        ((message("Open {name}", "開啟 {file}"), CPU), "other placeholders in '開啟 {file}'"),
        ((message("Open {name}", "Open {name}"), CPU), "the same as in English"),
    ],
)
def test_each_gap_is_seen(tmp_path: Path, package: Path, messages: tuple[str, ...], said: str) -> None:
    problems = found(tmp_path, package, *messages)
    assert len(problems) == 1
    assert said in problems[0]


def test_a_listed_name_may_be_the_same_in_both(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = message("CPU", "CPU")
    assert len(found(tmp_path, package, OPEN, same)) == 1
    (tmp_path / "same.txt").write_text("# names\nCPU\n")
    monkeypatch.setattr("building.translations.same_in_both", lambda: translations_same(tmp_path))
    assert found(tmp_path, package, OPEN, same) == []


def translations_same(folder: Path) -> frozenset[str]:
    lines = (folder / "same.txt").read_text().splitlines()
    return frozenset(text for text in lines if not text.startswith("#"))


def test_a_missing_file_misses_everything(tmp_path: Path, package: Path) -> None:
    assert len(translations.problems(tmp_path / "none.ts", package)) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{tasks:task is|tasks are} here", "{tasks:個任務|個任務}在這裡", True),
        ("{tasks:task|tasks}", "{runs:次|次}", False),
        ("{size:size}", "{size}", False),
        ("%1 of %2", "%2 中的 %1", True),
        ("%n task(s)", "%n 個任務", True),
        ("100% done", "完成 100%", True),
    ],
)
def test_placeholders(one: str, other: str, same: bool) -> None:
    assert (translations.placeholders(one) == translations.placeholders(other)) is same


def test_the_list_of_names_has_comments(tmp_path: Path) -> None:
    path = tmp_path / "same.txt"
    path.write_text("# names\nCPU\n\n GPU \n")
    assert translations.same_in_both(path) == {"CPU", "GPU"}
    assert translations.same_in_both(tmp_path / "none") == frozenset()


def test_compiling_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOLDER", "CACHE"):
        monkeypatch.setattr(f"building.translations.{name}", tmp_path)
    source, compiled = tmp_path / "x_zh_TW.ts", tmp_path / "x_zh_TW.qm"
    source.write_text(HEAD + CPU + "</context>\n</TS>\n", "utf-8")
    translations.compile_all()
    first = compiled.read_bytes()
    stamp = compiled.stat().st_mtime_ns
    translations.compile_all()
    assert compiled.stat().st_mtime_ns == stamp
    source.write_text(HEAD + CPU + OPEN + "</context>\n</TS>\n", "utf-8")
    translations.compile_all()
    assert compiled.read_bytes() != first
