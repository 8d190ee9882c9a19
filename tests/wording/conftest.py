import time
from collections.abc import Iterator

import pytest

from building.translations import compile_all
from hivemind_desktop.wording import Language, use_language


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    compile_all()


@pytest.fixture(autouse=True)
def english_in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    use_language(Language.ENGLISH)
    yield
    use_language(Language.ENGLISH)
    monkeypatch.undo()
    time.tzset()
