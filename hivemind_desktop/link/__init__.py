"""gRPC to the master: the only room of the worker that knows protobuf and grpc. It fulfils `worker.ports.Link` and `worker.ports.Fetch`."""

from __future__ import annotations

import os

# fork handlers of grpc print a line at every subprocess and can crash a forked child; nobody here forks (facts, qt section 8)
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
