"""The only room of the worker that knows every other: it builds adapters and agent, and hands front-ends and commands their port.

What costs memory or time (gRPC, Qt, databases) is imported by the function that needs it.
"""

from hivemind_desktop.compose.commands import (
    disk,
    join,
    leave,
    raise_running,
    remote_port,
    status_document,
    worker_runs,
)
from hivemind_desktop.compose.place import Place, demo_place, place, resources
from hivemind_desktop.compose.running import running
from hivemind_desktop.host.embedded import master_program

__all__ = [
    "Place",
    "demo_place",
    "disk",
    "join",
    "leave",
    "master_program",
    "place",
    "raise_running",
    "remote_port",
    "resources",
    "running",
    "status_document",
    "worker_runs",
]
