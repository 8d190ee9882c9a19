"""A loop is a plain class; this is the thread it lives in, the same under the window and headless. QtCore only.

Who spawns a thread keeps it: dropping the last reference to a running QThread aborts the process.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback

from PySide6.QtCore import QThread

from hivemind_desktop.worker.events import BugFound
from hivemind_desktop.worker.ports import Loop, Post

log = logging.getLogger(__name__)


class LoopThread(QThread):
    """Holds a loop and runs it. `role` names the thread (heartbeat, dispatch, container-0, ...)."""

    def __init__(self, role: str, loop: Loop, post: Post) -> None:
        super().__init__()
        self.setObjectName(role)
        self.role = role
        self._loop = loop
        self._post = post

    def run(self) -> None:
        """Run the loop to its end; an exception that leaves it is logged and posted as BugFound."""
        threading.current_thread().name = self.role
        try:
            self._loop.run()
        except BaseException:
            log.exception("the loop %s crashed", self.role)
            self._post(BugFound(self.role, traceback.format_exc()))

    def stop_and_wait(self, timeout_s: float) -> bool:
        """Ask the loop to stop and wait for its thread; False when it still runs. Not from its own thread."""
        self._loop.stop()
        return self.wait(max(0, round(timeout_s * 1000)))


class Threads:
    """Every thread of the process that holds a loop. `spawn` may be called from any thread."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._held: list[LoopThread] = []
        self._closed = False

    def spawn(self, role: str, loop: Loop) -> LoopThread:
        """Start `loop` in a thread of its own (ports.Spawn); RuntimeError after `stop_all`."""
        thread = LoopThread(role, loop, self._post)
        with self._lock:
            if self._closed:
                raise RuntimeError(f"no thread starts any more: {role}")
            self._held = [held for held in self._held if not _has_ended(held)]
            self._held.append(thread)
            thread.start()
        return thread

    @property
    def running(self) -> tuple[str, ...]:
        """Roles of the threads that have not ended, in the order of their start."""
        with self._lock:
            return tuple(held.role for held in self._held if not held.isFinished())

    def stop_all(self, timeout_s: float) -> tuple[str, ...]:
        """Stop each, the newest first, and wait at most `timeout_s` in all; the roles of those that did not end.

        A process with such a thread must leave by `os._exit`: Qt aborts when it is destroyed.
        """
        with self._lock:
            self._closed = True
            left = list(reversed(self._held))
        deadline = time.monotonic() + timeout_s
        late: list[LoopThread] = []
        for number, thread in enumerate(left):
            share = (deadline - time.monotonic()) / (len(left) - number)
            if not self._stop(thread, share):
                late.append(thread)
        stuck = [thread for thread in late if not thread.wait(_milliseconds(deadline - time.monotonic()))]
        with self._lock:
            self._held = list(reversed(stuck))
        for thread in stuck:
            log.critical("the thread %s did not end within %g s", thread.role, timeout_s)
        return tuple(thread.role for thread in stuck)

    def _stop(self, thread: LoopThread, timeout_s: float) -> bool:
        try:
            return thread.stop_and_wait(timeout_s)
        except Exception:
            log.exception("stopping the loop %s failed", thread.role)
            self._post(BugFound(thread.role, traceback.format_exc()))
            return thread.isFinished()


def _has_ended(thread: LoopThread) -> bool:
    return thread.isFinished() and thread.wait(0)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
