"""The worker as a pure state machine: events in, commands out. Standard library and `contract` only; no clock, no thread, no disk."""
