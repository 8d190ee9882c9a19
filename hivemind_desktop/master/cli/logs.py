"""`logs ID`: what a task wrote. To a terminal control sequences come out harmless, to a file or pipe the bytes are the task's own.

Either way only a line of the worker begins with the mark (contract/notices.py)."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from hivemind_desktop.contract.attempt import parse_number
from hivemind_desktop.contract.notices import Marked, TerminalText
from hivemind_desktop.contract.spool import BrokenSpool, LogRecord, SpoolReader, Stream
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, print_json
from hivemind_desktop.master.cli.shown import number


def run(arguments: argparse.Namespace) -> int:
    epoch, n = _wanted(arguments.attempt)
    reader = SpoolReader()
    printer = None if arguments.json else (_Terminal() if sys.stdout.isatty() else _Pipe())
    records: list[LogRecord] = []
    attempt = ""
    with connect() as master:
        for chunk in master.log(arguments.task_id, epoch, n, follow=arguments.follow):
            attempt = number(chunk.attempt)
            try:
                found = reader.feed(chunk.data)
            except BrokenSpool as broken:
                raise KnownError("log.broken", task=arguments.task_id, attempt=attempt) from broken
            if printer is None:
                records += found
            else:
                printer.show(found)
    if printer is None:
        print_json(
            {
                "task_id": arguments.task_id,
                "attempt": attempt,
                "records": [_document(record) for record in records],
            }
        )
    else:
        printer.end()
    return DONE


def _wanted(told: str | None) -> tuple[int, int]:
    if told is None:
        return 0, 0
    try:
        epoch, n = parse_number(told)
    except ValueError:
        raise KnownError("attempt.number", usage=True, value=harmless_line(told, 40)) from None
    return epoch or 0, n


class _Terminal:
    def __init__(self) -> None:
        self._text = TerminalText()

    def show(self, records: list[LogRecord]) -> None:
        sys.stdout.write("".join(map(self._text.take, records)))
        sys.stdout.flush()

    def end(self) -> None:
        sys.stdout.write(self._text.end())
        sys.stdout.flush()


class _Pipe:
    """Bytes as they are: each stands for one character."""

    def __init__(self) -> None:
        self._marked = Marked()

    def show(self, records: list[LogRecord]) -> None:
        for record in records:
            text = record.text.decode("latin-1")
            is_notice = record.stream is Stream.NOTICE
            self._write(self._marked.notice(text) if is_notice else self._marked.task(text))
        sys.stdout.buffer.flush()

    def end(self) -> None:
        self._write(self._marked.end())
        sys.stdout.buffer.flush()

    def _write(self, text: str) -> None:
        sys.stdout.buffer.write(text.encode("latin-1"))


def _document(record: LogRecord) -> dict[str, Any]:
    return {
        "stream": record.stream.name.lower(),
        "at": datetime.fromtimestamp(record.time_ns / 1e9, UTC).isoformat(),
        "text": record.text.decode("utf-8", "replace"),
    }
