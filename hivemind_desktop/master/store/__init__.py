"""The master's database: one writer thread with group commit, readers on read-only connections, nothing on the event loop."""
