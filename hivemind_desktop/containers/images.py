"""Images: one that is here is used before any pull, ours is built where it is missing, any other is pulled; one at a time per name."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hivemind_desktop.containers import faults
from hivemind_desktop.containers.configured import PLAIN, Configured, read
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.options import Options
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

_log = logging.getLogger(__name__)

FULL = "-full"
REMEMBERED_S = 60.0
"""How long an image that was seen is not asked for again; a create that fails for it asks at once."""
BUILD_FOLDER = "resources/image"
"""Where the Dockerfile and its files lie in the build context."""


@dataclass(frozen=True, slots=True)
class Image:
    name: str
    id: str
    digest: str
    """The registry's where it came from one, else the image's own id."""
    configured: Configured = PLAIN


class Stopped(Exception):
    """The run was stopped while it waited for an image."""


class Images:
    def __init__(self, engine: Engine, options: Options, awake: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._options = options
        self._awake = awake
        self._lock = threading.Lock()
        self._pullers: dict[str, threading.Lock] = {}
        self._seen: dict[str, tuple[float, Image | None]] = {}

    def name_for(self, asked: str, has_manifest: bool) -> str:
        """The image a package runs in: the one asked for; else ours, and its -full form for packages without a manifest once it is here."""
        if asked:
            return asked
        base = self._options.base_image
        if not has_manifest and self.here(base + FULL) is not None:
            return base + FULL
        return base

    def here(self, name: str) -> Image | None:
        """The image as this engine has it now; remembered for REMEMBERED_S."""
        now = self._awake()
        with self._lock:
            at, image = self._seen.get(name, (0.0, None))
            if name in self._seen and now - at < REMEMBERED_S:
                return image
        image = self._inspect(name)
        with self._lock:
            self._seen[name] = (now, image)
        return image

    def forget(self, name: str) -> None:
        with self._lock:
            self._seen.pop(name, None)

    def ensure(self, name: str, is_stopped: Callable[[], bool], say: Callable[[str], None]) -> Image:
        """Get the image here. `say` hears what takes long, in plain words.

        Raises KnownError image.unknown, image.pull_failed, image.build_failed, image.stuck, engine.*; Stopped when is_stopped() is true.
        """
        image = self.here(name)
        if image is not None:
            return image
        with self._lock:
            puller = self._pullers.setdefault(name, threading.Lock())
        while not puller.acquire(timeout=0.2):
            if is_stopped():
                raise Stopped
        try:
            self.forget(name)
            image = self.here(name)
            if image is None:
                self._get(name, is_stopped, say)
                self.forget(name)
                image = self.here(name)
            if image is None:
                raise KnownError("image.unknown", image=name)
            return image
        finally:
            puller.release()

    def _inspect(self, name: str) -> Image | None:
        try:
            told = self._engine.client().inspect_image(name)  # type: ignore[no-untyped-call]
        except Exception as error:
            if faults.is_missing(error):
                return None
            raise
        digests = told.get("RepoDigests") or ()
        digest = str(digests[0]).partition("@")[2] if digests else str(told["Id"])
        return Image(name, str(told["Id"]), digest, read(told.get("Config") or {}))

    def _get(self, name: str, is_stopped: Callable[[], bool], say: Callable[[str], None]) -> None:
        ours = {self._options.base_image: "", self._options.base_image + FULL: "full"}
        if name in ours and (self._options.image_sources / "Dockerfile").is_file():
            say(f"building the image {name}")
            self._build(name, ours[name], is_stopped)
            return
        say(f"fetching the image {name}")
        self._pull(name, is_stopped)

    def _build(self, name: str, extras: str, is_stopped: Callable[[], bool]) -> None:
        client = self._engine.new_client(self._engine.facts(), self._options.pull_patience_s)
        try:
            lines = client.build(
                fileobj=self._context(),
                custom_context=True,
                dockerfile=f"{BUILD_FOLDER}/Dockerfile",
                tag=name,
                rm=True,
                forcerm=True,
                decode=True,
                buildargs={"EXTRAS": extras},
            )
            self._follow(lines, is_stopped, "image.build_failed", name)
        finally:
            client.close()

    def _pull(self, name: str, is_stopped: Callable[[], bool]) -> None:
        client = self._engine.new_client(self._engine.facts(), self._options.pull_patience_s)
        try:
            reference, tag = split_name(name)
            lines = client.pull(reference, tag=tag, stream=True, decode=True)
            self._follow(lines, is_stopped, "image.pull_failed", name)
        except Exception as error:
            if isinstance(error, KnownError | Stopped):
                raise
            if faults.is_missing(error):
                raise KnownError("image.unknown", image=name) from error
            fault = faults.known(error)
            if fault is not None and fault.code == "engine.refused":
                raise _failed("image.pull_failed", name, faults.text_of(error)) from error
            raise
        finally:
            client.close()

    def _follow(self, lines: Iterator[Any], is_stopped: Callable[[], bool], code: str, name: str) -> None:
        """Read the engine's progress lines; the client's own time-out is the patience between two of them."""
        from requests.exceptions import ConnectionError as Broken

        try:
            for line in lines:
                if is_stopped():
                    raise Stopped
                if isinstance(line, dict) and line.get("error"):
                    raise _failed(code, name, str(line["error"]))
        except Broken as error:
            if "timed out" in str(error).lower():
                raise KnownError(
                    "image.stuck", image=name, seconds=int(self._options.pull_patience_s)
                ) from error
            raise

    def _context(self) -> io.BytesIO:
        """The build context: our folder of sources alone, at its place in the repository."""
        import tarfile  # 0.3 MB that an idle worker does without

        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for path in sorted(self._options.image_sources.iterdir()):
                if path.is_file():
                    tar.add(path, f"{BUILD_FOLDER}/{path.name}")
        out.seek(0)
        return out


def _failed(code: str, image: str, detail: str) -> KnownError:
    """What the engine said may be another server's answer: it is for this computer's owner, never for the sender."""
    _log.error("%s %s: %s", code, image, harmless_line(detail, 500))
    return KnownError(code, image=image)


def split_name(name: str) -> tuple[str, str]:
    """`host:5000/name:tag` -> (`host:5000/name`, `tag`); without a tag, `latest`; with a digest, the digest in its place."""
    base, at, digest = name.partition("@")
    if at:
        return base, digest
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        return head, tag
    return name, "latest"
