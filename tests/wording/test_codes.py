"""Every code that our source can say has a sentence, and every field of that sentence is given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hivemind_desktop.settings import BY_KEY
from hivemind_desktop.wording.sentences import BRIEF, SENTENCES, TABLES, WHY
from hivemind_desktop.wording.text import fields_of

PACKAGE = Path(__file__).parents[2] / "hivemind_desktop"
RAISING = {
    "KnownError": 0,
    "Refused": 0,
    "BadName": 0,
    "CallFailed": 0,
    "CallRefused": 1,
    "invalid": 0,
    "not_found": 0,
    "forbidden": 0,
    "precondition": 0,
    "exhausted": 0,
}
"""What says a code with fields as keywords, and the place of the code among its arguments."""
CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")
FILE_ENDINGS = (
    "py",
    "pyi",
    "json",
    "toml",
    "sqlite",
    "log",
    "lock",
    "sh",
    "img",
    "sock",
    "svg",
    "qm",
    "ts",
    "txt",
    "pid",
    "sql",
    "db",
    "conf",
    "zip",
    "so",
)
ALWAYS_THERE = {"address"}
"""Added by link/trouble.py to what a master said."""


@dataclass(frozen=True)
class Said:
    code: str
    fields: frozenset[str] | None
    """None: given by name of a mapping, not known here."""
    place: str


def said_in(source: str, name: str) -> Iterator[Said]:
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.Call):
            continue
        callee = (
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
        )
        at = RAISING.get(callee)
        if at is None or len(node.args) <= at:
            continue
        argument = node.args[at]
        branches = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
        names = {keyword.arg for keyword in node.keywords}
        fields = None if None in names else frozenset(str(n) for n in names)
        for branch in branches:
            if isinstance(branch, ast.Constant) and isinstance(branch.value, str):
                yield Said(branch.value, fields, f"{name}:{node.lineno}")


def all_said() -> list[Said]:
    return [
        said
        for path in sorted(PACKAGE.rglob("*.py"))
        for said in said_in(path.read_text("utf-8"), str(path.relative_to(PACKAGE)))
        if CODE.fullmatch(said.code)
    ]


def test_the_walk_finds_what_it_should() -> None:
    source = (
        'raise KnownError("a.b", usage=True, x=1)\nraise invalid("c.d" if y else "e.f", **z)\nprint("g.h")'
    )
    assert list(said_in(source, "f")) == [
        Said("a.b", frozenset({"usage", "x"}), "f:1"),
        Said("c.d", None, "f:2"),
        Said("e.f", None, "f:2"),
    ]
    assert len(all_said()) > 100


def test_every_code_has_a_sentence() -> None:
    missing = sorted({f"{said.code} ({said.place})" for said in all_said() if said.code not in SENTENCES})
    assert missing == []


def test_every_field_of_a_sentence_is_given() -> None:
    wrong = [
        f"{said.code} ({said.place}): {sorted(lacking)}"
        for said in all_said()
        if said.fields is not None
        and (lacking := fields_of(SENTENCES.get(said.code, "")).keys() - said.fields - ALWAYS_THERE)
    ]
    assert wrong == []


def test_no_text_that_looks_like_a_code_is_without_a_sentence() -> None:
    """Codes also travel in tables and variables: whatever begins like a code of ours has to be one."""
    beginnings = {code.partition(".")[0] for code in SENTENCES} - {
        "log",
        "task",
        "node",
        "network",
        "stage",
        "phase",
    }
    known = {*SENTENCES, *BRIEF, *WHY, *BY_KEY}
    strays = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                not isinstance(node, ast.Constant)
                or not isinstance(node.value, str)
                or not CODE.fullmatch(node.value)
            ):
                continue
            beginning, _, ending = node.value.partition(".")
            if beginning in beginnings and ending and ending not in FILE_ENDINGS and node.value not in known:
                strays.append(f"{node.value} ({path.relative_to(PACKAGE)}:{node.lineno})")
    assert strays == []


def test_a_code_stands_in_one_table_only() -> None:
    codes = [code for table in TABLES for code in table]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("code", sorted({*SENTENCES, *BRIEF}))
def test_a_sentence_is_one_line_that_reads_well(code: str) -> None:
    for sentence in filter(None, (SENTENCES.get(code), BRIEF.get(code))):
        assert sentence == " ".join(sentence.split())
        assert "!" not in sentence
        assert not re.search(r"\b(please|successfully|oops|sorry)\b", sentence, re.IGNORECASE)
        assert all(re.fullmatch(r"[a-z_]+", name) for name in fields_of(sentence))
