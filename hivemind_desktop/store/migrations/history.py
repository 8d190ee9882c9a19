"""The schema of history.sqlite."""

SCRIPTS = (
    """
    CREATE TABLE attempts (
        seq INTEGER PRIMARY KEY,
        task_id TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        n INTEGER NOT NULL,
        name TEXT NOT NULL,
        sender TEXT NOT NULL,
        state TEXT NOT NULL,
        image TEXT NOT NULL,
        pool_id TEXT NOT NULL,
        reason TEXT,
        exit_code INTEGER,
        message TEXT NOT NULL DEFAULT '',
        fields TEXT NOT NULL DEFAULT '{}',
        claimed REAL NOT NULL,
        started REAL,
        ended REAL,
        delivered REAL,
        reward INTEGER NOT NULL DEFAULT 0,
        log_bytes INTEGER NOT NULL DEFAULT 0,
        result_files INTEGER NOT NULL DEFAULT 0,
        result_bytes INTEGER NOT NULL DEFAULT 0,
        usage TEXT NOT NULL DEFAULT '{}',
        granted TEXT NOT NULL DEFAULT '{}',
        image_digest TEXT NOT NULL DEFAULT '',
        duration_s INTEGER NOT NULL DEFAULT 0,
        result TEXT NOT NULL DEFAULT '{}',
        UNIQUE (task_id, epoch, n)
    );
    CREATE INDEX attempts_by_claim ON attempts (claimed, seq);
    CREATE INDEX attempts_by_end ON attempts (ended, seq);
    CREATE INDEX attempts_by_state ON attempts (state, claimed, seq);
    CREATE INDEX attempts_by_sender ON attempts (sender, claimed, seq);
    CREATE INDEX attempts_by_reward ON attempts (reward, seq);
    CREATE INDEX attempts_by_duration ON attempts (duration_s, seq);
    CREATE INDEX attempts_by_delivery ON attempts (state, delivered, reward);
    CREATE TABLE pruned (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        reward INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    );
    INSERT INTO pruned (one, reward, attempts) VALUES (1, 0, 0);
    """,
)
