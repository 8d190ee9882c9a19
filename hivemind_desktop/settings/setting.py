"""One row of the table, and the values read by it. Typed access: `values[SLOTS]` is an int."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from hivemind_desktop.settings.kinds import Kind, Value

T = TypeVar("T")


class Group(StrEnum):
    """Chapters of the dialog and of the docs, in their order."""

    POOL = "pool"
    LIMITS = "limits"
    TASK = "task"
    GPU = "gpu"
    ENGINE = "engine"
    LINK = "link"
    RESULTS = "results"
    LOG = "log"
    WINDOW = "window"
    TUNNEL = "tunnel"
    MASTER = "master"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """`key` is its place in config.toml (table.name). `label` and `help` are English source text, context `settings`.

    `env` is one of the seed's names. A flag with `flag_value` takes no value: giving it means that text.
    """

    key: str
    kind: Kind[T]
    default: T
    group: Group
    label: str
    help: str
    unit: str = ""
    env: str = ""
    flag: str = ""
    metavar: str = ""
    switch: str = ""
    switch_value: str = ""
    """A flag without a value, and what it stands for: `--debug` = DEBUG."""


Row = Setting[Any]


class Values:
    """One value for every setting; frozen."""

    __slots__ = ("_by_key",)

    def __init__(self, by_key: Mapping[str, Value]) -> None:
        self._by_key = MappingProxyType(dict(by_key))

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast(T, self._by_key[setting.key])

    def by_key(self, key: str) -> Value:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values) and self._by_key == other._by_key

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Values({dict(self._by_key)!r})"

    def replaced(self, changes: Mapping[str, Value]) -> Values:
        """The same with other values for some keys."""
        return Values({**self._by_key, **changes})
