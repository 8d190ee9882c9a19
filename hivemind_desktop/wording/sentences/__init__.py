"""English sentences by code, as data. zh-TW stands in resources/translations/hivemind_zh_TW.ts."""

from hivemind_desktop.wording.sentences.host import HOST
from hivemind_desktop.wording.sentences.refusals import BRIEF, REFUSALS
from hivemind_desktop.wording.sentences.settings import SETTINGS
from hivemind_desktop.wording.sentences.why import NO_POOL, WHY
from hivemind_desktop.wording.sentences.words import WORDS

__all__ = ["BRIEF", "NO_POOL", "SENTENCES", "WHY"]

_TABLES = (HOST, REFUSALS, SETTINGS, WORDS)

SENTENCES: dict[str, str] = {code: sentence for table in _TABLES for code, sentence in table.items()}
"""Code -> sentence; a test finds codes that two tables have."""
