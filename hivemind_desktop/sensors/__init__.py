"""Measures the computer. A sensor that raises is "unknown" and named; it never stops the others."""
