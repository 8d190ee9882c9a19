"""The checks before the tests: each runs to its end and says what it found, so that one run tells everything."""

import subprocess
import sys
import time
from collections.abc import Callable

from building import import_rules, protos, translations
from building.places import CACHE, ROOT, VENV_PYTHON, tool
from building.say import line


def _tool(*command: str) -> list[str]:
    done = subprocess.run(
        [str(tool(command[0])), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def _lint() -> list[str]:
    return _tool("ruff", "check", "--output-format", "concise", ".")


def _format() -> list[str]:
    return _tool("ruff", "format", "--check", ".")


def _types() -> list[str]:
    return _tool("mypy")


def _imports() -> list[str]:
    CACHE.mkdir(exist_ok=True)
    config = CACHE / "importlinter.ini"
    config.write_text(import_rules.linter_config(), "utf-8")
    if not import_rules.bans(import_rules.rooms()):
        return import_rules.problems()
    said = _tool("lint-imports", str(config), "--cache-dir", str(CACHE / "importlinter"))
    broken = said.index("Broken contracts") + 1 if "Broken contracts" in said else 0
    return [*import_rules.problems(), *(text for text in said[broken:] if text.strip("- "))]


def _protos() -> list[str]:
    return [f"{name} is not current: python3 build.py protos" for name in protos.stale()]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "lint": _lint,
    "format": _format,
    "types": _types,
    "imports": _imports,
    "protos": _protos,
    "translations": translations.problems,
}


def failed() -> list[str]:
    """Run every check, print what each found on stdout, and return the names of those that found something."""
    if not VENV_PYTHON.exists():
        raise AssertionError("the environment comes before the checks")
    names = []
    for name, check in CHECKS.items():
        began = time.monotonic()
        found = check()
        line(
            f"[check {time.monotonic() - began:.0f} s] {name}: {'ok' if not found else f'{len(found)} lines'}"
        )
        if found:
            names.append(name)
            print(f"--- {name}", *found, sep="\n")
    sys.stdout.flush()
    return names
