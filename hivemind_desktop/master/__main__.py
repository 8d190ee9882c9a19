"""`hivemind-master`: arguments -> one command."""

from __future__ import annotations

import sys

from hivemind_desktop.master.cli.arguments import run


def main() -> int:
    """Exit codes: 0 done, 1 the world said no, 2 wrong usage, 3 the task itself failed."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
