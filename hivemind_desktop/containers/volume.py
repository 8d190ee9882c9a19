"""Files in and out of a labelled volume, through the engine, where a folder of this computer cannot be bound: as tar, entry by entry."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from hivemind_desktop.containers import places
from hivemind_desktop.containers.takings import CHUNK, Takings

if TYPE_CHECKING:
    from docker import APIClient


FILLER = "/hivemind-fill"
"""Where the volume is mounted while it is filled. Not at its own root: only then can the root's owner be set by an archive."""


def fill(
    client: APIClient, name: str, image: str, labels: dict[str, str], stage: Path, uid: int, gid: int
) -> None:
    """Put everything below `stage` into the volume `name`, owned by the task's user, through a container that never starts. Bounded memory."""
    body = {
        "Image": image,
        "Entrypoint": ["/never-started"],
        "Labels": labels,
        "NetworkDisabled": True,
        "HostConfig": {
            "NetworkMode": "none",
            "Mounts": [
                {
                    "Type": "volume",
                    "Source": name,
                    "Target": f"{FILLER}/task",
                    "VolumeOptions": {"NoCopy": True},
                }
            ],
        },
    }
    filler = client.create_container_from_config(body, f"{name}-fill")["Id"]  # type: ignore[no-untyped-call]
    try:
        client.put_archive(filler, FILLER, cast(bytes, _tar(stage, uid, gid)))
    finally:
        client.remove_container(filler, force=True)


def read(client: APIClient, container_id: str, takings: Takings) -> None:
    """Read /app/task of a stopped container (never a running one: CVE-2018-15664) into `takings`. Raises KnownError disk.full."""
    takings.folder.mkdir(parents=True, exist_ok=True)
    chunks, _ = client.get_archive(container_id, f"{places.TASK}/.", chunk_size=CHUNK)
    folders: dict[str, bool] = {}
    with tarfile.open(fileobj=cast("IO[bytes]", _Stream(iter(chunks))), mode="r|") as tar:
        for member in tar:
            path = member.name.removeprefix("./").strip("/")
            if path in ("", "."):
                continue
            _mark_parents(path, folders)
            if member.isdir():
                if takings.enters(path):
                    folders.setdefault(path, True)
            elif member.isreg():
                _take(tar, member, path, takings)
            elif takings.wants(path):
                takings.refuse(path, "it is a link" if member.issym() or member.islnk() else "it is no file")
            if takings.over is not None and takings.over.code == "result.too_many":
                return
    for path, empty in folders.items():
        if empty:
            takings.add_folder(path)


def _mark_parents(path: str, folders: dict[str, bool]) -> None:
    parent = path.rpartition("/")[0]
    if parent in folders:
        folders[parent] = False


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, takings: Takings) -> None:
    above = path.split("/")[:-1]
    if not all(takings.enters("/".join(above[:depth])) for depth in range(1, len(above) + 1)):
        return
    if not takings.wants(path) or takings.has(path) or takings.full(path, member.size):
        return
    target = takings.place(path)
    source = tar.extractfile(member)
    if target is None or source is None:
        return
    size, sha256 = takings.copy(source, target, member.size)
    if takings.unchanged(path, size, sha256):
        target.unlink()
        return
    executable = bool(member.mode & 0o111)
    target.chmod(0o700 if executable else 0o600)
    takings.add(path, size, sha256, executable)


class _Stream:
    """The engine's chunks as a file for tarfile's stream mode."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int) -> bytes:
        out = bytearray(self._rest)
        while len(out) < size and (chunk := next(self._chunks, b"")):
            out += chunk
        self._rest = bytes(out[size:])
        return bytes(out[:size])


def _tar(stage: Path, uid: int, gid: int) -> Iterator[bytes]:
    for folder, names, files in os.walk(stage):
        names.sort()
        here = Path(folder)
        yield _head(here, stage, tarfile.DIRTYPE, 0, 0o755, uid, gid)
        for name in sorted(files):
            path = here / name
            told = path.stat()
            yield _head(
                path, stage, tarfile.REGTYPE, told.st_size, 0o755 if told.st_mode & 0o111 else 0o644, uid, gid
            )
            with open(path, "rb") as source:
                while chunk := source.read(CHUNK):
                    yield chunk
            yield b"\0" * (-told.st_size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def _head(path: Path, stage: Path, kind: bytes, size: int, mode: int, uid: int, gid: int) -> bytes:
    info = tarfile.TarInfo(f"task/{path.relative_to(stage).as_posix()}")
    info.type, info.size, info.mode, info.uid, info.gid = kind, size, mode, uid, gid
    info.mtime = int(path.stat().st_mtime)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
