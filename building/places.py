"""Where things lie: the clone, its environment, and the user's cache shared by all clones."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
LOGS = CACHE / "log"
VENV = ROOT / ".venv"
VENV_BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
SUFFIX = ".exe" if sys.platform == "win32" else ""
VENV_PYTHON = VENV_BIN / f"python{SUFFIX}"
PACKAGE = ROOT / "hivemind_desktop"


def tool(name: str) -> Path:
    """A program of the environment, e.g. `ruff` or `hivemind-desktop`."""
    return VENV_BIN / f"{name}{SUFFIX}"


def cache_folder() -> Path:
    """.cache of the clone, made when missing."""
    CACHE.mkdir(exist_ok=True)
    return CACHE


def user_cache() -> Path:
    """Large things that every clone can use (the root file system): outside the clone, made when missing."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "hivemind-desktop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
