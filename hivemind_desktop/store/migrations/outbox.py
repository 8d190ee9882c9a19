"""The schema of outbox.sqlite."""

SCRIPTS = (
    """
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        task_id TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        n INTEGER NOT NULL,
        folder TEXT NOT NULL,
        reason TEXT NOT NULL,
        put_at REAL NOT NULL,
        UNIQUE (task_id, epoch, n)
    );
    """,
)
