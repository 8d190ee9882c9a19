"""HiveMind Desktop: turns a PC into a worker of a distributed compute platform."""

__version__ = "0.1.0"
