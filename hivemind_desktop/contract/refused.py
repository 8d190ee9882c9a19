"""Refused: what others wrote breaks a rule of the contract. Pure rooms raise it; an edge words it: `KnownError(r.code, **r.fields)`."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(ValueError):
    """`code` is a wording code such as `name.escapes`; `fields` are its text and numbers, harmless to show (contract/text.py)."""

    def __init__(self, code: str, **fields: str | int | float) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields: Mapping[str, str | int | float] = fields

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.code} ({told})" if told else self.code
