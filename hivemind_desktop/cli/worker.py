"""`hivemind-desktop` itself: the worker under a window, or with `--headless` under none."""

from __future__ import annotations

import argparse

from hivemind_desktop.cli.output import tell
from hivemind_desktop.errors import KnownError
from hivemind_desktop.settings import flags_of
from hivemind_desktop.wording import say


def run(arguments: argparse.Namespace) -> int:
    from hivemind_desktop import compose
    from hivemind_desktop.qt.display import has_display

    headless = arguments.headless
    place = compose.place(flags_of(arguments), arguments.config_file, strict=headless)
    if not headless and compose.raise_running(place):
        tell(say("instance.shown"))
        return 0
    if not headless and not has_display():
        raise KnownError("display.none")
    with compose.running(place, stderr_level="DEBUG" if place.log_level == "DEBUG" else None) as worker:
        return worker.front_end(not headless).main()
