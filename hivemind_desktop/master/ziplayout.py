"""How a ZIP lies in its file, read by ourselves before zipfile believes a word of it.

Refused are archives that two readers could read differently: a prefix, a gap before the directory, entries that overlap (CVE-2024-0450,
mended only in Python 3.11.8), counts that lie. Zip64 is read like the rest.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

MAX_DIRECTORY_BYTES = 16 * 1024**2
"""Of the central directory, which zipfile holds whole: 10,000 entries of the longest names, and some extra."""

# PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16
_LOCAL = struct.Struct("<4s22xHH")
_CENTRAL = struct.Struct("<4s24xHHH12x")
_END = struct.Struct("<4sHHHHLLH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_END64_MARK, _LOCATOR_MARK = b"PK\6\6", b"PK\6\7"


@dataclass(frozen=True, slots=True)
class _Directory:
    offset: int
    size: int
    count: int
    end: int
    """Where the records behind it begin."""


def check_layout(file: BinaryIO, size: int, path: str, entries: int) -> None:
    """Raise KnownError when the file of `size` bytes is not one plain archive of at most `entries` records.

    Codes: package.not_a_zip, package.empty, package.zip_prefix, package.zip_cut, package.zip_split, package.too_many.
    """
    directory = _find_directory(file, size, path)
    if directory.count == 0 and directory.size == 0:
        raise KnownError("package.empty", path=path)
    if directory.count > entries or directory.size > MAX_DIRECTORY_BYTES:
        raise KnownError("package.too_many", path=path, limit=entries)
    if directory.offset + directory.size < directory.end:
        raise KnownError("package.zip_prefix", path=path)
    if directory.offset + directory.size > directory.end:
        raise KnownError("package.zip_cut", path=path)
    at, count = directory.offset, 0
    while at < directory.end:
        mark, name, extra, comment = _read(file, at, _CENTRAL, path)
        count += 1
        if mark != _CENTRAL_MARK or count > directory.count:
            raise KnownError("package.zip_cut", path=path)
        at += _CENTRAL.size + name + extra + comment
    if at != directory.end or count != directory.count:
        raise KnownError("package.zip_cut", path=path)


def check_overlap(file: BinaryIO, infos: Sequence[zipfile.ZipInfo], directory: int, path: str) -> None:
    """Raise KnownError when the bytes of two entries, or of one and the directory, overlap, or none begin at the file's first byte.

    `directory`: offset of the central directory. Codes: package.zip_overlap, package.zip_prefix, package.zip_cut.
    """
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if end == 0 and info.header_offset != 0:
            raise KnownError("package.zip_prefix", path=path)
        mark, name, extra = _read(file, info.header_offset, _LOCAL, path)
        if mark != _LOCAL_MARK:
            raise KnownError("package.zip_cut", path=path)
        if info.header_offset < end:
            raise KnownError("package.zip_overlap", path=path, entry=harmless_line(info.orig_filename))
        end = info.header_offset + _LOCAL.size + name + extra + info.compress_size
        if end > directory:
            raise KnownError("package.zip_overlap", path=path, entry=harmless_line(info.orig_filename))


def _find_directory(file: BinaryIO, size: int, path: str) -> _Directory:
    file.seek(0)
    first = file.read(4)
    tail_at = max(0, size - _END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read(_END.size + 0xFFFF)
    found = tail.rfind(_END_MARK)
    if found < 0 or found + _END.size > len(tail):
        raise KnownError("package.zip_cut" if first == _LOCAL_MARK else "package.not_a_zip", path=path)
    if first not in (_LOCAL_MARK, _END_MARK):
        raise KnownError("package.zip_prefix", path=path)
    _, disk, start_disk, here, count, length, offset, comment = _END.unpack_from(tail, found)
    end = tail_at + found
    if end + _END.size + comment != size:
        raise KnownError("package.zip_cut", path=path)
    if end >= _LOCATOR.size:
        mark, disk64, end64, disks = _read(file, end - _LOCATOR.size, _LOCATOR, path)
        if mark == _LOCATOR_MARK:
            # only the record without extensible data: older zipfile looks for it at this very place
            if end64 + _END64.size != end - _LOCATOR.size:
                raise KnownError("package.zip_cut", path=path)
            end = end64
            mark, rest, _, _, disk, start_disk, here, count, length, offset = _read(file, end, _END64, path)
            if mark != _END64_MARK or rest != _END64.size - 12:
                raise KnownError("package.zip_cut", path=path)
            if disk64 != 0 or disks > 1:
                raise KnownError("package.zip_split", path=path)
    if disk or start_disk or here != count:
        raise KnownError("package.zip_split", path=path)
    return _Directory(offset, length, count, end)


def _read(file: BinaryIO, at: int, record: struct.Struct, path: str) -> tuple[Any, ...]:
    file.seek(at)
    data = file.read(record.size)
    if len(data) < record.size:
        raise KnownError("package.zip_cut", path=path)
    return record.unpack(data)
