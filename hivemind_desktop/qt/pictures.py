"""Pictures among the files of a result: found, read and decoded off the GUI thread, within bounds, and kept small."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QObject,
    QRunnable,
    QSize,
    Qt,
    QThreadPool,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage, QImageReader

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.worker.queries import MAX_FILE, Answer, AskFile, AskFiles, FileBytes, FileList

log = logging.getLogger(__name__)

ENDINGS = (".png", ".jpg", ".jpeg")
FORMATS = (b"png", b"jpeg")
MAX_SIDE = 20_000
MAX_PIXELS = 50_000_000
KEPT_SIDE = 1200
"""Logical pixels: larger pictures are kept scaled down."""
KEPT = 12


class NotShown(Exception):
    """The bytes are no picture that is shown here."""


def first_picture(files: FileList) -> str | None:
    """The path of the picture that stands for the result: the first by name that is here and not too large."""
    here = set(files.here)
    paths = sorted(
        entry.path
        for entry in files.entries
        if entry.path in here and entry.path.lower().endswith(ENDINGS) and 0 < entry.size <= MAX_FILE
    )
    return paths[0] if paths else None


def decode(data: bytes) -> QImage:
    """Raises NotShown. Whose bytes these are is not known: format, sides and memory are bounded before a pixel is read."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    if bytes(reader.format().data()) not in FORMATS:
        raise NotShown("neither PNG nor JPEG")
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > MAX_SIDE or _pixels(size) > MAX_PIXELS:
        raise NotShown("too large")
    if max(size.width(), size.height()) > KEPT_SIDE:
        reader.setScaledSize(size.scaled(KEPT_SIDE, KEPT_SIDE, Qt.AspectRatioMode.KeepAspectRatio))
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        raise NotShown(reader.errorString())
    return image


def _pixels(size: QSize) -> int:
    return size.width() * size.height()


class _Decoding(QRunnable):
    def __init__(self, data: bytes, done: Callable[[QImage | None], None]) -> None:
        super().__init__()
        self._data, self._done = data, done

    def run(self) -> None:
        try:
            image: QImage | None = decode(self._data)
        except NotShown as why:
            log.info("a picture of a result is not shown: %s", why)
            image = None
        self._done(image)


class Pictures(QObject):
    """`ready(attempt, image or None)`; ask again and it is answered at once from what is kept."""

    ready = Signal(object, object)
    _decoded = Signal(object, object)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kept: OrderedDict[AttemptKey, QImage | None] = OrderedDict()
        self._asked: set[AttemptKey] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def want(self, attempt: AttemptKey) -> None:
        if attempt in self._kept:
            self.ready.emit(attempt, self._kept[attempt])
        elif attempt not in self._asked:
            self._asked.add(attempt)
            self._bridge.ask(AskFiles(attempt), lambda answer, error: self._choose(attempt, answer, error))

    def close(self) -> None:
        """Wait for what is being decoded: bounded, a fraction of a second."""
        self._pool.clear()
        self._pool.waitForDone()

    def _choose(self, attempt: AttemptKey, answer: Answer | None, error: Exception | None) -> None:
        path = first_picture(answer) if isinstance(answer, FileList) else None
        if path is None:
            self._none(attempt, error)
            return
        self._bridge.ask(AskFile(attempt, path), lambda answer, error: self._decode(attempt, answer, error))

    def _decode(self, attempt: AttemptKey, answer: Answer | None, error: Exception | None) -> None:
        if not isinstance(answer, FileBytes):
            self._none(attempt, error)
            return
        self._pool.start(_Decoding(answer.data, lambda image: self._decoded.emit(attempt, image)))

    def _none(self, attempt: AttemptKey, error: Exception | None) -> None:
        self._keep(attempt, None)
        if error is not None and not isinstance(error, KnownError):
            raise error

    @Slot(object, object)
    def _keep(self, attempt: AttemptKey, image: QImage | None) -> None:
        self._asked.discard(attempt)
        self._kept[attempt] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(attempt, image)
