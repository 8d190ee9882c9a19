"""Progress: a line when a step begins, one every few seconds with what it does, one when it is done, nothing on stdout."""

import pytest

from building import proc, say
from building.say import BuildError, Step


def test_a_step_says_begin_progress_and_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("building.say.EVERY", 0.05)
    with Step("engine", "starting") as step:
        step.note("half\x1b[31m way")
        step._over.wait(0.3)
    out, said = capsys.readouterr()
    lines = said.splitlines()
    assert out == ""
    assert lines[0] == "[engine 0 s] starting"
    assert "[engine 0 s] half [31m way" in lines[1:-1]
    assert lines[-1] == "[engine 0 s] done"


def test_a_failed_step_does_not_say_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BuildError), Step("engine", "starting"):
        raise BuildError("no")
    assert "done" not in capsys.readouterr().err


def test_a_program_that_fails_is_one_line_with_its_last_words_and_its_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = "echo first; echo 'the reason' >&2; echo 'WARNING: noise'; exit 7"
    with Step("x", "x") as step, pytest.raises(BuildError) as caught:
        proc.run(["sh", "-c", script], step, "test-fails")
    assert "sh failed (exit 7): the reason - all of it: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""


def test_lines_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    say.line("one")
    assert capsys.readouterr().err == "one\n"
