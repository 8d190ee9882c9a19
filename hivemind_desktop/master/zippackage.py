"""A ZIP as a package: every entry passes the gate before a byte is unpacked, and every byte is counted while it is.

Entries are spooled into a folder of ours under numbers, so that no name in the archive ever meets the disk.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hivemind_desktop.contract import tasktoml
from hivemind_desktop.contract.entry import SCRIPT
from hivemind_desktop.contract.manifest import check_clashes
from hivemind_desktop.contract.names import check_path
from hivemind_desktop.contract.sizes import format_size
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.packagefiles import (
    CHUNK,
    SKIPPED,
    Found,
    Limits,
    Source,
    open_regular,
    stamp_of,
    unreadable,
)
from hivemind_desktop.master.ziplayout import check_layout, check_overlap
from hivemind_desktop.master.zipnames import decode_names

_ENCRYPTED = 0x1 | 0x40 | 0x2000
"""Encrypted, strongly encrypted, masked headers (APPNOTE 4.4.4)."""
_PATCH = 0x20
_REPARSE_POINT = 0x400
"""FILE_ATTRIBUTE_REPARSE_POINT: a link on Windows."""
_RECORDS_PER_ENTRY = 4
"""Records a ZIP may have for each entry that a package may have: folders with files in them and what is skipped come on top."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    NotImplementedError,
    ValueError,
    OverflowError,
)
"""What zipfile raises on damaged archives. A UnicodeDecodeError is a ValueError."""


@dataclass(frozen=True, slots=True)
class _Record:
    info: zipfile.ZipInfo
    name: str
    """Without the slash of a folder."""
    folder: bool


def read_zip(path: Path, scratch: Path, limits: Limits) -> Found:
    """Unpack the archive at `path` into `scratch`. Raises BadName, Refused `manifest.clash`, KnownError package.*."""
    shown = harmless_line(str(path))
    with open_regular(path.resolve(), shown) as file:
        size = stamp_of(file).size
        try:
            check_layout(file, size, shown, limits.entries * _RECORDS_PER_ENTRY)
            archive = _opened(file, shown)
            infos = archive.infolist()
            check_overlap(file, infos, archive.start_dir, shown)
        except OSError as error:
            raise unreadable(shown, error) from error
        names, encoding = decode_names(infos)
        records = [_gated(info, name) for info, name in zip(infos, names, strict=True)]
        check_clashes([r.name for r in records if not r.folder], [r.name for r in records if r.folder])
        found = Found(encoding=encoding)
        kept = _without_skipped(records, found)
        found.unwrapped = _wrapping(kept)
        cut = len(found.unwrapped) + 1 if found.unwrapped else 0
        kept = [_Record(r.info, r.name[cut:], r.folder) for r in kept if len(r.name) >= cut]
        if len(kept) > limits.entries:
            raise KnownError("package.too_many", path=shown, limit=limits.entries)
        found.folders = {record.name for record in kept if record.folder}
        files = [record for record in kept if not record.folder]
        if sum(record.info.file_size for record in files) > limits.total_bytes:
            raise KnownError("package.too_large", path=shown, limit=format_size(limits.total_bytes))
        _Spool(archive, scratch, limits, shown, size).take(files, found)
    return found


def _opened(file: BinaryIO, shown: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _BROKEN as error:
        raise KnownError("package.zip_cut", path=shown) from error


def _gated(info: zipfile.ZipInfo, name: str) -> _Record:
    """Refuse an entry for what it is, whatever its bytes are."""
    folder = name.endswith("/")
    check_path(name.removesuffix("/") or name)
    shown = harmless_line(name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK or info.external_attr & _REPARSE_POINT:
        raise KnownError("package.link", entry=shown)
    # 0: made by a program that knows no kinds
    if (
        kind not in (0, stat.S_IFDIR, stat.S_IFREG)
        or (kind == stat.S_IFDIR) > folder
        or (folder and info.file_size)
    ):
        raise KnownError("package.special", entry=shown)
    if info.flag_bits & _ENCRYPTED:
        raise KnownError("package.zip_encrypted", entry=shown)
    if info.flag_bits & _PATCH or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise KnownError("package.zip_method", entry=shown)
    return _Record(info, name.removesuffix("/"), folder)


def _without_skipped(records: Sequence[_Record], found: Found) -> list[_Record]:
    kept = []
    for record in records:
        parts = record.name.split("/")
        at = next((at for at, part in enumerate(parts) if part in SKIPPED), None)
        if at is None:
            kept.append(record)
        elif (name := "/".join(parts[: at + 1])) not in found.skipped:
            found.skipped.append(name)
    return kept


def _wrapping(records: Sequence[_Record]) -> str:
    """The one folder that holds everything, when the package is what lies in it: archives are often made of a folder.

    That it is: task.toml, run_task.sh or a .py file right in it, and no __init__.py (then the folder is a module and its name counts).
    """
    tops = {record.name.partition("/")[0] for record in records}
    if len(tops) != 1:
        return ""
    top = tops.pop()
    inside = [record.name.removeprefix(f"{top}/") for record in records if not record.folder]
    if any(not record.folder and record.name == top for record in records) or "__init__.py" in inside:
        return ""
    runnable = any(
        name in (tasktoml.FILE, SCRIPT) or (name.endswith(".py") and "/" not in name) for name in inside
    )
    return top if runnable else ""


@dataclass(slots=True)
class _Spool:
    """Unpacks entries one after another, and counts."""

    archive: zipfile.ZipFile
    scratch: Path
    limits: Limits
    shown: str
    size: int
    """Bytes of the archive."""
    total: int = 0

    def take(self, records: Sequence[_Record], found: Found) -> None:
        try:
            if sum(record.info.file_size for record in records) > shutil.disk_usage(self.scratch).free:
                raise KnownError("package.disk_full", folder=harmless_line(str(self.scratch.parent)))
            for number, record in enumerate(records):
                found.files.append(self._one(record, self.scratch / f"{number:06d}"))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise KnownError(
                    "package.disk_full", folder=harmless_line(str(self.scratch.parent))
                ) from error
            raise unreadable(self.shown, error) from error

    def _one(self, record: _Record, target: Path) -> Source:
        shown, digest, size = harmless_line(record.name), hashlib.sha256(), 0
        try:
            with self.archive.open(record.info) as packed, target.open("xb") as plain:
                while data := packed.read(CHUNK):
                    size += len(data)
                    self._count(record, shown, size, len(data))
                    digest.update(data)
                    plain.write(data)
        except _BROKEN as error:
            raise KnownError("package.zip_entry", entry=shown) from error
        if size != record.info.file_size:
            raise KnownError("package.zip_entry", entry=shown)
        with target.open("rb") as plain_again:
            stamp = stamp_of(plain_again)
        executable = bool((record.info.external_attr >> 16) & stat.S_IXUSR)
        return Source(target, record.name, digest.hexdigest(), stamp, executable)

    def _count(self, record: _Record, shown: str, size: int, added: int) -> None:
        limits = self.limits
        self.total += added
        if self.total > limits.total_bytes:
            raise KnownError("package.too_large", path=self.shown, limit=format_size(limits.total_bytes))
        if size > limits.ratio_from and size > limits.ratio * record.info.compress_size:
            raise KnownError("package.bomb", entry=shown, ratio=limits.ratio)
        if self.total > limits.ratio_from and self.total > limits.ratio * self.size:
            raise KnownError("package.bomb", entry=shown, ratio=limits.ratio)
