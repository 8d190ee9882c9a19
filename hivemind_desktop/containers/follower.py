"""The loop log-N: makes the container, listens to its output before it starts, and waits for its end. A quiet end of the stream is not an end."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hivemind_desktop.containers.frames import Frames, Lines, split_time
from hivemind_desktop.containers.log import RunLog
from hivemind_desktop.containers.messages import Broke, Created, Exited, Message, TooMuchLog
from hivemind_desktop.containers.progress import ProgressLines
from hivemind_desktop.contract.spool import Stream

if TYPE_CHECKING:
    from docker import APIClient

TELL_S = 0.25
"""At most 4 times a second the agent hears that a log grew or a task progressed."""
READ = 256 * 1024
WAIT_S = 20
"""A wait is asked again after that long, so that `stop` is heard."""
WHOLE_LOG = 9_000_000
"""Bytes of output below which the engine's own log (10 MB a file) is still whole and can be read from its start."""


@dataclass(slots=True)
class Output:
    """What came of a run's output so far, over all its followers. `tell` gets (spool length, new progress or None)."""

    log: RunLog
    tell: Callable[[int, tuple[float, str] | None], None]
    limit: int
    awake: Callable[[], float] = time.monotonic
    stdout: int = 0
    stderr: int = 0
    over: bool = False
    """The task printed more than `limit` bytes."""
    last: float = 0.0
    """Unix seconds of the last output."""


class Follower:
    """`create` makes a container and gives (id, warnings); without it `container_id` is one that runs already, found again."""

    def __init__(
        self,
        client: APIClient,
        output: Output,
        put: Callable[[Message], None],
        at_end: Callable[[], None],
        create: Callable[[], tuple[str, tuple[str, ...]]] | None = None,
        container_id: str = "",
    ) -> None:
        self._client = client
        self._output = output
        self._put = put
        self._at_end = at_end
        self._create = create
        self._id = container_id
        self._stopped = False
        self._socket: Any = None
        self._progress = ProgressLines()
        self._told_at = 0.0
        self._told_length = -1
        self._waiting = False

    def run(self) -> None:
        try:
            if self._create is None:
                self._read_log()
            else:
                self._id, warnings = self._create()
                holder = self._client.attach_socket(self._id, params={"stdout": 1, "stderr": 1, "stream": 1})
                self._socket = getattr(holder, "_sock", holder)
                self._put(Created(self._id, warnings))
                try:
                    self._listen()
                finally:
                    _close(holder)
            if self._stopped:
                return
            self._at_end()
            self._wait()
        except Exception as error:
            if not self._stopped:
                self._put(Broke(error))

    @property
    def container_id(self) -> str:
        """Empty until it is made."""
        return self._id

    def stop(self) -> None:
        self._stopped = True
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError, AttributeError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        frames, lines = Frames(), Lines()
        held_since = 0.0
        while True:
            self._socket.settimeout(TELL_S if self._waiting or lines.holds else None)
            try:
                data = self._socket.recv(READ)
            except TimeoutError:
                self._take_all(lines.flush())
                self._tell()
                continue
            except OSError as error:
                raise ConnectionError(str(error)) from error  # the engine's socket, not this computer's disk
            if not data:
                break
            self._output.last = time.time()
            was_empty = not lines.holds
            whole = list(lines.feed((stream, piece) for stream, piece, _ in frames.feed(data)))
            self._take_all(whole)
            if whole or was_empty:
                held_since = self._output.awake()
            elif self._output.awake() - held_since >= TELL_S:
                self._take_all(lines.flush())
            self._grew()
        self._take_all(lines.flush())
        self._tell()

    def _take_all(self, pieces: Iterable[tuple[Stream, bytes]]) -> None:
        for stream, text in pieces:
            self._take(stream, text)

    def _read_log(self) -> None:
        """Read on from the engine's log: by count where it is whole, else by the time of the last output."""
        out = self._output
        whole = out.stdout + out.stderr < WHOLE_LOG
        skip = {Stream.STDOUT: out.stdout, Stream.STDERR: out.stderr} if whole else {}
        if not whole:
            out.log.notice("the engine was away here: lines may be missing or there twice")
        response = self._client.get(
            f"{self._client.base_url}/v{self._client.api_version}/containers/{self._id}/logs",
            params={
                "stdout": 1,
                "stderr": 1,
                "follow": 1,
                "timestamps": 1,
                "since": 0 if whole else out.last,
            },
            stream=True,
            timeout=(10, None),
        )
        response.raise_for_status()
        with response:
            frames, frame, of = Frames(), bytearray(), Stream.STDOUT
            while data := response.raw.read1(READ):
                if self._stopped:
                    return
                for stream, piece, begins in frames.feed(data):
                    if begins and frame:
                        self._take_frame(of, bytes(frame), skip)
                        frame.clear()
                    of = stream
                    frame += piece
                self._grew()
            if frame:
                self._take_frame(of, bytes(frame), skip)
        self._tell()

    def _take_frame(self, stream: Stream, frame: bytes, skip: dict[Stream, int]) -> None:
        at, text = split_time(frame)
        left = skip.get(stream, 0)
        skip[stream] = max(0, left - len(text))
        self._take(stream, text[left:], at)

    def _take(self, stream: Stream, text: bytes, time_ns: int | None = None) -> None:
        out = self._output
        if not text:
            return
        if stream is Stream.STDOUT:
            out.stdout += len(text)
            self._progress.feed(text)
        else:
            out.stderr += len(text)
        out.log.write(stream, text, time_ns)
        if not out.over and out.log.received > out.limit:
            out.over = True
            self._put(TooMuchLog())

    def _grew(self) -> None:
        self._waiting = True
        if self._output.awake() - self._told_at >= TELL_S:
            self._tell()

    def _tell(self) -> None:
        self._waiting = False
        self._told_at = self._output.awake()
        length, progress = self._output.log.length, self._progress.take()
        if length != self._told_length or progress:
            self._told_length = length
            self._output.tell(length, progress)

    def _wait(self) -> None:
        from requests.exceptions import ConnectionError as Broken
        from requests.exceptions import ReadTimeout

        while not self._stopped:
            try:
                told = self._client.wait(self._id, timeout=WAIT_S)
            except (ReadTimeout, Broken) as error:
                if isinstance(error, Broken) and "timed out" not in str(error).lower():
                    raise
                continue
            self._put(Exited(int(told["StatusCode"])))
            return


def _close(holder: Any) -> None:
    """The answer that docker-py keeps with the stream, which closes the stream, and the socket under it."""
    answer, connection = getattr(holder, "_response", None), getattr(holder, "_sock", holder)
    (answer if answer is not None else holder).close()
    connection.close()
