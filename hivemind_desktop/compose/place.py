"""One installation: its folders, its id, its settings as they were read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hivemind_desktop.host.folders import Folders, installation_id, make_private, state_folder
from hivemind_desktop.settings import Flags, Loaded, load
from hivemind_desktop.settings import table as option
from hivemind_desktop.wording import use_language


@dataclass(frozen=True, slots=True)
class Place:
    """`config` is the file that `config set` and `join` write."""

    folders: Folders
    installation: str
    loaded: Loaded
    config: Path

    @property
    def log_path(self) -> Path:
        named = self.loaded.values[option.LOG_FILE]
        return Path(named).expanduser().absolute() if named else self.folders.log

    @property
    def log_level(self) -> str:
        return self.loaded.values[option.LOG_LEVEL]


def place(
    flags: Flags | None = None,
    config_file: str | None = None,
    *,
    strict: bool,
    environ: Mapping[str, str] | None = None,
) -> Place:
    """The installation of HIVEMIND_HOME; from here on sentences are said in its language. Raises KnownError for what is wrong with its folder or, when `strict`, its settings."""
    root = state_folder(environ)
    folders = Folders(root)
    config = Path(config_file) if config_file else folders.config
    loaded = load(config, environ=environ, flags=flags, strict=strict, required=config_file is not None)
    use_language(loaded.values[option.LANGUAGE])
    return Place(folders, installation_id(root), loaded, config)


def demo_place(outer: Place) -> Place:
    """The demo's own installation inside another: the same settings, a master of its own whatever address is set."""
    folder = outer.folders.demo
    make_private(folder)
    values = outer.loaded.values.replaced({option.MASTER_URL.key: "", option.LOG_FILE.key: ""})
    return Place(Folders(folder), installation_id(folder), replace(outer.loaded, values=values), outer.config)


def resources() -> Path:
    """The folder `resources/`: beside the package, or inside a bundle."""
    bundle = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).resolve().parents[2]) / "resources"
