"""Fetches a package: each content once, in chunks, into a temporary file that gets its name only when size and hash are right."""

from __future__ import annotations

import errno
import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.manifest import check_manifest
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import FileEntry, Manifest
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link.channel import Listening
from hivemind_desktop.link.line import Connected, Line
from hivemind_desktop.link.trouble import CallFailed
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.worker.ports import Clock

PATIENCE_S = 60.0
"""Without a byte for so long the fetch gives up with link.down: the lease runs on, another node may do better."""
LOOK_S = 0.2
"""How often a fetch that waits looks whether it is stopped."""
READ_BYTES = 1 << 20
BATCH = 1000
"""Blobs asked for in one call."""
DOUBTS = 2
"""Times one blob may arrive with the wrong content before the package counts as broken."""


@dataclass(slots=True)
class _Blob:
    """One content on its way to the files that have it. `have`: bytes of it that lie in `part`; `hash` is theirs."""

    sha256: str
    size: int
    part: Path
    entries: list[FileEntry] = field(default_factory=list)
    have: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    wrong: int = 0


class Fetcher:
    """`worker.ports.Fetch`. Any number of threads at once; each call has its own folder."""

    def __init__(self, line: Line, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._line = line
        self._clock = clock
        self._patience_s = patience_s

    def __call__(
        self, attempt: AttemptKey, package: Manifest, folder: Path, is_stopped: Callable[[], bool]
    ) -> None:
        """Raises KnownError `link.down`, `link.fetch_refused` (stale), `package.broken`, `disk.full`."""
        try:
            check_manifest(package)
        except Refused as refused:
            raise KnownError("package.broken", detail=str(refused)) from refused
        with _told_full(folder):
            _Fetch(self._line, self._clock, self._patience_s, attempt, package, folder, is_stopped).run()


class _Fetch:
    """One package."""

    def __init__(
        self,
        line: Line,
        clock: Clock,
        patience_s: float,
        attempt: AttemptKey,
        package: Manifest,
        folder: Path,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._line = line
        self._clock = clock
        self._patience_s = patience_s
        self._attempt = attempt
        self._package = package
        self._folder = folder
        self._is_stopped = is_stopped
        self._parts = folder / _unused_name(package)
        self._moved_at = clock().at

    def run(self) -> None:
        blobs = self._prepare()
        try:
            error: KnownError = self._line.down("no connection")
            while blobs and not self._is_stopped():
                connected = self._line.wait(LOOK_S)
                try:
                    if connected is not None:
                        self._receive(connected, blobs)
                except CallFailed as trouble:
                    error = trouble
                    if not trouble.temporary:
                        raise _refused(trouble) from trouble
                    self._line.wait_for_change(connected, LOOK_S)
                if blobs and self._clock().at - self._moved_at >= self._patience_s:
                    raise self._line.down(str(error)) from error
        except BaseException as ended:
            if not (isinstance(ended, KnownError) and ended.code == "link.down"):
                self._clear()  # else the next call goes on with what is there
            raise
        self._clear()

    def _prepare(self) -> dict[bytes, _Blob]:
        """Make the folders and empty files; what is to be fetched, by hash."""
        blobs: dict[bytes, _Blob] = {}
        self._folder.mkdir(parents=True, exist_ok=True)
        self._parts.mkdir(exist_ok=True)
        for entry in self._package.entries:
            path = self._folder / entry.path
            if entry.folder:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if entry.size == 0:
                path.touch()
                _mark(path, entry)
                continue
            key = bytes.fromhex(entry.sha256)
            blob = blobs.setdefault(key, _Blob(entry.sha256, entry.size, self._parts / entry.sha256))
            blob.entries.append(entry)
        return {key: blob for key, blob in blobs.items() if not self._is_there(blob)}

    def _is_there(self, blob: _Blob) -> bool:
        """Take up what an earlier call left: whole files stay, a part goes on."""
        path = self._folder / blob.entries[0].path
        if path.is_file() and path.stat().st_size == blob.size:
            path.replace(blob.part)
        if not blob.part.is_file():
            return False
        with blob.part.open("rb") as part:
            while data := part.read(READ_BYTES):
                blob.hash.update(data)
                blob.have += len(data)
        if blob.have < blob.size:
            return False
        blob.wrong = -1  # what lay here may be of another package: no doubt of the master's
        return self._place(blob)

    def _receive(self, connected: Connected, blobs: dict[bytes, _Blob]) -> None:
        """One stream: take chunks until every asked blob is whole; whole ones leave `blobs`. Raises CallFailed, KnownError."""
        asked = dict(list(blobs.items())[:BATCH])
        request = wire.BlobsWanted(
            task_id=self._attempt.task_id,
            blobs=[wire.BlobWanted(sha256=key, offset=blob.have) for key, blob in asked.items()],
        )
        master = connected.master
        call = master.listen(master.transfer.GetBlobs, request)
        with _cancelled_when(call, self._is_stopped, self._is_stalled), master.trouble():
            for chunk in call:
                blob = asked.get(chunk.sha256)
                if blob is None or chunk.offset != blob.have or blob.have + len(chunk.data) > blob.size:
                    call.cancel()
                    raise _broken(blob, "bytes that nobody asked for")
                self._write(blob, chunk.data)
                self._moved_at = self._clock().at
                if blob.have == blob.size and self._place(blob):
                    del blobs[chunk.sha256], asked[chunk.sha256]
        if asked and not self._is_stopped() and all(blob.have < blob.size for blob in asked.values()):
            raise CallFailed(
                "link.busy",
                temporary=True,
                address=master.address,
                detail="the master sent less than was asked for",
            )

    def _write(self, blob: _Blob, data: bytes) -> None:
        with blob.part.open("ab") as part:
            part.write(data)
        blob.hash.update(data)
        blob.have += len(data)

    def _place(self, blob: _Blob) -> bool:
        """Give the whole blob its names; False when its content is wrong and it has to be fetched again."""
        if blob.hash.hexdigest() != blob.sha256:
            blob.wrong += 1
            if blob.wrong >= DOUBTS:
                raise _broken(blob, "wrong content")
            blob.part.unlink()
            blob.have, blob.hash = 0, hashlib.sha256()
            return False
        first, *others = blob.entries
        path = self._folder / first.path
        for entry in others:
            shutil.copyfile(blob.part, self._folder / entry.path)
            _mark(self._folder / entry.path, entry)
        blob.part.replace(path)
        _mark(path, first)
        return True

    def _clear(self) -> None:
        shutil.rmtree(self._parts, ignore_errors=True)

    def _is_stalled(self) -> bool:
        return self._clock().at - self._moved_at >= self._patience_s


@contextmanager
def _cancelled_when(call: Listening[object], *reasons: Callable[[], bool]) -> Iterator[None]:
    """While the block reads from `call`, a thread of its own looks every LOOK_S whether it shall end, since reading cannot be interrupted."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            if any(reason() for reason in reasons):
                call.cancel()
                return

    looking = threading.Thread(target=look, name="fetch-look")
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def _refused(trouble: CallFailed) -> KnownError:
    """What the master's no means: its copy is gone for good, or it does not want this attempt to have it."""
    if trouble.code in ("blob.missing", "blob.unknown"):
        return KnownError("package.broken", detail="the master has lost a file of it")
    return KnownError("link.fetch_refused", detail=trouble.code)


def _broken(blob: _Blob | None, detail: str) -> KnownError:
    return KnownError("package.broken", detail=f"{blob.entries[0].path}: {detail}" if blob else detail)


@contextmanager
def _told_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownError("disk.full", path=str(folder)) from error
        raise


def _mark(path: Path, entry: FileEntry) -> None:
    path.chmod(0o755 if entry.executable else 0o644)


def _unused_name(package: Manifest) -> str:
    """A name in the package's folder that no entry has."""
    taken = {entry.path.split("/")[0].lower() for entry in package.entries}
    name = ".fetching"
    while name in taken:
        name += "_"
    return name
