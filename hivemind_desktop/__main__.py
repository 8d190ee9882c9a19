"""Arguments -> one front-end or one command. Exit codes: 0 done, 1 the world said no, 2 wrong usage, 3 the task itself failed.

What is more than the standard library's smallest is imported inside: a Ctrl+C while modules load is one line too.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hivemind_desktop.host.commandline import Parser

# gRPC's fork handlers log at every child process (facts, section 8 of the Qt file); nothing here forks without exec
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

PROGRAM = "hivemind-desktop"
INTERRUPTED = 130


def parser() -> Parser:
    """Every command that is built."""
    from hivemind_desktop import __version__
    from hivemind_desktop.cli import config, control, demo, history, join, worker
    from hivemind_desktop.host.commandline import Parser
    from hivemind_desktop.settings import add_flags

    top = Parser(
        prog=PROGRAM, description="Turns this computer into a worker of a distributed compute platform."
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    top.add_argument("--headless", action="store_true", help="the worker without a window")
    add_flags(top)
    top.set_defaults(run=worker.run)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    demo.add_parser(commands)
    join.add_parsers(commands)
    control.add_parsers(commands)
    history.add_parsers(commands)
    config.add_parser(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    if argv is None:
        # the program itself, not a test that calls it: what it writes is this user's alone
        os.umask(0o077)
    try:
        return _run(argv)
    except BrokenPipeError:
        # the reader of our output has gone: nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        # a further one would only print a traceback of Python's own end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write(f"{PROGRAM}: interrupted\n")
        return INTERRUPTED


def _run(argv: list[str] | None) -> int:
    from hivemind_desktop.cli.output import tell_error
    from hivemind_desktop.errors import KnownError
    from hivemind_desktop.host.output import make_output_safe

    make_output_safe()
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KnownError as error:
        return tell_error(PROGRAM, error)


if __name__ == "__main__":
    sys.exit(main())
