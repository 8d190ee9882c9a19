"""Who may import whom, each ban with its reason: the contracts for import-linter, and the rules finer than it can see.

import-linter follows chains of imports but knows an outside package only by its first name; what depends on a part of one
(QtCore allowed, QtGui not) or on "nothing but the standard library" is read from the source here.
"""

import ast
import configparser
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from building.places import PACKAGE

NAME = PACKAGE.name
ADAPTERS = ("link", "containers", "sensors", "tunnel", "store", "host", "control")
SHARED = ("worker", "contract", "settings", "errors")
MASTER_MAY = ("master", "contract", "wire", "settings", "errors", "host", "wording")
"""host for the state folder, its own log and its output; wording for its commands' own edge."""
FRONT_ENDS = ("qt", "service", "web", "cli")


@dataclass(frozen=True, slots=True)
class Ban:
    """These rooms must not import those, themselves or (unless `direct`) through others. The name is the reason."""

    reason: str
    rooms: tuple[str, ...]
    banned: tuple[str, ...]
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """These outside packages or modules are for these rooms alone."""

    reason: str
    modules: tuple[str, ...]
    rooms: tuple[str, ...]


ONLY = (
    Only("docker types stay in containers/: another engine is one room's work", ("docker",), ("containers",)),
    Only(
        "protobuf and gRPC stay in wire/, link/ and master/: the rest speaks the contract's own records",
        ("google.protobuf", "grpc", "grpc_health", "grpc_reflection"),
        ("wire", "link", "master"),
    ),
    Only(
        "widgets stay in qt/: headless loads no QtGui, and an idle tray has a memory budget",
        ("PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtSvg", "PySide6.QtSvgWidgets", "pyqtgraph"),
        ("qt",),
    ),
    Only(
        "QtCore is for threads.py, wording.py and the front-ends: every loop is a plain class",
        ("PySide6",),
        ("threads", "wording", "service", "qt"),
    ),
    Only(
        "SQLAlchemy is the master's: the worker's stores are sqlite3, smaller to load",
        ("sqlalchemy",),
        ("master",),
    ),
    Only("psutil reads the machine in sensors/ and host/ alone", ("psutil",), ("sensors", "host")),
    Only("NVML is one sensor: a machine without its driver never loads it", ("pynvml",), ("sensors",)),
    Only(
        "the keyring can block for ever: store/ alone asks it, in a child process", ("keyring",), ("store",)
    ),
)

PURE = {
    "contract": ("contract",),
    "worker": ("worker", "contract"),
}
"""Rooms of the standard library only, and which of our rooms they may import."""

PURE_REASON = (
    "contract/ and worker/ are pure: the standard library only, so that every order of events can be tested"
)


def rooms(package: Path = PACKAGE) -> list[str]:
    """Names of the rooms that are there: folders with an __init__.py and single files."""
    folders = [path.parent.name for path in package.glob("*/__init__.py")]
    files = [path.stem for path in package.glob("*.py") if not path.stem.startswith("__")]
    return sorted(folders + files)


def bans(there: list[str]) -> list[Ban]:
    """The bans on imports between our own rooms, for the rooms that are there."""
    found = [
        Ban(
            f"{room}/ is an adapter: it knows worker, contract, settings and errors, and compose.py joins adapters",
            (room,),
            tuple(
                other
                for other in there
                if other not in (*SHARED, room, *(("wire",) if room == "link" else ()))
            ),
        )
        for room in ADAPTERS
    ]
    found += [
        Ban(
            "the master is another program: the worker starts it and never imports it",
            tuple(room for room in there if room not in ("master",)),
            ("master",),
            direct=True,
        ),
        Ban(
            "the master shares words, folders and the contract with the worker, never its loop, engine or stores",
            ("master",),
            tuple(room for room in there if room not in MASTER_MAY),
        ),
        Ban(
            "wire/ is for link/ and master/: generated types go no further",
            tuple(room for room in there if room not in ("wire", "link", "master")),
            ("wire",),
            direct=True,
        ),
        Ban(
            "front-ends get a port, never an adapter: the same worker runs under each of them",
            FRONT_ENDS,
            ADAPTERS,
            direct=True,
        ),
        Ban(
            "the loop knows no front-end and no adapter: compose.py hands it what it needs",
            ("agent", "feed", "port", "threads"),
            (*ADAPTERS, *FRONT_ENDS, "compose"),
        ),
    ]
    result = []
    for ban in found:
        sources = tuple(room for room in ban.rooms if room in there)
        banned = tuple(room for room in ban.banned if room in there and room not in sources)
        if sources and banned:
            result.append(Ban(ban.reason, sources, banned, ban.direct))
    return result


def linter_config(package: Path = PACKAGE) -> str:
    """The configuration of import-linter for the rooms that are there (it refuses one that names a missing room)."""
    config = configparser.ConfigParser()
    config["importlinter"] = {"root_package": package.name}
    for number, ban in enumerate(bans(rooms(package)), 1):
        config[f"importlinter:contract:{number}"] = {
            "name": ban.reason,
            "type": "forbidden",
            "source_modules": "\n" + "\n".join(f"{package.name}.{room}" for room in ban.rooms),
            "forbidden_modules": "\n" + "\n".join(f"{package.name}.{room}" for room in ban.banned),
            "allow_indirect_imports": str(ban.direct),
        }
    text = io.StringIO()
    config.write(text)
    return text.getvalue()


def imported(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a file imports, also inside functions and under TYPE_CHECKING.

    `from PySide6 import QtGui` gives both PySide6 and PySide6.QtGui. `module` is the file's own name, for relative imports.
    """
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *([base] if base else [])])
            yield node.lineno, base
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def _within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def _pure_problem(room: str, name: str, package: str) -> bool:
    first = name.split(".")[0]
    if first == package:
        allowed = [package, *(f"{package}.{ours}" for ours in PURE[room])]
        return not (name == package or any(_within(name, ours) for ours in allowed[1:]))
    # _typeshed is the type checker's own and is never loaded
    return first not in sys.stdlib_module_names and first != "_typeshed"


def problems(package: Path = PACKAGE) -> list[str]:
    """Imports that break ONLY or PURE, one line each: place, what it imports, the reason of the ban."""
    found: dict[str, None] = {}
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package.parent)
        parts = relative.with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        room = parts[1]
        for line, name in imported(path, module):
            if room in PURE and _pure_problem(room, name, package.name):
                found[f"{relative}:{line}: {name}: {PURE_REASON}"] = None
            for rule in ONLY:
                if room not in rule.rooms and any(_within(name, banned) for banned in rule.modules):
                    found[f"{relative}:{line}: {name}: {rule.reason}"] = None
    return list(found)
