"""The rules of a test run: a skip, an expected failure or a failed check fails it; a third of the slow tests is chosen."""

import pytest

from building import pytest_rules


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("HIVEMIND_FAILED_CHECKS", raising=False)
    pytester.makeini("[pytest]\nmarkers = slow\naddopts = -p building.pytest_rules -p no:randomly\n")
    return pytester


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pytest.skip('no')", "skipped: "),
        ("pytest.xfail('no')", "xfailed: "),
        ("pytest.importorskip('no_such_module_at_all')", "skipped: "),
    ],
)
def test_a_skip_or_an_expected_failure_fails_the_run(inner: pytest.Pytester, body: str, said: str) -> None:
    inner.makepyfile(f"import pytest\ndef test_a(): pass\ndef test_b(): {body}\n")
    result = inner.runpytest_subprocess()
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"not allowed here, so the run fails: {said}*"])


def test_an_expected_failure_that_passes_fails_the_run(inner: pytest.Pytester) -> None:
    inner.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_a(): pass\n")
    assert inner.runpytest_subprocess().ret == 1


def test_a_run_in_which_all_pass_passes(inner: pytest.Pytester) -> None:
    inner.makepyfile("def test_a(): pass\n")
    result = inner.runpytest_subprocess()
    assert result.ret == 0
    assert result.outlines[-1].startswith("=")
    assert "1 passed" in result.outlines[-1]


def test_failed_checks_are_named_above_the_summary(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVEMIND_FAILED_CHECKS", "types, lint")
    inner.makepyfile("def test_a(): pass\n")
    result = inner.runpytest_subprocess()
    result.stdout.fnmatch_lines(["these checks failed before the tests, so the run fails: types, lint"])
    assert "1 passed" in result.outlines[-1]


def test_a_third_of_the_slow_tests_is_chosen_by_the_commit(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        "import pytest\n"
        "def test_quick(): pass\n"
        "@pytest.mark.slow\n@pytest.mark.parametrize('n', range(60))\ndef test_slow(n): pass\n"
    )
    ran = {}
    for commit in ("aaa", "bbb"):
        result = inner.runpytest_subprocess("-v", pytest_rules.OPTION, commit)
        assert result.ret == 0
        ran[commit] = {line.split(" ")[0] for line in result.outlines if " PASSED" in line}
        slow = len(ran[commit]) - 1
        assert 10 <= slow <= 30
        result.stdout.fnmatch_lines([f"slow tests: {slow} of 60 run, the third chosen by commit {commit}*"])
    assert ran["aaa"] != ran["bbb"]
    result = inner.runpytest_subprocess()
    result.assert_outcomes(passed=61)
    result.stdout.fnmatch_lines(["slow tests: all 60 run"])


def test_three_commits_in_a_row_leave_few_out() -> None:
    names = [f"tests/x.py::test[{number}]" for number in range(300)]
    never = [name for name in names if not any(pytest_rules.chosen(f"commit{n}", name) for n in range(10))]
    assert len(never) < 20
