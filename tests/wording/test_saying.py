import subprocess
import sys

import pytest

from hivemind_desktop.contract.states import AttemptState, Reason, Stage, TaskState
from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording import (
    Language,
    brief,
    current_language,
    resolve_language,
    say,
    say_error,
    translate,
    use_language,
)
from hivemind_desktop.wording.sentences import BRIEF, SENTENCES
from hivemind_desktop.wording.text import Sentence, fields_of, show_clock, show_duration, show_size
from hivemind_desktop.worker.snapshot import Phase

GIB = 1024**3


def test_fields_are_put_in() -> None:
    assert (
        say("refused.memory", {"wanted": str(8 * GIB), "allowed": 4 * GIB})
        == "It needs 8 GB of memory; 4 GB is allowed."
    )
    assert (
        say("refused.timeout", {"wanted": "90000", "allowed": "3600"})
        == "It asks for 1 d 1 h; 1 h is allowed."
    )
    assert (
        say_error(KnownError("settings.no_file", path="/x/c.toml")) == "There is no settings file /x/c.toml."
    )


def test_in_chinese() -> None:
    fields = {"wanted": 8 * GIB, "allowed": 4 * GIB}
    assert say("refused.memory", fields, Language.CHINESE) == "它需要 8 GB 記憶體，上限是 4 GB。"
    assert say("phase.busy", language=Language.CHINESE) == "工作中"


def test_the_chosen_language_holds_from_then_on() -> None:
    assert use_language("zh-TW") is Language.CHINESE is current_language()
    assert say("phase.paused") == "已暫停"


def test_text_of_others_is_harmless() -> None:
    line = say("settings.no_file", {"path": "a\x1b[2J\nb\u202ec\x9b\udc80"})
    assert line == "There is no settings file a\\x1b[2J\\nb\\u202ec\\x9b\\udc80."
    assert "{" not in say("settings.no_file", {"path": "x"})
    assert say("settings.no_file", {"path": "{detail}"}) == "There is no settings file {detail}."


def test_what_nobody_worded_is_said_as_it_is() -> None:
    assert say("no.such", {"a": "1\n", "b": 2}) == "no.such (a=1\\n, b=2)"
    assert say("no.such") == "no.such"
    assert say("settings.no_file", {"wrong": 1}) == "settings.no_file (wrong=1)"
    assert (
        say("refused.memory", {"wanted": "much", "allowed": 1}) == "refused.memory (wanted=much, allowed=1)"
    )


def test_brief_has_no_full_stop() -> None:
    assert brief("refused.memory") == "it needs more memory"
    assert brief("refused.memory", Language.CHINESE) == "記憶體不夠"
    assert brief("settings.no_file") == "settings.no_file", "its sentence needs a field"
    assert brief("no.such\n") == "no.such\\n"


def test_counted_words() -> None:
    def put(text: str, language: Language, count: object) -> str:
        return Sentence(language, 0, brief, "").vformat(text, (), {"n": count})

    assert put("{n:task is|tasks are} here", Language.ENGLISH, "1") == "1 task is here"
    assert put("{n:task is|tasks are} here", Language.ENGLISH, 0) == "0 tasks are here"
    assert put("{n:task is|tasks are} 個任務", Language.CHINESE, 3) == "3 個任務"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", [Phase, Stage, Reason, TaskState, AttemptState])
def test_every_state_has_a_word(
    kind: type[Phase | Stage | Reason | TaskState | AttemptState], language: Language
) -> None:
    beginning = {"TaskState": "task", "AttemptState": "attempt"}.get(kind.__name__, kind.__name__.lower())
    for member in kind:
        assert "." not in say(f"{beginning}.{member}", language=language)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_is_translated_with_its_fields(code: str) -> None:
    english = SENTENCES[code]
    chinese = translate("wording", english, Language.CHINESE)
    assert chinese != english
    assert fields_of(chinese) == fields_of(english)
    assert not chinese.endswith((",", ";", "."))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KB"),
        (2 * GIB, "2 GB"),
        (10 * GIB, "10 GB"),
        (3 * GIB // 2, "1.5 GB"),
        (2**60, "1048576 TB"),
    ],
)
def test_sizes(amount: int, text: str) -> None:
    assert show_size(amount) == text


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (59.6, "1 min", "1 分鐘"),
        (185, "3 min 5 s", "3 分鐘 5 秒"),
        (7200, "2 h", "2 小時"),
        (7500, "2 h 5 min", "2 小時 5 分鐘"),
        (90000, "1 d 1 h", "1 天 1 小時"),
    ],
)
def test_durations(seconds: float, english: str, chinese: str) -> None:
    assert show_duration(seconds, Language.ENGLISH) == english
    assert show_duration(seconds, Language.CHINESE) == chinese


def test_clock() -> None:
    noon = 1_795_521_600.0
    assert show_clock(noon, noon, Language.ENGLISH) == "12:00"
    assert show_clock(noon - 86400, noon, Language.ENGLISH) == "Nov 23 12:00"
    assert show_clock(noon - 86400, noon, Language.CHINESE) == "11/23 12:00"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_TW.UTF-8"}, Language.CHINESE),
        ({"LANG": "zh_HK"}, Language.CHINESE),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh-Hant-TW"}, Language.CHINESE),
        ({"LANG": "zh_CN.UTF-8"}, Language.ENGLISH),
        ({"LANG": "C"}, Language.ENGLISH),
        ({}, Language.ENGLISH),
    ],
)
def test_the_systems_language(environ: dict[str, str], language: Language) -> None:
    assert resolve_language("system", environ) is language
    assert resolve_language("en", environ) is Language.ENGLISH


def test_english_needs_no_qt_and_chinese_only_its_core() -> None:
    code = (
        "import sys; from hivemind_desktop.wording import say, Language\n"
        "say('phase.busy'); assert not any(m.startswith('PySide6') for m in sys.modules)\n"
        "assert say('phase.busy', language=Language.CHINESE) == '\\u5de5\\u4f5c\\u4e2d'\n"
        "assert 'PySide6.QtGui' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "value", ["inf", "nan", "1e30", "1e17", "-1e30", "", "中", float("inf"), float("nan"), 1e30, 10**400]
)
def test_no_value_of_others_breaks_a_sentence(value: str | float, language: Language) -> None:
    """Message and fields of a result are the worker's or the master's word: a lie is said badly, never a traceback."""
    for code, source in (SENTENCES | BRIEF).items():
        line = say(code, dict.fromkeys(fields_of(source), value) | {"(((": "中", "{a": "中"}, language, now=0)
        assert line
        assert "\n" not in line
