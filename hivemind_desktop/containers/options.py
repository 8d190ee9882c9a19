"""What this room is told once: names, folders and limits, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes in bytes, times in seconds."""

    seccomp: Path
    """The profile of every task, resources/seccomp.json."""
    image_sources: Path
    """The folder of our Dockerfile, resources/image: a missing base image is built from it."""
    base_image: str = "justin308/hivemind-worker:latest"
    """Runs a task that names no image. The name with `-full` after its tag is taken for packages without a manifest, where it is here."""
    docker_host: str = ""
    """DOCKER_HOST or the path of a socket; empty: the usual places."""
    nofile: int = 1024
    nproc: int = 512
    io_weight: int = 500
    """The seed's numbers for one task."""
    sample_s: float = 2.0
    """Between two samples of use (the reward wants at least one every 5 s)."""
    disk_poll_s: float = 1.0
    """Between two looks at a task's folder where no disk of its own bounds it."""
    log_head_bytes: int = 64 * MIB
    log_tail_bytes: int = 16 * MIB
    log_limit_bytes: int = 10 * 1000**3
    """More output than that ends the run with log_limit."""
    max_result_files: int = 10_000
    pull_patience_s: float = 120.0
    """Without any progress of a pull or build."""
    engine_patience_s: float = 60.0
    """A run whose engine is away that long is lost."""
    outbox_retry_s: float = 5.0
    """Between two tries to put a result on a full disk."""
    fetch_patience_s: float = 600.0
    """A package that cannot be fetched for that long gives the attempt back."""
