"""KnownError: the world's fault, told to the person in one line. Any other exception is a bug and stays loud."""

from __future__ import annotations

from collections.abc import Mapping


class KnownError(Exception):
    """Something outside this program is wrong. `code` and `fields` are worded once, in `wording.py`.

    `code` is a dotted name such as ``engine.no_permission``; `fields` hold only text and numbers.
    `usage` is true when the person typed or wrote something that can never work (exit code 2 instead of 1).
    """

    def __init__(self, code: str, *, usage: bool = False, **fields: str | int | float) -> None:
        super().__init__(code, fields)
        self.code = code
        self.usage = usage
        self.fields: Mapping[str, str | int | float] = fields

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.code} ({told})" if told else self.code
