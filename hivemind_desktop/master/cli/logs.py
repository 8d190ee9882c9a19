"""`logs ID`: what a task wrote. To a terminal control sequences come out harmless, to a file or pipe the bytes are the task's own."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from hivemind_desktop.contract.attempt import parse_number
from hivemind_desktop.contract.spool import BrokenSpool, LogRecord, SpoolReader, Stream
from hivemind_desktop.contract.text import HarmlessStream, harmless_line
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
        self._streams = {stream: HarmlessStream() for stream in Stream}

    def show(self, records: list[LogRecord]) -> None:
        for record in records:
            mark = "[hivemind] " if record.stream is Stream.NOTICE else ""
            sys.stdout.write(mark + self._streams[record.stream].feed(_line(record)))
        sys.stdout.flush()

    def end(self) -> None:
        for stream in self._streams.values():
            sys.stdout.write(stream.end())
        sys.stdout.flush()


class _Pipe:
    def show(self, records: list[LogRecord]) -> None:
        for record in records:
            mark = b"[hivemind] " if record.stream is Stream.NOTICE else b""
            sys.stdout.buffer.write(mark + _line(record))
        sys.stdout.buffer.flush()

    def end(self) -> None:
        sys.stdout.buffer.flush()


def _line(record: LogRecord) -> bytes:
    """What the worker said is a line of its own; a task's bytes are as it wrote them."""
    if record.stream is Stream.NOTICE and not record.text.endswith(b"\n"):
        return record.text + b"\n"
    return record.text


def _document(record: LogRecord) -> dict[str, Any]:
    return {
        "stream": record.stream.name.lower(),
        "at": datetime.fromtimestamp(record.time_ns / 1e9, UTC).isoformat(),
        "text": record.text.decode("utf-8", "replace"),
    }
