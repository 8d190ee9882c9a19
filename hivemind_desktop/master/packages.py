"""A package as a person has it (a folder, a ZIP, one .py file) becomes a spec with a manifest, and blobs that can be sent.

Nothing is held whole in memory; what had to be unpacked is gone when the block ends.
"""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hivemind_desktop.contract import tasktoml
from hivemind_desktop.contract.entry import Entry, choose_entry
from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import FileEntry, Manifest, TaskSpec
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.contract.wishes import MAX_NAME
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.folderpackage import read_folder, read_script
from hivemind_desktop.master.packagefiles import (
    CHUNK,
    Found,
    Limits,
    Source,
    open_regular,
    stamp_of,
    unreadable,
)
from hivemind_desktop.master.zippackage import read_zip


@dataclass(frozen=True, slots=True)
class Package:
    """`spec.package` is the manifest; what the command line adds is not in `spec` yet."""

    spec: TaskSpec
    entry: Entry | None
    """None: task.toml names the command."""
    sources: Mapping[str, Source]
    """By SHA-256."""
    skipped: tuple[str, ...] = ()
    """Left out, see `packagefiles.SKIPPED`."""
    unwrapped: str = ""
    """The one folder of a ZIP that was taken for the package itself."""
    encoding: str = ""
    """The guessed encoding of a ZIP's names, empty when none had to be guessed."""

    @property
    def manifest(self) -> Manifest:
        return self.spec.package

    def open(self, sha256: str) -> BinaryIO:
        """The blob, at its first byte. Raises KnownError: package.changed, package.unreadable, package.link."""
        source = self.sources[sha256]
        file = open_regular(source.path, harmless_line(source.name))
        if stamp_of(file) != source.stamp:
            file.close()
            raise KnownError("package.changed", entry=harmless_line(source.name))
        return file

    def chunks(self, sha256: str, offset: int = 0, length: int = CHUNK) -> Iterator[bytes]:
        """The blob from `offset` on. Raises KnownError `package.changed` once the file is not what was hashed."""
        source = self.sources[sha256]
        with self.open(sha256) as file:
            file.seek(offset)
            while data := file.read(length):
                if stamp_of(file) != source.stamp:
                    raise KnownError("package.changed", entry=harmless_line(source.name))
                yield data


@contextmanager
def open_package(path: Path, *, limits: Limits | None = None, temp: Path | None = None) -> Iterator[Package]:
    """The package at `path`. A ZIP is unpacked into a folder below `temp` (the system's) that is removed when the block ends.

    Raises KnownError: package.* and, for what is wrong inside, name.*, manifest.*, task_toml.*, task.*.
    """
    with ExitStack() as stack:
        try:
            package = _judged(_found(path, limits or Limits(), temp, stack), path)
        except Refused as refused:
            raise KnownError(refused.code, usage=False, **refused.fields) from refused
        yield package


def _found(path: Path, limits: Limits, temp: Path | None, stack: ExitStack) -> Found:
    shown = harmless_line(str(path))
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in it
        raise KnownError("package.not_found", path=shown) from None
    except OSError as error:
        raise unreadable(shown, error) from error
    if stat.S_ISDIR(mode):
        return read_folder(path, limits)
    if not stat.S_ISREG(mode):
        raise KnownError("package.not_a_package", path=shown)
    if path.suffix.lower() == ".py":
        return read_script(path, limits)
    try:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="hivemind-package-", dir=temp))
    except OSError as error:
        raise KnownError("package.disk_full", folder=harmless_line(str(temp or "TMPDIR"))) from error
    return read_zip(path, Path(scratch), limits)


def _judged(found: Found, path: Path) -> Package:
    """Raises KnownError `package.empty`, NoEntry, and Refused for names, clashes, task.toml."""
    if not found.files:
        raise KnownError("package.empty", path=harmless_line(str(path)))
    manifest = check_manifest(Manifest(tuple(_entries(found))))
    sources = {source.sha256: source for source in found.files}
    wished = next((source for source in found.files if source.name == tasktoml.FILE), None)
    spec = TaskSpec() if wished is None else tasktoml.parse_task_toml(_read_bounded(wished))
    entry = None if spec.command else choose_entry(source.name for source in found.files)
    name = spec.name or harmless_line(path.resolve().name or "task", MAX_NAME)
    return Package(
        spec=replace(spec, name=name, package=manifest),
        entry=entry,
        sources=sources,
        skipped=tuple(found.skipped),
        unwrapped=found.unwrapped,
        encoding=found.encoding,
    )


def _entries(found: Found) -> list[FileEntry]:
    """Files and empty folders, by name."""
    entries = [
        FileEntry(source.name, source.stamp.size, source.sha256, source.executable) for source in found.files
    ]
    above: set[str] = set()
    for name in [source.name for source in found.files] + list(found.folders):
        while name := name.rpartition("/")[0]:
            above.add(name)
    entries += [FileEntry(name, folder=True) for name in found.folders - above]
    return sorted(entries, key=lambda entry: entry.path)


def _read_bounded(source: Source) -> bytes:
    """A byte more than task.toml may have, at most."""
    with open_regular(source.path, source.name) as file:
        return file.read(tasktoml.MAX_BYTES + 1)
