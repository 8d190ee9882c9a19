"""This computer and this program on it: folders, log, lock, clock, machine. Knows no other room."""
