"""The spool as text for a terminal: control sequences harmless, what the worker said marked, characters cut across records kept whole."""

from __future__ import annotations

from hivemind_desktop.contract.spool import SpoolReader, Stream
from hivemind_desktop.contract.text import HarmlessStream, harmless


class LogText:
    """Feeds on spool bytes, gives text; `end` gives what was held back."""

    def __init__(self) -> None:
        self._reader = SpoolReader()
        self._streams = {Stream.STDOUT: HarmlessStream(), Stream.STDERR: HarmlessStream()}

    def feed(self, data: bytes) -> str:
        return "".join(self._piece(record.stream, record.text) for record in self._reader.feed(data))

    def end(self) -> str:
        return "".join(stream.end() for stream in self._streams.values())

    def _piece(self, stream: Stream, text: bytes) -> str:
        if stream is Stream.NOTICE:
            return f"[hivemind] {harmless(text.decode('utf-8', 'replace')).rstrip()}\n"
        return self._streams[stream].feed(text)
