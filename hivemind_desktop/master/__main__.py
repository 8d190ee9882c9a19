"""`hivemind-master`: arguments -> one command. A Ctrl+C at any moment, also while modules load, is one line and exit code 130."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main() -> int:
    """Exit codes: 0 done, 1 the world said no, 2 wrong usage, 3 the task itself failed."""
    if sys.argv[1:2] != ["result"]:
        # whatever this program keeps is this user's alone, in whatever folder; a result is written as any file of the person's
        os.umask(0o077)
    try:
        from hivemind_desktop.master.cli.arguments import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("hivemind-master: interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
