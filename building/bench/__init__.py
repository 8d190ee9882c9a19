"""The measurements of build.py bench: the program against its floor, both in the same run. Figures are judged here and asserted in no test."""

PARTS = ("noop", "throughput", "idle")
"""What can be chosen by name; all of them when none is."""
