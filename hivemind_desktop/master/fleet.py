"""The nodes of the pool: what they say of themselves, their streams, and what an admin makes of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.master.board import Board
from hivemind_desktop.master.clock import Clock
from hivemind_desktop.master.model import DrainWished, Node, PushStream
from hivemind_desktop.master.rules import Rules
from hivemind_desktop.master.store.journal import Journal

log = logging.getLogger(__name__)


class Fleet:
    """Each method is one step, like those of the board."""

    def __init__(self, board: Board, journal: Journal, clock: Clock, rules: Rules) -> None:
        self._board = board
        self._placing = board.placing
        self._journal = journal
        self._clock = clock
        self._rules = rules

    def add_node(self, node: Node) -> None:
        self._placing.nodes[node.node_id] = node
        self._journal.node_added(node)
        log.info("node %s: enrolled", node.node_id)

    def heard(self, node: Node) -> None:
        """The node said something: it is there. Stored at most once a minute."""
        now = self._clock.now()
        was_away = now - node.seen_at > self._rules.offline_s
        node.seen_at, node.seen_ms = now, self._clock.wall_ms()
        if now - node.kept_at > 60 or not node.kept_at:
            node.kept_at = now
            self._journal.node_changed(node)
        if was_away:
            self._placing.offer_node(node)

    def register(self, node: Node, named: Iterable[AttemptKey]) -> None:
        """A node begins a connection and says all it has: what it had before and does not name is lost."""
        here = set(named)
        for attempt in list(node.attempts.values()):
            if attempt.key in here:
                continue
            attempt.lost = True
            if attempt.heard:
                self._board.lose(attempt)
        node.not_before.clear()
        node.kept_at = self._clock.now()
        self._journal.node_changed(node)
        self._placing.offer_node(node)

    def open_stream(self, node: Node, free_slots: int) -> PushStream:
        """A Watch call began; an older one of the node ends."""
        self.close_stream(node, node.stream)
        node.stream = PushStream()
        log.info("node %s: connected", node.node_id)
        node.free_slots = free_slots
        if node.draining:
            node.stream.queue.put_nowait(DrainWished(True))
        self.heard(node)
        self._placing.offer_node(node)
        return node.stream

    def close_stream(self, node: Node, stream: PushStream | None) -> None:
        """A Watch call ended: its open offers go to others at once."""
        if stream is None or node.stream is not stream:
            return
        node.stream = None
        log.info("node %s: disconnected", node.node_id)
        stream.queue.put_nowait(None)
        self._placing.take_back(node)

    def set_free_slots(self, node: Node, free_slots: int) -> None:
        grew = free_slots > node.free_slots
        node.free_slots = free_slots
        if grew:
            node.not_before.clear()
        self._placing.offer_node(node)

    def change_node(self, node: Node) -> None:
        """The node's record was changed by an admin or by itself."""
        self._journal.node_changed(node)
        if node.blocked or node.draining or node.removed:
            self._placing.take_back(node)
        self._placing.offer_node(node)

    def wish_drain(self, node: Node, drain: bool) -> None:
        node.draining = drain
        self._placing.push(node, DrainWished(drain), "", "wish", "drain" if drain else "lifted")
        self.change_node(node)

    def remove_node(self, node: Node) -> None:
        """Its credential is gone and what it held is given back."""
        node.removed = True
        log.info("node %s: removed", node.node_id)
        self._journal.node_changed(node)
        self.close_stream(node, node.stream)
        for attempt in list(node.attempts.values()):
            self._board.lose(attempt)
