"""ZIPs as no honest program writes them: raw names, kinds and flags, bytes patched after writing."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path


class RawInfo(zipfile.ZipInfo):
    """Its name is these bytes, without the UTF-8 flag unless asked."""

    def __init__(self, raw: bytes, utf8: bool = False) -> None:
        super().__init__(raw.decode("latin-1"))
        self._raw = raw
        self._utf8 = utf8

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # zipfile's own hook
        return self._raw, self.flag_bits | (0x800 if self._utf8 else 0)


def zipped(
    *entries: tuple[str | bytes | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """An archive of these entries in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for named, data in entries:
            info = RawInfo(named) if isinstance(named, bytes) else named
            # a fixed date: these bytes name tests, and two processes must name them alike
            if isinstance(info, str):
                info = zipfile.ZipInfo(info)
                info.external_attr = (0o40775 if info.is_dir() else 0o600) << 16
            archive.writestr(info, data, compress_type=method)
    return buffer.getvalue()


def kind(name: str, mode: int, system: int = 3) -> zipfile.ZipInfo:
    """An entry of that Unix mode."""
    info = zipfile.ZipInfo(name)
    info.create_system = system
    info.external_attr = mode << 16
    return info


def link(name: str) -> zipfile.ZipInfo:
    return kind(name, stat.S_IFLNK | 0o777)


def patched(data: bytes, central: int, value: bytes, local: int | None = None, entry: int = 0) -> bytes:
    """`value` written at offset `central` of the entry's central record, and at `local` of its local one."""
    at = data.index(b"PK\1\2")
    for _ in range(entry):
        at = data.index(b"PK\1\2", at + 1)
    (header,) = struct.unpack_from("<L", data, at + 42)
    changed = bytearray(data)
    changed[at + central : at + central + len(value)] = value
    if local is not None:
        changed[header + local : header + local + len(value)] = value
    return bytes(changed)


def with_size(data: bytes, size: int) -> bytes:
    """The first entry says it has `size` bytes unpacked."""
    return patched(data, 24, struct.pack("<L", size), 22)


def _local(name: bytes, body: bytes, method: int, crc: int, size: int) -> bytes:
    return (
        struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 0, crc, len(body), size, len(name), 0)
        + name
        + body
    )


def _central(name: bytes, packed: int, method: int, crc: int, size: int, offset: int) -> bytes:
    fixed = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 0, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset
    )
    return fixed + name


def _closed(locals_: bytes, *central: bytes) -> bytes:
    directory = b"".join(central)
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, len(central), len(central), len(directory), len(locals_), 0
    )
    return locals_ + directory + end


def same_bytes_twice() -> bytes:
    """Two entries of the directory share one local entry."""
    body = b"print(1)"
    crc = zlib.crc32(body)
    one = _local(b"main.py", body, 0, crc, len(body))
    return _closed(one, *[_central(b"main.py", len(body), 0, crc, len(body), 0)] * 2)


def quoted_overlap() -> bytes:
    """The first entry's data quotes the whole second entry, header and all (CVE-2024-0450)."""
    kernel = b"print(1)"
    inner = _local(b"b.py", kernel, 0, zlib.crc32(kernel), len(kernel))
    outer = _local(b"a.py", inner, 0, zlib.crc32(inner), len(inner))
    at = len(outer) - len(inner)
    return _closed(
        outer,
        _central(b"a.py", len(inner), 0, zlib.crc32(inner), len(inner), 0),
        _central(b"b.py", len(kernel), 0, zlib.crc32(kernel), len(kernel), at),
    )


def written(folder: Path, data: bytes, name: str = "package.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
