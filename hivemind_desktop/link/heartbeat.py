"""The heartbeat loop: renews the leases, hears what went stale, finds a link that is half open, and reports the newest reading."""

from __future__ import annotations

import logging

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.errors import KnownError
from hivemind_desktop.link import told
from hivemind_desktop.link.facts import Seen
from hivemind_desktop.link.line import Connected, Line
from hivemind_desktop.link.loops import Bell
from hivemind_desktop.wire import hivemind_pb2 as wire
from hivemind_desktop.wire import records
from hivemind_desktop.worker.events import CancelArrived
from hivemind_desktop.worker.ports import Clock, Post
from hivemind_desktop.worker.snapshot import Phase

_log = logging.getLogger(__name__)

DEADLINE_S = 5.0
"""The setting's default (design, section 4)."""
MISSED = 2
"""Heartbeats without an answer, one after another, that make the link broken."""
REPORT_S = 30.0
"""RESOURCE_REPORT_INTERVAL's default (seed)."""


class Heartbeat:
    """Times are of a clock that counts sleep. `report_s`: seconds between two reports of a reading; `deadline_s`: for an answer."""

    def __init__(
        self,
        seen: Seen,
        line: Line,
        post: Post,
        clock: Clock,
        report_s: float = REPORT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._seen = seen
        self._line = line
        self._post = post
        self._clock = clock
        self._report_s = report_s
        self._deadline_s = deadline_s
        self._bell = Bell()
        self._number = 0
        self._beat_at = 0.0
        self._report_at = 0.0
        self._missed = 0
        self._stale: set[AttemptKey] = set()
        self._now = False
        self._told_phase = ""

    def stop(self) -> None:
        self._bell.stop()

    def nudge(self) -> None:
        """Beat at once: after sleep, when the network changed, or the phase."""
        self._now = True
        self._bell.ring()

    def see(self) -> None:
        """There is a new snapshot: wakes the loop for a phase that the master does not know, and for the first reading of a connection."""
        if self._number and self._seen.phase != self._told_phase:
            self.nudge()
        elif self._report_at == 0.0 and self._number and self._seen.reading is not None:
            self._bell.ring()

    def run(self) -> None:
        self._line.listen(self._bell.ring)
        try:
            while not self._bell.is_stopped():
                connected = self._line.connected
                if connected is None:
                    self._bell.wait()
                else:
                    self._bell.wait(self._work(connected))
        finally:
            self._line.forget(self._bell.ring)

    def _work(self, connected: Connected) -> float:
        """Do what is due; seconds until something is."""
        now = self._clock().at
        if connected.number != self._number:
            self._number, self._missed, self._report_at = connected.number, 0, 0.0
            self._told_phase = ""
            self._beat_at = (
                now + connected.heartbeat_s
            )  # the registration was the first beat, but for the phase
            self._now = self._seen.phase not in (Phase.CONNECTING, Phase.OFFLINE)
        if self._now or now >= self._beat_at:
            self._now = False
            self._beat_at = now + connected.heartbeat_s
            self._beat(connected)
        elif now >= self._report_at and self._seen.reading is not None:
            self._report_at = now + self._report_s
            self._report(connected)
        due = self._beat_at if self._seen.reading is None else min(self._beat_at, self._report_at)
        return max(0.0, due - self._clock().at)

    def _beat(self, connected: Connected) -> None:
        master = connected.master
        self._told_phase = self._seen.phase
        request = wire.HeartbeatRequest(
            node_id=connected.node_id, phase=self._seen.phase, held=map(told.holding, self._seen.holdings())
        )
        try:
            answer = master.ask(master.nodes.Heartbeat, request, self._deadline_s)
            verdicts = {told.attempt(verdict.attempt): verdict.stale for verdict in answer.verdicts}
        except KnownError as trouble:
            self._miss(connected, trouble)
            return
        except told.Unreadable as trouble:
            error = KnownError("link.not_a_master", address=master.address, detail=str(trouble))
            self._line.broken(connected.number, error)
            return
        self._missed = 0
        for attempt, stale in verdicts.items():
            if stale and attempt not in self._stale:
                self._stale.add(attempt)
                self._seen.ended(attempt)
                self._post(CancelArrived(attempt, stale=True))
        self._stale.intersection_update(verdicts)

    def _miss(self, connected: Connected, error: KnownError) -> None:
        self._missed += 1
        _log.warning("heartbeat %d without an answer: %s", self._missed, error)
        if self._missed >= MISSED:
            self._line.broken(connected.number, error)
        else:
            self._beat_at = self._clock().at + min(connected.heartbeat_s, self._deadline_s)

    def _report(self, connected: Connected) -> None:
        reading = self._seen.reading
        if reading is None:
            return
        master = connected.master
        request = wire.NodeStatusRequest(
            node_id=connected.node_id,
            reading=records.reading_to_wire(reading),
            running=len(self._seen.holdings()),
            phase=self._seen.phase,
            why=self._seen.why,
        )
        try:
            master.ask(master.nodes.ReportNodeStatus, request, self._deadline_s)
        except KnownError as trouble:
            _log.warning("the master did not take a report: %s", trouble)
