"""What the names in a ZIP mean. Archives made by Windows or by old programs write them in the code page of their maker, without saying so.

Names with the UTF-8 flag (or Info-ZIP's Unicode path of the same name) are UTF-8. The others are read alike: as UTF-8 when all of them
are (macOS, Linux), else as Big5 or GBK, whichever makes more common characters of them (Big5 when even), else as code page 437.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence

UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075


def decode_names(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """The names in order, and the encoding that was guessed (empty when none had to be)."""
    named = [_said(info) for info in infos]
    guessed = guess_encoding([_raw(info) for info, said in zip(infos, named, strict=True) if said is None])
    names = [
        _raw(info).decode(guessed or "ascii") if said is None else said
        for info, said in zip(infos, named, strict=True)
    ]
    return names, guessed


def guess_encoding(names: Iterable[bytes]) -> str:
    """Codec for all of these: empty (plain ASCII), utf-8, cp950 (Big5), gbk or cp437."""
    foreign = [name for name in names if not name.isascii()]
    if not foreign:
        return ""
    if _decodable(foreign, "utf-8"):
        return "utf-8"
    likely = [
        (_share(foreign, common), codec)
        for codec, common in (("cp950", _common_big5), ("gbk", _common_gbk))
        if _decodable(foreign, codec)
    ]
    return max(likely, key=lambda guess: guess[0])[1] if likely else "cp437"


def _raw(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437")


def _said(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    raw, at = _raw(info), 0
    while at + 4 <= len(info.extra):
        kind, length = struct.unpack_from("<HH", info.extra, at)
        field = info.extra[at + 4 : at + 4 + length]
        if kind == _UNICODE_PATH and field[:5] == struct.pack("<BL", 1, zlib.crc32(raw)):
            try:
                return field[5:].decode()
            except UnicodeDecodeError:
                return None
        at += 4 + length
    return None


def _decodable(names: Iterable[bytes], codec: str) -> bool:
    try:
        for name in names:
            name.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _share(names: Iterable[bytes], common: Callable[[int, int], bool]) -> float:
    """Of the two-byte characters of the names, the part that is `common`."""
    hits = total = 0
    for name in names:
        at = 0
        while at < len(name) - 1:
            if name[at] >= 0x80:
                total += 1
                hits += common(name[at], name[at + 1])
                at += 1
            at += 1
    return hits / max(total, 1)


def _common_big5(lead: int, trail: int) -> bool:
    """The 5,401 frequently used characters of Big5."""
    return 0xA4 <= lead <= 0xC6


def _common_gbk(lead: int, trail: int) -> bool:
    """Level 1 of GB 2312, 3,755 characters."""
    return 0xB0 <= lead <= 0xD7 and trail >= 0xA1
