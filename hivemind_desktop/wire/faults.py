"""How an error travels: a gRPC status whose details are JSON {"code", "fields"}, worded only at each program's edge."""

from __future__ import annotations

import json
from collections.abc import Mapping

MAX_FIELD = 500
"""Characters of one field; details travel in a header that is limited."""


def encode_fault(code: str, fields: Mapping[str, str | int | float]) -> str:
    """The status details: ASCII, so that they pass every proxy and console."""
    short = {name: value[:MAX_FIELD] if isinstance(value, str) else value for name, value in fields.items()}
    return json.dumps({"code": code, "fields": short}, ensure_ascii=True)


def decode_fault(details: str | None) -> tuple[str, dict[str, str]] | None:
    """(code, fields as text), or None when the details are not ours (a proxy, another program, gRPC itself)."""
    try:
        told = json.loads(details or "")
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        return None
    fields = told.get("fields")
    if not isinstance(fields, dict):
        fields = {}
    return told["code"], {str(name): str(value) for name, value in fields.items()}
