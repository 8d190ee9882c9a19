"""The log of one run on disk: a spool of records (contract/spool.py), its first and last part kept whatever the task prints, memory bounded."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from hivemind_desktop.contract.spool import MAX_TEXT, LogRecord, Stream, encode

PAGE = 64 * 1024
"""Bytes after which a page of the tail is closed: the tail is dropped page by page."""


class RunLog:
    """Written by the follower's and the run's thread. The first `head` bytes of the spool go to disk at once; later ones wait in a ring of
    `tail` bytes and are written at `close`, after a notice of what was cut. Both are bytes of the spool, not of text: a task that writes
    letter by letter makes 14 of each, and the master takes no spool that is too long."""

    def __init__(
        self,
        path: Path,
        head: int,
        tail: int,
        now_ns: Callable[[], int] = time.time_ns,
        wait: Callable[[float], bool] = lambda seconds: False,
        retry_s: float = 5.0,
    ) -> None:
        """`wait(seconds)` is slept with while the disk is full; true means give up. Raises OSError when `path` cannot be made."""
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.RLock()
        self._head = head
        self._tail = tail
        self._now_ns = now_ns
        self._wait = wait
        self._retry_s = retry_s
        self._pages: deque[bytes] = deque()
        self._page = bytearray()
        self._ring = 0
        self._page_text = 0
        self._texts: deque[int] = deque()
        self._length = os.fstat(self._file).st_size
        self.received = 0
        """Bytes of text that the task wrote."""
        self.cut = 0
        """Bytes of text that are in neither part."""

    @property
    def length(self) -> int:
        """Bytes of the spool on disk."""
        return self._length

    def notice(self, text: str) -> None:
        """A line of the worker's own; newest at the end also when the task's output is cut."""
        record = encode(
            LogRecord(
                Stream.NOTICE,
                self._now_ns(),
                text.encode("utf-8", "backslashreplace")[: MAX_TEXT - 1] + b"\n",
            )
        )
        with self._lock:
            if self._in_tail:
                self._to_ring(record, 0)
            else:
                self._append(record)

    def write(self, stream: Stream, text: bytes, time_ns: int | None = None) -> None:
        """Text of the task, of any length. Blocks while the disk is full."""
        at = self._now_ns() if time_ns is None else time_ns
        with self._lock:
            for start in range(0, len(text), MAX_TEXT):
                piece = text[start : start + MAX_TEXT]
                record = encode(LogRecord(stream, at, piece))
                if self._in_tail:
                    self._to_ring(record, len(piece))
                else:
                    self._append(record)
                self.received += len(piece)

    def close(self) -> int:
        """Write the tail and close the file; returns the spool's length. Does nothing the second time."""
        with self._lock:
            if self._file is None:
                return self._length
            if self.cut:
                self._append(self._notice_of_cut())
            for page in (*self._pages, bytes(self._page)):
                self._append(page)
            self._pages.clear()
            self._page.clear()
            os.close(self._file)
            self._file = None
            return self._length

    @property
    def _in_tail(self) -> bool:
        return self._length >= self._head

    def _notice_of_cut(self) -> bytes:
        text = f"{self.cut} bytes of output were cut here: a log keeps its beginning and its end\n"
        return encode(LogRecord(Stream.NOTICE, self._now_ns(), text.encode()))

    def _to_ring(self, record: bytes, text: int) -> None:
        self._page += record
        self._page_text += text
        self._ring += len(record)
        if len(self._page) >= PAGE:
            self._pages.append(bytes(self._page))
            self._texts.append(self._page_text)
            self._page.clear()
            self._page_text = 0
        while self._ring > self._tail and self._pages:
            self._ring -= len(self._pages.popleft())
            self.cut += self._texts.popleft()

    def _append(self, data: bytes) -> None:
        view, began = memoryview(data), self._length
        while view:
            if self._file is None:
                return
            try:
                written = os.write(self._file, view)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                if self._wait(self._retry_s):
                    os.ftruncate(self._file, began)
                    self._length = began
                    return
                continue
            self._length += written
            view = view[written:]
