"""System packages: what is there is read from dpkg, provided names count, and a person without rights gets the line to type."""

import pytest

from building import system
from building.say import BuildError


def test_what_is_installed_is_not_missing_and_what_is_not_is() -> None:
    assert system.missing(["dpkg", "hivemind-no-such-package", "libc6"]) == ["hivemind-no-such-package"]


def test_a_provided_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = "installed|libglib2.0-0t64|libglib2.0-0 (= 2.80.0), other\nconfig-files|docker.io|\n"

    class Done:
        stdout = listing

    monkeypatch.setattr("building.system.subprocess.run", lambda *_, **__: Done)
    assert system.missing(["libglib2.0-0", "other", "docker.io"]) == ["docker.io"]


def test_without_rights_nothing_is_installed_and_the_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("building.system.os.geteuid", lambda: 1000)
    with pytest.raises(BuildError, match="as root: apt-get install -y --no-install-recommends xvfb"):
        system.install(["xvfb"], "test")
    system.install([], "test")
