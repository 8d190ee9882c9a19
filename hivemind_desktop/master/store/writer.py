"""The one thread that writes: takes everything that waits, makes it one transaction, commits, tells the waiting."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Executable

from hivemind_desktop.master.store.opening import writing_engine

Statement = tuple[Executable, Mapping[str, Any]]
MAX_UNITS = 500
"""Units in one transaction: more would make the first wait for the last."""


class Writer:
    """A unit is a list of statements that must be there together or not at all; units are committed in their order."""

    def __init__(
        self, path: Path, on_committed: Callable[[int], None], on_failed: Callable[[BaseException], None]
    ) -> None:
        """`on_committed(number of the last unit)` and `on_failed(error)` are called from the writer's thread.

        After `on_failed` nothing is written any more: what is in memory has left what is on disk behind.
        """
        self._path = path
        self._on_committed = on_committed
        self._on_failed = on_failed
        self._waiting: queue.SimpleQueue[tuple[int, Sequence[Statement]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, number: int, unit: Sequence[Statement]) -> None:
        self._waiting.put((number, unit))

    def close(self) -> None:
        """Write what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._write_all()
        except BaseException as error:
            self._on_failed(error)

    def _write_all(self) -> None:
        engine = writing_engine(self._path)
        try:
            with engine.connect() as connection:
                going = True
                while going:
                    batch, going = self._take()
                    if not batch:
                        continue
                    with connection.begin():
                        for _, unit in batch:
                            for statement, values in unit:
                                connection.execute(statement, values)
                    self._on_committed(batch[-1][0])
        finally:
            engine.dispose()

    def _take(self) -> tuple[list[tuple[int, Sequence[Statement]]], bool]:
        batch: list[tuple[int, Sequence[Statement]]] = []
        one = self._waiting.get()
        while one is not None:
            batch.append(one)
            if len(batch) >= MAX_UNITS:
                return batch, True
            try:
                one = self._waiting.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False
