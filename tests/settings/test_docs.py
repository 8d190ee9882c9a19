from pathlib import Path

from hivemind_desktop.settings.docs import settings_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), (
        "python3 -m hivemind_desktop.settings.docs > docs/settings.md"
    )
