"""The port over a local socket: JSON lines, one version, the same user (and root) only. docs/control.md has the protocol."""
