"""The tables, version 1. Times are Unix milliseconds, 0 = not yet; messages of the contract are kept as their protobuf bytes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

pool = Table(
    "pool",
    metadata,
    Column("pool_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("node_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("hostname", String, nullable=False),
    Column("installation_id", String, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("invite", LargeBinary, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("draining", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("told_labels", JSON, nullable=False),
    Column("features", JSON, nullable=False),
    Column("version", String, nullable=False),
    Column("capacity", LargeBinary, nullable=False),
    Column("trust", String, nullable=False),
    Column("joined_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("own", Boolean, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("sender", String, nullable=False),
    Column("key", String, nullable=False),
    Column("spec", LargeBinary, nullable=False),
    Column("package_bytes", BigInteger, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("submitted_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("winner_epoch", Integer, nullable=False),
    Column("winner_n", Integer, nullable=False),
    UniqueConstraint("sender", "key"),
    Index("tasks_by_state", "state", "priority", "task_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("node_id", String, nullable=False),
    Column("offer_id", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("exit_code", Integer),
    Column("message", String, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("usage", LargeBinary),
    Column("reward", BigInteger, nullable=False),
    Column("granted", LargeBinary, nullable=False),
    Column("image_digest", String, nullable=False),
    Column("claimed_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("result_hash", LargeBinary, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("task_id", String, nullable=False, index=True),
    Column("node_id", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

manifests = Table(
    "manifests",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""(0, 0) is the package, (epoch, n) the stored result of that attempt."""

ledger = Table(
    "ledger",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("node_id", String, nullable=False, index=True),
    Column("sender", String, nullable=False),
    Column("reward", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
"""One row for each paid attempt; the key makes a second one impossible."""

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("node_id", String, nullable=False, index=True),
    Column("task_id", String, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", String, nullable=False),
)
"""What was pushed to a node: offers, withdrawals, cancels, wishes."""
