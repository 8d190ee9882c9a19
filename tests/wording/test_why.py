import itertools

import pytest

from hivemind_desktop.wording import Language, say_why
from hivemind_desktop.wording.saying import WHY_LENGTH
from hivemind_desktop.wording.sentences import BRIEF, WHY
from hivemind_desktop.wording.text import fields_of
from hivemind_desktop.worker import why as core
from hivemind_desktop.worker.snapshot import Why

NOON = 1_795_521_600.0
"""2026-11-24 12:00 UTC; the tests run in UTC."""
AT_13_47, AT_14_05, AT_14_47 = NOON + 6420, NOON + 7500, NOON + 10020
TYPICAL = {
    "pool": "lab-north",
    "tasks": "12",
    "results": "12",
    "engine": "Docker",
    "where": "heartbeat",
    "detail": "link.refused",
}


def spoken(why: Why, language: Language = Language.ENGLISH) -> str:
    return say_why(why, language, NOON)


def test_the_cores_codes_and_the_wordings_are_the_same() -> None:
    assert set(WHY) == set(core.CODES)


@pytest.mark.parametrize("code", core.CODES)
def test_wordings_use_the_fields_that_the_core_gives(code: str) -> None:
    for wording in WHY[code]:
        assert fields_of(wording).keys() <= {*core.CODES[code], "since", "until"}
    shortest = fields_of(WHY[code][-1])
    assert not {"since", "until"} & shortest.keys() or code == "paused.timed"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", core.CODES)
def test_every_line_fits_with_and_without_times(code: str, language: Language) -> None:
    fields = {name: TYPICAL[name] for name in core.CODES[code]}
    for since, until in itertools.product((None, AT_13_47), (None, AT_14_05)):
        if code == "paused.timed" and until is None:
            continue
        line = spoken(Why(code, fields, since, until), language)
        assert len(line) <= WHY_LENGTH[language], line
        assert "{" not in line
        assert "(" not in line.replace(f"({fields.get('where')})", ""), line


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", core.CODES)
def test_a_long_name_is_cut_and_the_line_still_fits(code: str, language: Language) -> None:
    fields = {name: TYPICAL[name] for name in core.CODES[code]}
    fields.update({name: "很長的名稱" * 12 for name in ("pool", "engine", "where") if name in fields})
    assert len(spoken(Why(code, fields, AT_13_47, AT_14_05), language)) <= WHY_LENGTH[language]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("detail", [*BRIEF, "unknown.code"])
def test_every_detail_stands_inside_a_sentence(detail: str, language: Language) -> None:
    for code in ("faulty.refused", "ready.refused"):
        line = spoken(Why(code, {"pool": "lab-north", "detail": detail}), language)
        assert len(line) <= WHY_LENGTH[language], line
        assert line.endswith("。" if language is Language.CHINESE else ".")
        assert not line.endswith(("..", "。。"))


LOOK = [
    (
        Why("ready.no_task", {"pool": "lab-north"}),
        "lab-north has no task for this computer right now.",
        "lab-north 目前沒有適合這台電腦的任務。",
    ),
    (
        Why("paused.timed", since=AT_13_47, until=AT_14_47),
        "You paused at 13:47; it goes on at 14:47.",
        "你在 13:47 按了暫停；14:47 自動繼續。",
    ),
    (
        Why("paused.open", since=AT_13_47),
        "You paused at 13:47, until you resume.",
        "你在 13:47 按了暫停，按繼續才會恢復。",
    ),
    (
        Why("connecting.retry", {"pool": "lab-north", "tasks": "2"}, until=AT_14_05),
        "lab-north does not answer; next try at 14:05. 2 tasks go on.",
        "lab-north 沒有回應，14:05 再試；2 個任務照常進行。",
    ),
    (
        Why("faulty.engine_stopped", {"engine": "Docker"}),
        "Docker is not running, so no task can start.",
        "Docker 沒有執行，任務無法開始。",
    ),
]


@pytest.mark.parametrize(("why", "english", "chinese"), LOOK, ids=[why.code for why, _, _ in LOOK])
def test_the_lines_of_the_look(why: Why, english: str, chinese: str) -> None:
    assert spoken(why) == english
    assert spoken(why, Language.CHINESE) == chinese


def test_one_is_not_many_and_none_is_not_said() -> None:
    def line(tasks: str) -> str:
        return spoken(Why("connecting.retry", {"pool": "lab", "tasks": tasks}, until=AT_14_05))

    assert line("1").endswith("1 task goes on.")
    assert line("0") == "lab does not answer; next try at 14:05."


def test_since_is_the_first_to_go() -> None:
    why = Why("faulty.engine_broken", {"engine": "Docker Desktop on this very PC"}, since=AT_13_47)
    assert spoken(why) == "Docker Desktop on this very PC reports an error, so no task can start."


def test_a_pool_without_a_name() -> None:
    assert spoken(Why("ready.no_task", {"pool": ""})) == "Your pool has no task for this computer right now."
    assert spoken(Why("connecting.first", {"pool": ""})) == "Connecting to your pool."


def test_a_chinese_name_needs_no_space_beside_chinese() -> None:
    def line(code: str, pool: str) -> str:
        return spoken(Why(code, {"pool": pool, "detail": "refused.memory"}), Language.CHINESE)

    assert line("ready.no_task", "") == "你的資源池目前沒有適合這台電腦的任務。"
    assert line("connecting.first", "北 實驗室") == "正在連線到北 實驗室。"
    assert line("ready.refused", "lab 室") == "lab 室的任務不適合這裡：記憶體不夠。"
    assert line("ready.refused", "室 lab") == "室 lab 的任務不適合這裡：記憶體不夠。"


def test_a_warning_carries_the_code_of_an_error() -> None:
    warning = Why("settings.wrong_switch", {"where": "config.toml:3", "key": "gpu.cpu_only", "got": "x"})
    assert spoken(warning) == "config.toml:3: gpu.cpu_only cannot be “x”; write true or false."


def test_an_unknown_code_is_said_as_it_is() -> None:
    assert spoken(Why("no.such", {"a": "1"})) == "no.such (a=1)"


def test_another_day_has_a_date() -> None:
    line = spoken(Why("paused.timed", since=AT_13_47, until=NOON + 86400))
    assert line == "You paused at 13:47; it goes on at Nov 25 12:00."
