"""The command line: every command that is built, its flags, and which file runs it. Nothing but argparse is loaded to parse."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, cast

# C code of gRPC writes lines of its own to stderr, and its fork handlers at every child process
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

from hivemind_desktop import __version__
from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.commandline import Parser
from hivemind_desktop.host.output import make_output_safe
from hivemind_desktop.master.cli.said import PROGRAM, SAID_NO, tell_error

NODE_CHANGES = ("rename", "block", "unblock", "remove", "drain", "undrain", "label", "unlabel")
_WITH_VALUE = {"rename": "NAME", "label": "LABEL", "unlabel": "LABEL"}

Subparsers = Any


def run(argv: list[str]) -> int:
    """Parse, run the command's file, and turn what went wrong into one line and an exit code."""
    make_output_safe()
    arguments = _parser().parse_args(argv)
    try:
        module = importlib.import_module(f"hivemind_desktop.master.cli.{arguments.file}")
        command = cast("Callable[[argparse.Namespace], int]", module.run)
        return command(arguments)
    except KnownError as error:
        return tell_error(error)
    except BrokenPipeError:
        # the reader of our output has gone: nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SAID_NO


def _parser() -> Parser:
    top = Parser(prog=PROGRAM, description="Hands out tasks to workers and keeps their results.")
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    _add_pool(commands)
    _add_submit(commands)
    _add_tasks(commands)
    _add_nodes(commands)
    return top


def _command(
    commands: Subparsers, name: str, file: str, told: str, *, json: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    parser.set_defaults(file=file)
    if json:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser


def _add_pool(commands: Subparsers) -> None:
    serve = _command(commands, "serve", "serve", "run the master", json=False)
    serve.add_argument(
        "--listen", metavar="HOST:PORT", default="", help="default 127.0.0.1:50051; this computer only"
    )
    serve.add_argument(
        "--data", metavar="DIR", help="tasks, results and logs (default: master/ in the state folder)"
    )
    serve.add_argument(
        "--config",
        metavar="FILE",
        dest="config_file",
        help="settings (default: config.toml in the state folder)",
    )
    serve.add_argument(
        "--embedded", action="store_true", help="say {address, join_link} on stdout, end when stdin closes"
    )
    invite = _command(
        commands, "invite", "invite", "make a join link for workers; it is the last line on stdout"
    )
    invite.add_argument(
        "--ttl", metavar="TIME", default="1h", help="how long it can be used, like 30m, 1h, 7d"
    )
    invite.add_argument("--uses", metavar="N", type=_whole(1), default=1, help="how many workers may use it")
    token = commands.add_parser("token", help="tokens of people who submit tasks")
    actions = token.add_subparsers(
        dest="action", required=True, metavar="add|list|revoke", parser_class=Parser
    )
    for action, told in (
        ("add", "a new token; its submit link is the last line on stdout"),
        ("list", "every token's name"),
        ("revoke", "end a token"),
    ):
        parser = _command(actions, action, "token", told)
        if action != "list":
            parser.add_argument("name", metavar="NAME")


def _add_submit(commands: Subparsers) -> None:
    submit = _command(commands, "submit", "submit", "submit a task: a folder, a ZIP, or one .py file")
    submit.add_argument("path", metavar="PATH")
    submit.add_argument("--name", metavar="NAME", help="shown instead of the package's own name")
    submit.add_argument("--image", metavar="IMAGE")
    submit.add_argument("--cpus", metavar="N", help="cores, like 0.5")
    submit.add_argument("--memory", metavar="SIZE", help="like 512m")
    submit.add_argument("--gpus", metavar="N", type=_whole(0))
    submit.add_argument("--timeout", metavar="S", help="seconds, or like 30m")
    submit.add_argument("--priority", metavar="N", type=int, help="higher is earlier")
    submit.add_argument(
        "--after", metavar="TASK", action="append", default=[], help="wait for this task, get its output"
    )
    submit.add_argument(
        "--require", metavar="LABEL", action="append", default=[], help="only at nodes with this label"
    )
    submit.add_argument("--node", metavar="ID", help="only at this node")
    submit.add_argument("--network", metavar="WHAT", help="none, internet, or HOST:PORT,...")
    submit.add_argument(
        "--env",
        metavar="K=V",
        action="append",
        default=[],
        help="a variable of the task; every user of this computer can read it in the list of processes",
    )
    submit.add_argument(
        "--env-file",
        metavar="FILE",
        dest="env_file",
        help="variables, one K=V a line; - reads them from standard input. --env wins",
    )
    submit.add_argument("--wait", action="store_true", help="until it has ended; exit code 3 when it failed")


def _add_tasks(commands: Subparsers) -> None:
    tasks = _command(commands, "tasks", "tasks", "every task, newest first")
    tasks.add_argument("--limit", metavar="N", type=_whole(1), default=0)
    task = _command(commands, "task", "task", "all about one task")
    task.add_argument("task_id", metavar="ID")
    logs = _command(commands, "logs", "logs", "the log of a task's winning or newest attempt")
    logs.add_argument("task_id", metavar="ID")
    logs.add_argument("-f", "--follow", action="store_true", help="until the attempt has ended")
    logs.add_argument("--attempt", metavar="N", help="EPOCH.N, or N of the newest epoch")
    cancel = _command(commands, "cancel", "cancel", "end a task")
    cancel.add_argument("task_id", metavar="ID")
    result = _command(commands, "result", "result", "write a task's result into a folder")
    result.add_argument("task_id", metavar="ID")
    result.add_argument("-o", "--output", metavar="DIR", required=True)


def _add_nodes(commands: Subparsers) -> None:
    _command(commands, "nodes", "nodes", "every worker of the pool")
    node = commands.add_parser("node", help="change one worker's record")
    actions = node.add_subparsers(
        dest="action", required=True, metavar="|".join(NODE_CHANGES), parser_class=Parser
    )
    for change in NODE_CHANGES:
        parser = _command(actions, change, "node", f"{change} a node")
        parser.add_argument("node_id", metavar="ID", help="id, its beginning, or name")
        if change in _WITH_VALUE:
            parser.add_argument("value", metavar=_WITH_VALUE[change])


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least}, got {text!r}")
        return int(text)

    return parse
