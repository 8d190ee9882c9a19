"""Widgets offscreen with hand-made snapshots; the catalogue is compiled first."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from building.translations import compile_all
from hivemind_desktop.qt.app import App, WindowOptions
from hivemind_desktop.wording import use_language
from hivemind_desktop.worker.snapshot import Phase
from tests.qt.scenes import NOW, Theatre, snapshot

OpenApp = Callable[..., tuple[App, Theatre]]


@pytest.fixture(scope="session", autouse=True)
def catalogue() -> None:
    compile_all()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test begins and ends in English."""
    use_language("en")
    yield
    use_language("en")


@pytest.fixture
def open_app(qtbot: QtBot, qapp: QApplication) -> Iterator[OpenApp]:
    """(phase, **options) -> the window, opened over a theatre; `first` is another first snapshot."""
    opened: list[App] = []

    def open_one(phase: Phase = Phase.BUSY, **options: object) -> tuple[App, Theatre]:
        port = options.pop("port", None) or Theatre(options.pop("first", None) or snapshot(phase))  # type: ignore[arg-type]
        assert isinstance(port, Theatre)
        options.setdefault("language", "en")
        see_charts = options.pop("see_charts", None)
        app = App(port, WindowOptions(**options), clock=lambda: NOW, see_charts=see_charts)  # type: ignore[arg-type]
        opened.append(app)
        app.open()
        return app, port

    yield open_one
    for app in opened:
        app.close()
    gc.collect()
