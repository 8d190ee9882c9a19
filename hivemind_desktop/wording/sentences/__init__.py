"""English sentences by code, as data. zh-TW stands in resources/translations/hivemind_zh_TW.ts."""

from hivemind_desktop.wording.sentences.containers import CONTAINERS
from hivemind_desktop.wording.sentences.contract import CONTRACT
from hivemind_desktop.wording.sentences.control import CONTROL
from hivemind_desktop.wording.sentences.host import HOST
from hivemind_desktop.wording.sentences.link import LINK, LINK_BRIEF
from hivemind_desktop.wording.sentences.master import MASTER
from hivemind_desktop.wording.sentences.programs import PROGRAMS
from hivemind_desktop.wording.sentences.refusals import REFUSALS, REFUSALS_BRIEF
from hivemind_desktop.wording.sentences.settings import SETTINGS
from hivemind_desktop.wording.sentences.store import STORE
from hivemind_desktop.wording.sentences.why import NO_POOL, WHY
from hivemind_desktop.wording.sentences.words import WORDS

__all__ = ["BRIEF", "NO_POOL", "SENTENCES", "TABLES", "WHY"]

TABLES: tuple[dict[str, str], ...] = (
    CONTAINERS,
    CONTRACT,
    CONTROL,
    HOST,
    LINK,
    MASTER,
    PROGRAMS,
    REFUSALS,
    SETTINGS,
    STORE,
    WORDS,
)

SENTENCES: dict[str, str] = {code: sentence for table in TABLES for code, sentence in table.items()}
"""Code -> sentence; a test finds codes that two tables have."""

BRIEF: dict[str, str] = {**REFUSALS_BRIEF, **LINK_BRIEF}
"""Code -> words short enough to stand inside another sentence."""
