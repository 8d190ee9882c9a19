"""Rules of this project's test runs, a pytest plugin: a skip or an expected failure fails the run; a third of the slow tests."""

import hashlib
import os
from collections.abc import Iterator

import pytest

OPTION = "--slow-third-of"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION,
        metavar="COMMIT",
        help="of the tests marked slow, run the third that this commit's hash chooses",
    )


def chosen(commit: str, nodeid: str) -> bool:
    """Whether a slow test is in this commit's third: the same for everyone, another third for another commit."""
    return hashlib.sha256(f"{commit} {nodeid}".encode()).digest()[0] % 3 == 0


class _Run:
    slow = 0
    left_out = 0


_RUN = pytest.StashKey[_Run]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RUN] = _Run()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    commit = config.getoption(OPTION)
    slow = [item for item in items if item.get_closest_marker("slow")]
    run = config.stash[_RUN]
    run.slow = len(slow)
    if commit is None:
        return
    left_out = {item for item in slow if not chosen(commit, item.nodeid)}
    run.left_out = len(left_out)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    run, commit = config.stash[_RUN], config.getoption(OPTION)
    if commit is None:
        return f"slow tests: all {run.slow} run"
    return f"slow tests: {run.slow - run.left_out} of {run.slow} run, the third chosen by commit {commit[:12]}; all: -- --all"


def _not_allowed(reporter: "pytest.TerminalReporter") -> Iterator[str]:
    for outcome in ("skipped", "xfailed", "xpassed"):
        for report in reporter.stats.get(outcome, []):
            yield f"{outcome}: {report.nodeid}"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and session.exitstatus == 0 and any(_not_allowed(reporter)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    for text in _not_allowed(terminalreporter):
        terminalreporter.write_line(f"not allowed here, so the run fails: {text}", red=True)
    if failed := os.environ.get("HIVEMIND_FAILED_CHECKS"):
        terminalreporter.write_line(
            f"these checks failed before the tests, so the run fails: {failed}", red=True
        )
