"""The program's own log: written by a thread of its own, rotated, UTF-8, time with zone, no secrets. Bugs go there loudly."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import cast

from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.redact import redact

MAX_BYTES = 5 * 1024**2
KEPT_FILES = 3
QUEUE_LENGTH = 10_000
"""Lines that wait for a slow disk; more are dropped and counted, the caller never waits."""

LOGGER = logging.getLogger("hivemind_desktop")


class LogLine(logging.Formatter):
    """`2026-11-24T14:02:03.123+08:00 INFO link: text`, redacted; more lines of one record are indented."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        local = time.localtime(record.created)
        zone = time.strftime("%z", local)
        return time.strftime("%Y-%m-%dT%H:%M:%S", local) + f".{int(record.msecs):03}{zone[:3]}:{zone[3:]}"

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        text = redact(text).replace("\r", "\\r").replace("\x1b", "\\x1b").replace("\n", "\n    ")
        return f"{self.formatTime(record)} {record.levelname} {record.name.removeprefix('hivemind_desktop.')}: {text}"


class _Queue(QueueHandler):
    """Hands records over as they are; formatting is the writing thread's work."""

    dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record.msg, record.args = record.getMessage(), None
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        waiting = cast("queue.SimpleQueue[logging.LogRecord]", self.queue)
        if waiting.qsize() >= QUEUE_LENGTH:
            self.dropped += 1
            return
        if self.dropped:
            told = logging.LogRecord(
                LOGGER.name, logging.WARNING, "", 0, "%d lines were dropped here", (self.dropped,), None
            )
            waiting.put(told)
            self.dropped = 0
        waiting.put(record)


class _File(RotatingFileHandler):
    """A full disk or a file that Windows will not rename costs log lines, never the program; it is said once on stderr."""

    _told = False

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(handle, "a", encoding="utf-8", errors="backslashreplace")

    def doRollover(self) -> None:
        with contextlib.suppress(PermissionError):
            super().doRollover()
        if self.stream is None:
            self.stream = self._open()

    def close(self) -> None:
        # what a full disk would not take is lost; that was said when it happened
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._told and sys.stderr:
            self._told = True
            sys.stderr.write(f"{self.baseFilename}: {error.strerror or error}; log lines are lost\n")


class ProgramLog:
    """The running log; `close` writes what waits. Closed at exit by itself."""

    def __init__(self, path: Path, listener: QueueListener, handler: _Queue) -> None:
        self.path = path
        self._listener = listener
        self._handler = handler
        self._open = True
        atexit.register(self.close)

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        atexit.unregister(self.close)
        logging.getLogger().removeHandler(self._handler)
        self._listener.stop()
        for handler in self._listener.handlers:
            handler.close()


def start_log(
    path: Path, level: str = "INFO", *, stderr_level: str | None = None, max_bytes: int = MAX_BYTES
) -> ProgramLog:
    """Log everything of this process into `path`; with `stderr_level` also to stderr from that level on.

    Libraries are logged from WARNING on, ours from `level`. Raises KnownError `log.unwritable` (wrong usage).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _File(path, maxBytes=max_bytes, backupCount=KEPT_FILES)
    except OSError as error:
        raise KnownError(
            "log.unwritable", usage=True, path=str(path), detail=error.strerror or str(error)
        ) from error
    handlers: list[logging.Handler] = [file]
    if stderr_level and sys.stderr:
        stream: logging.Handler = logging.StreamHandler(sys.stderr)
        stream.setLevel(stderr_level)
        handlers.append(stream)
    for handler in handlers:
        handler.setFormatter(LogLine())
    # a queue.Queue would wait for ever for its own lock where a signal handler or a finalizer logs in the middle of a log call
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    entrance = _Queue(waiting)
    listener = QueueListener(waiting, *handlers, respect_handler_level=True)
    listener.start()
    root = logging.getLogger()
    root.addHandler(entrance)
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(level)
    logging.captureWarnings(True)
    return ProgramLog(path, listener, entrance)


def log_bugs(told: Callable[[str, str], None] | None = None) -> None:
    """Every exception that nobody caught, in any thread, is logged with its traceback and printed; `told(where, text)` hears of it.

    Ctrl+C stays what it is.
    """

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _tell_bug("main", kind, error, trace, told)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            error = args.exc_value or args.exc_type()
            _tell_bug(
                args.thread.name if args.thread else "thread", args.exc_type, error, args.exc_traceback, told
            )

    sys.excepthook = in_main
    threading.excepthook = in_thread


def _tell_bug(
    where: str,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    told: Callable[[str, str], None] | None,
) -> None:
    if issubclass(kind, Exception):
        LOGGER.critical("bug in %s", where, exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
    if told and issubclass(kind, Exception):
        told(where, f"{kind.__name__}: {error}")
