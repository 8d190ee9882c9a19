"""Every setting is read by the program: one that nobody reads would be a promise that is not kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hivemind_desktop
from hivemind_desktop.settings import table
from hivemind_desktop.settings.setting import Setting

PACKAGE = Path(hivemind_desktop.__file__).parent
TABLE = "hivemind_desktop.settings.table"
LIMITS = PACKAGE / "settings" / "limits.py"
"""The one file of settings/ that reads: it makes the worker's two tables of limits."""
NOT_READ = {
    "WIREGUARD_CONFIG_PATH": "the tunnel is not built yet; the seed's name must not be refused in a file until then",
}
"""Named, each with its reason."""


def names() -> set[str]:
    return {name for name, value in vars(table).items() if isinstance(value, Setting)}


def read_in(source: str) -> Iterator[str]:
    """Names of the table that a module uses, whatever it calls them; importing one alone is no use of it."""
    tree = ast.parse(source)
    modules: set[str] = set()
    taken: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if f"{node.module}.{alias.name}" == TABLE:
                    modules.add(alias.asname or alias.name)
                elif node.module == TABLE:
                    taken[alias.asname or alias.name] = alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield node.attr
        elif isinstance(node, ast.Name) and node.id in taken:
            yield taken[node.id]


def readers() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path == LIMITS or not path.is_relative_to(PACKAGE / "settings"):
            yield path


def test_every_setting_is_read_or_named_with_a_reason() -> None:
    read = {name for path in readers() for name in read_in(path.read_text("utf-8"))}
    assert names() - read == set(NOT_READ)


def test_what_counts_as_read() -> None:
    source = (
        "from hivemind_desktop.settings import table as option\n"
        "from hivemind_desktop.settings.table import CPU_ONLY as only, SLOTS, THEME\n"
        "from hivemind_desktop.link.heartbeat import DEADLINE_S\n"
        "other.LANGUAGE; DEADLINE_S; values[option.LOG_LEVEL]; values[only]; f(SLOTS)\n"
    )
    assert set(read_in(source)) == {"LOG_LEVEL", "CPU_ONLY", "SLOTS"}
