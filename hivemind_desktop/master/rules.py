"""Every number the master goes by, once. Durations are seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Clocks are those of the design, section 4; the limits are what one caller may make the master hold."""

    heartbeat_s: float = 10.0
    lease_s: float = 120.0
    offline_s: float = 30.0
    """A node not heard for so long is shown offline and offered nothing."""
    offer_s: float = 30.0
    retry_s: float = 5.0
    """A node that refused or gave back a task is not offered the same one sooner."""
    refused_by_all_s: float = 600.0
    """A task that every connected node has refused fails after so long."""
    tick_s: float = 0.5
    stop_s: float = 1.0
    """What open calls get when the master ends."""

    chunk_bytes: int = 256 * 1024
    max_message_bytes: int = 16 * 1024 * 1024
    """A manifest of the contract's most entries with its longest names has 10 MB."""
    max_blob_bytes: int = 1 << 40
    max_log_bytes: int = 1 << 30
    disk_floor_bytes: int = 256 * 1024 * 1024
    """Nothing more is taken in when the disk has less than this."""
    max_blobs_a_call: int = 20_000
    max_queued: int = 200_000
    """Tasks not ended, of all senders."""
    max_held: int = 1_000
    """Attempts one node may name in a call."""
    max_streams_a_task: int = 200


PROTOCOL_FEATURES = ("attempts", "blobs", "log_offsets", "watch")
"""What this master can do, told at registration."""
