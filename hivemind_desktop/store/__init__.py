"""What outlives the process: outbox, history, wishes, credentials. Every write is whole or not there."""
