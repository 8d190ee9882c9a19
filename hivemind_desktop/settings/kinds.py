"""Kinds of values a setting can have: from text (environment, flag, command), from TOML, and back. A wrong value says what was expected."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import parse_size
from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings.address import parse_master_address

T = TypeVar("T")
Value = bool | int | float | str | tuple[str, ...]
"""What a setting holds once read."""
Plain = bool | int | float | str | list[str]
"""What TOML and JSON hold."""

_UNITS = (("t", 1024**4), ("g", 1024**3), ("m", 1024**2), ("k", 1024))


class WrongValue(ValueError):
    """`code` and `fields` say what was expected (wording codes `settings.wrong_*`)."""

    def __init__(self, code: str, **fields: str | int | float) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields: Mapping[str, str | int | float] = fields


class Kind(ABC, Generic[T]):
    """`parse(show(v)) == v` and `read(write(v)) == v` for every valid v. `parse` and `read` raise WrongValue."""

    name: str

    @abstractmethod
    def parse(self, text: str) -> T:
        """From what a person typed."""

    @abstractmethod
    def read(self, value: object) -> T:
        """From what tomllib gave."""

    def write(self, value: T) -> Plain:
        """For TOML and JSON."""
        assert isinstance(value, bool | int | float | str)
        return value

    def show(self, value: T) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Whole(Kind[int]):
    low: int
    high: int
    name = "whole number"

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"[+-]?\d+", text.strip(), re.ASCII):
            raise self._wrong()
        return self.read(int(text))

    def read(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise self._wrong()
        return value

    def _wrong(self) -> WrongValue:
        return WrongValue("settings.wrong_whole", low=self.low, high=self.high)


@dataclass(frozen=True, slots=True)
class Number(Kind[float]):
    low: float
    high: float
    name = "number"

    def parse(self, text: str) -> float:
        try:
            return self.read(float(text))
        except ValueError:
            raise self._wrong() from None

    def read(self, value: object) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not self.low <= value <= self.high
        ):
            raise self._wrong()
        return float(value)

    def show(self, value: float) -> str:
        return f"{value:.10g}"

    def _wrong(self) -> WrongValue:
        return WrongValue("settings.wrong_number", low=f"{self.low:g}", high=f"{self.high:g}")


@dataclass(frozen=True, slots=True)
class Size(Kind[int]):
    """Bytes, written like the engine writes them: 512m, 2g (steps of 1024)."""

    low: int
    high: int
    name = "size"

    def parse(self, text: str) -> int:
        try:
            return self._checked(parse_size(text))
        except Refused:
            raise self._wrong() from None

    def read(self, value: object) -> int:
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong()
        return self._checked(value)

    def write(self, value: int) -> Plain:
        return self.show(value)

    def show(self, value: int) -> str:
        return show_size(value)

    def _checked(self, value: int) -> int:
        if not self.low <= value <= self.high:
            raise self._wrong()
        return value

    def _wrong(self) -> WrongValue:
        return WrongValue("settings.wrong_size", low=show_size(self.low), high=show_size(self.high))


def show_size(value: int) -> str:
    """Bytes in the largest unit that gives a whole number: 2147483648 -> 2g."""
    for unit, step in _UNITS:
        if value and value % step == 0:
            return f"{value // step}{unit}"
    return str(value)


@dataclass(frozen=True, slots=True)
class Switch(Kind[bool]):
    name = "switch"

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise WrongValue("settings.wrong_switch")

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise WrongValue("settings.wrong_switch")
        return value

    def show(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Choice(Kind[str]):
    """One of a few words, whatever their case."""

    choices: tuple[str, ...]
    name = "choice"

    def parse(self, text: str) -> str:
        for choice in self.choices:
            if choice.lower() == text.strip().lower():
                return choice
        raise WrongValue("settings.wrong_choice", choices=", ".join(self.choices))

    def read(self, value: object) -> str:
        return self.parse(value if isinstance(value, str) else "")


@dataclass(frozen=True, slots=True)
class Text(Kind[str]):
    """One line of text; `pattern` matches the whole of it. `may_be_empty` is its own switch, so that patterns stay simple."""

    pattern: str = ".*"
    may_be_empty: bool = True
    example: str = ""
    name = "text"

    def parse(self, text: str) -> str:
        text = text.strip()
        if not text and self.may_be_empty:
            return ""
        if not text or not text.isprintable() or not re.fullmatch(self.pattern, text):
            raise self._wrong()
        return text

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong()
        return self.parse(value)

    def _wrong(self) -> WrongValue:
        return (
            WrongValue("settings.wrong_example", example=self.example)
            if self.example
            else WrongValue("settings.wrong_text")
        )


@dataclass(frozen=True, slots=True)
class MasterAddress(Kind[str]):
    """Empty: the master on this computer."""

    name = "address"

    def parse(self, text: str) -> str:
        text = text.strip()
        if text:
            try:
                parse_master_address(text)
            except KnownError as wrong:
                raise WrongValue("settings.wrong_address") from wrong
        return text

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise WrongValue("settings.wrong_address")
        return self.parse(value)


@dataclass(frozen=True, slots=True)
class Patterns(Kind[tuple[str, ...]]):
    """A list of names with * and ? as wildcards: `python, registry.example.org/team/*`."""

    name = "list of names"

    def parse(self, text: str) -> tuple[str, ...]:
        return self._checked([part.strip() for part in text.split(",") if part.strip()])

    def read(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
            raise WrongValue("settings.wrong_patterns")
        return self._checked(value)

    def write(self, value: tuple[str, ...]) -> Plain:
        return list(value)

    def show(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)

    def _checked(self, parts: list[str]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"[A-Za-z0-9._:/@*?-]{1,255}", part, re.ASCII) for part in parts):
            raise WrongValue("settings.wrong_patterns")
        return tuple(dict.fromkeys(parts))


@dataclass(frozen=True, slots=True)
class Numbers(Kind[tuple[str, ...]]):
    """A list of small whole numbers, kept as text: `0, 2`."""

    name = "list of numbers"

    def parse(self, text: str) -> tuple[str, ...]:
        return self._checked([part.strip() for part in text.split(",") if part.strip()])

    def read(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or any(isinstance(item, bool) for item in value):
            raise WrongValue("settings.wrong_numbers")
        return self._checked([str(item) for item in value])

    def write(self, value: tuple[str, ...]) -> Plain:
        return list(value)

    def show(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)

    def _checked(self, parts: list[str]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"\d{1,3}", part, re.ASCII) for part in parts):
            raise WrongValue("settings.wrong_numbers")
        return tuple(dict.fromkeys(str(int(part)) for part in parts))
