"""Paths and words inside a container, one place for all of them."""

from __future__ import annotations

TASK = "/app/task"
"""The working folder; the image's /app/run_task.sh stays visible beside it."""
OUTPUT = "output"
"""Inside TASK: what comes back."""
INPUTS = "inputs"
SCRATCH = "/app/tmp"
"""TMPDIR where the task's disk is bound from the host."""
SCRATCH_INSIDE = ".hivemind-tmp"
"""TMPDIR inside TASK where the task's disk is one volume."""
LABEL_INSTALLATION = "hivemind.installation"
LABEL_RUN = "hivemind.run"


def container_name(run_id: str) -> str:
    return f"hivemind-{run_id}"
