"""stdout and stderr that take any text, whatever LANG or the code page is."""

from __future__ import annotations

import io
import os
import sys


def make_output_safe() -> None:
    """UTF-8 where nobody reads along (pipe, file) or the terminal speaks only ASCII; a terminal keeps its own encoding.

    What an encoding lacks is written as an escape. Programs without a console (Windows) get streams that go nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            keep = stream.isatty() and (stream.encoding or "ascii").lower() not in (
                "ascii",
                "us-ascii",
                "ansi_x3.4-1968",
            )
            stream.reconfigure(encoding=stream.encoding if keep else "utf-8", errors="backslashreplace")
