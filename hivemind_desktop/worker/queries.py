"""What a front-end may ask for beyond the snapshot, and the answers: small frozen records that travel in-process or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import NO_RESOURCES, NO_USAGE, NOTHING, FileEntry, Resources, Usage

MAX_PAGE = 1000
"""Rows of one page."""
MAX_LOG_PART = 256 * 1024
"""Bytes of one LogPart."""
MAX_FILE = 8 * 1024 * 1024
"""Bytes of one FileBytes."""


@dataclass(frozen=True, slots=True)
class AskHistory:
    """-> HistoryPage. Empty text and None do not filter. `since`, `until`: Unix seconds of the claim.

    `search` looks in task id, name and sender. `sort`: claimed, ended, duration, name, sender, reward.
    """

    search: str = ""
    task_id: str = ""
    state: str = ""
    reason: str = ""
    sender: str = ""
    since: float | None = None
    until: float | None = None
    sort: str = "claimed"
    descending: bool = True
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One attempt that ran here. `state`: running, uploading (waits in the outbox), stored, released, stale, cancelled."""

    attempt: AttemptKey
    name: str
    sender: str
    state: str
    image: str = ""
    pool_id: str = ""
    reason: Reason | None = None
    exit_code: int | None = None
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    claimed: float = 0.0
    started: float | None = None
    ended: float | None = None
    delivered: float | None = None
    """Unix seconds of the master's answer."""
    reward: int = 0
    log_bytes: int = 0
    result_files: int = 0
    result_bytes: int = 0
    usage: Usage = NO_USAGE
    granted: Resources = NO_RESOURCES
    image_digest: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`total`: rows that the filter leaves, on all pages."""

    rows: tuple[HistoryRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AskTotals:
    """-> Totals."""


@dataclass(frozen=True, slots=True)
class Totals:
    """CPT of stored attempts by the time of the master's answer. `today`: since the last local midnight."""

    today: int = 0
    days_7: int = 0
    days_30: int = 0
    all: int = 0
    tasks: int = 0
    """Attempts stored, all time."""


@dataclass(frozen=True, slots=True)
class AskLog:
    """-> LogPart: bytes of the attempt's spool (contract/spool.py) from `offset`, at most MAX_LOG_PART."""

    attempt: AttemptKey
    offset: int = 0
    limit: int = MAX_LOG_PART


@dataclass(frozen=True, slots=True)
class LogPart:
    """`length`: bytes of the spool now."""

    offset: int
    data: bytes
    length: int


@dataclass(frozen=True, slots=True)
class AskFiles:
    """-> FileList: what the attempt's result holds."""

    attempt: AttemptKey


@dataclass(frozen=True, slots=True)
class FileList:
    """`here`: paths whose bytes are still on this computer (after delivery: pictures only)."""

    entries: tuple[FileEntry, ...]
    here: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskFile:
    """-> FileBytes: one file of a result, at most MAX_FILE bytes."""

    attempt: AttemptKey
    path: str


@dataclass(frozen=True, slots=True)
class FileBytes:
    data: bytes


@dataclass(frozen=True, slots=True)
class AskSettings:
    """-> SettingList."""


@dataclass(frozen=True, slots=True)
class SettingView:
    """`source`: default, file, environment, flag. `value` as config.toml writes it."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class SettingList:
    settings: tuple[SettingView, ...]


Query: TypeAlias = AskHistory | AskTotals | AskLog | AskFiles | AskFile | AskSettings
Answer: TypeAlias = HistoryPage | Totals | LogPart | FileList | FileBytes | SettingList

ANSWERS: Mapping[type[Query], type[Answer]] = {
    AskHistory: HistoryPage,
    AskTotals: Totals,
    AskLog: LogPart,
    AskFiles: FileList,
    AskFile: FileBytes,
    AskSettings: SettingList,
}
"""Which answer belongs to which query."""
