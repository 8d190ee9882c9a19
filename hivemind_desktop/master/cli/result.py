"""`result ID -o DIR`: the files of a stored result below DIR. Names are checked again, each file comes by temp and rename, no link is followed."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import format_size
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json
from hivemind_desktop.master.cli.shown import number
from hivemind_desktop.wire import hivemind_pb2 as pb
from hivemind_desktop.wire.records import manifest_from_wire

_LONGEST_SHOWN = 8192
"""Characters of a printed path: the longest that the system takes, twice."""


def run(arguments: argparse.Namespace) -> int:
    target = Path(arguments.output).expanduser()
    with connect() as master:
        told = master.result(arguments.task_id)
        try:
            manifest = check_manifest(manifest_from_wire(told.result))
        except Refused as refused:
            raise KnownError(refused.code, usage=False, **dict(refused.fields)) from refused
        try:
            write_result(target, manifest, master.blobs(arguments.task_id, list(manifest.blobs())))
        except OSError as error:
            raise KnownError(
                "result.unwritable", path=str(target), error=error.strerror or str(error)
            ) from error
    if arguments.json:
        print_json(
            {
                "task_id": arguments.task_id,
                "attempt": number(told.attempt),
                "reason": told.reason,
                "exit_code": told.exit_code if told.HasField("exit_code") else None,
                "folder": str(target.absolute()),
                "files": [
                    {"path": entry.path, "size": entry.size, "sha256": entry.sha256}
                    for entry in manifest.entries
                    if not entry.folder
                ],
            }
        )
        return DONE
    files = [entry for entry in manifest.entries if not entry.folder]
    for entry in files:
        print(harmless_line(str(target / entry.path), _LONGEST_SHOWN))
    if not files:
        print(f"{arguments.task_id}: the task left no files")
    else:
        print(f"{len(files)} file{'s' if len(files) > 1 else ''}, {format_size(manifest.size)}")
    return DONE


def write_result(target: Path, manifest: Manifest, chunks: Iterable[pb.BlobChunk]) -> None:
    """Write the files of `manifest` (checked) below `target`, made when missing; files of the same names are replaced.

    Raises KnownError `result.in_the_way` before anything is written, `result.broken` when bytes are not those of the manifest; OSError.
    """
    target.mkdir(parents=True, exist_ok=True)
    for entry in manifest.entries:
        _check_way(target, entry)
    with tempfile.TemporaryDirectory(prefix=".hivemind-result-", dir=target) as name:
        arrived = _receive(Path(name), manifest, chunks)
        left: dict[str, int] = {}
        for entry in manifest.entries:
            if not entry.folder:
                left[entry.sha256] = left.get(entry.sha256, 0) + 1
        for entry in manifest.entries:
            place = target / entry.path
            if entry.folder:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            _check_way(target, entry)
            left[entry.sha256] -= 1
            source = arrived[entry.sha256]
            if left[entry.sha256]:
                source = Path(shutil.copyfile(source, Path(name) / "copy"))
            os.chmod(source, (0o777 if entry.executable else 0o666) & ~_umask())
            os.replace(source, place)


def _receive(folder: Path, manifest: Manifest, chunks: Iterable[pb.BlobChunk]) -> dict[str, Path]:
    """Each blob in a file of its own, checked."""
    arrived: dict[str, Path] = {}
    sizes = manifest.blobs()
    current, digest, size = "", hashlib.sha256(), 0

    def finish() -> None:
        if current and (digest.hexdigest() != current or size != sizes[current]):
            raise KnownError("result.broken", blob=current)

    for chunk in chunks:
        sha256 = chunk.sha256.hex()
        if sha256 != current:
            finish()
            if sha256 not in sizes or sha256 in arrived:
                raise KnownError("result.broken", blob=sha256)
            current, digest, size = sha256, hashlib.sha256(), 0
            arrived[sha256] = folder / str(len(arrived))
        digest.update(chunk.data)
        size += len(chunk.data)
        with arrived[sha256].open("ab") as file:
            file.write(chunk.data)
    finish()
    for sha256 in sizes:
        if sha256 not in arrived:
            raise KnownError("result.broken", blob=sha256)
    return arrived


def _check_way(target: Path, entry: FileEntry) -> None:
    """No part of the way below `target` may be a link, and none but folders may stand where folders must."""
    place = target
    parts = entry.path.split("/")
    for depth, part in enumerate(parts, 1):
        place = place / part
        if not os.path.lexists(place):
            return
        must_be_folder = entry.folder or depth < len(parts)
        if place.is_symlink() or place.is_dir() != must_be_folder or not (must_be_folder or place.is_file()):
            raise KnownError("result.in_the_way", path=harmless_line(str(place)))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
