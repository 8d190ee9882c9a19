"""`submit PATH`: a package becomes a task; with --wait the command ends when the task has."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from dataclasses import replace
from pathlib import Path

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import format_size, parse_cpus, parse_duration, parse_size
from hivemind_desktop.contract.task import TaskSpec
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.contract.wishes import (
    check_after,
    check_amount,
    check_environment,
    check_image,
    check_labels,
    check_name,
    check_variable,
    parse_network,
)
from hivemind_desktop.errors import KnownError
from hivemind_desktop.master.cli.here import connect
from hivemind_desktop.master.cli.said import DONE, TASK_FAILED, print_json, tell, word
from hivemind_desktop.master.cli.shown import number, shown_attempt, task_document
from hivemind_desktop.master.client import MasterClient
from hivemind_desktop.master.packages import open_package
from hivemind_desktop.wire import hivemind_pb2 as pb

SHOWN_FROM = 32 * 1024**2
"""Bytes from which on sending is shown on a terminal."""

MAX_ENV_FILE = 1024**2
"""Bytes of a file of variables; more than all that a task may have."""


def run(arguments: argparse.Namespace) -> int:
    with connect() as master, open_package(Path(arguments.path)) as package:
        try:
            spec = with_flags(package.spec, arguments)
        except Refused as refused:
            raise KnownError(refused.code, usage=True, **dict(refused.fields)) from refused
        task_id = master.submit(spec, package, _Sending(spec.package.size))
        if not arguments.wait:
            if arguments.json:
                print_json(task_document(master.task(task_id)))
            else:
                print(task_id)
            return DONE
        if not arguments.json:
            print(task_id, flush=True)
        try:
            task = _wait(master, task_id)
        except KeyboardInterrupt:
            tell(f"{task_id}: it goes on; see it with: hivemind-master task {task_id}")
            raise
    if arguments.json:
        print_json(task_document(task))
    return DONE if task.state == "succeeded" else TASK_FAILED


def with_flags(spec: TaskSpec, arguments: argparse.Namespace) -> TaskSpec:
    """What was typed wins over task.toml. Raises Refused naming the flag."""
    asked = spec.asked
    if arguments.cpus is not None:
        asked = replace(asked, cpus=parse_cpus(arguments.cpus))
    if arguments.memory is not None:
        asked = replace(asked, memory_bytes=parse_size(arguments.memory))
        check_amount("memory", asked.memory_bytes, "--memory")
    if arguments.gpus is not None:
        asked = replace(asked, gpus=arguments.gpus)
        check_amount("gpus", asked.gpus, "--gpus")
    spec = replace(spec, asked=asked)
    if arguments.name is not None:
        spec = replace(spec, name=check_name(arguments.name, "--name"))
    if arguments.image is not None:
        spec = replace(spec, image=check_image(arguments.image, "--image"))
    if arguments.timeout is not None:
        spec = replace(spec, timeout_s=parse_duration(arguments.timeout))
        check_amount("timeout", spec.timeout_s, "--timeout")
    if arguments.priority is not None:
        check_amount("priority", arguments.priority, "--priority")
        spec = replace(spec, priority=arguments.priority)
    if arguments.network is not None:
        spec = replace(spec, network=parse_network(arguments.network, "--network"))
    if arguments.node is not None:
        spec = replace(spec, node=arguments.node)
    if arguments.after:
        spec = replace(spec, after=check_after([*spec.after, *arguments.after], "--after"))
    if arguments.require:
        spec = replace(spec, require=check_labels([*spec.require, *arguments.require], "--require"))
    if arguments.env or arguments.env_file:
        filed = variables_of(arguments.env_file) if arguments.env_file else {}
        told = {**spec.environment, **filed, **_environment(arguments.env, "--env")}
        spec = replace(spec, environment=check_environment(told, "--env"))
    return spec


def variables_of(path: str) -> dict[str, str]:
    """K=V lines of a file, or of standard input (`-`): what a task must know and a list of processes must not.

    Empty lines and those that begin with # are none; a value is taken as it stands, quotes too. A line without = is told by its
    number, never by its text. Raises Refused, and KnownError `submit.env_file`.
    """
    try:
        if path == "-":
            # a program may be started without a standard input
            data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_ENV_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_ENV_FILE + 1)
        if len(data) > MAX_ENV_FILE:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        lines = data.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise KnownError(
            "submit.env_file", usage=True, path=harmless_line(path), error=harmless_line(told)
        ) from None
    variables: dict[str, str] = {}
    for place, line in enumerate((line.removesuffix("\r") for line in lines), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        where = f"--env-file, line {place}"
        if not equals:
            raise Refused("task.variable", where=where, value="…")
        check_variable(name, value, where)
        variables[name] = value
    return variables


def _environment(told: list[str], where: str) -> dict[str, str]:
    variables = {}
    for one in told:
        name, equals, value = one.partition("=")
        if not equals:
            raise Refused("task.variable", where=where, value=harmless_line(one, 60))
        variables[name] = value
    check_environment(variables, where)
    return variables


def _wait(master: MasterClient, task_id: str) -> pb.TaskInfo:
    """Say on stderr what happens to the task, each thing once; the task as it ended."""
    said: set[str] = set()
    task = pb.TaskInfo()

    def say_once(line: str) -> None:
        if line not in said:
            said.add(line)
            tell(f"{task_id}: {line}")

    say_once("queued")
    for task in master.watch(task_id):
        for refusal in task.refusals:
            why = word(refusal.reason, dict(refusal.fields))
            say_once(f"refused by {harmless_line(refusal.node_name)}: {why}")
        for attempt in task.attempts:
            where = f"attempt {number(attempt.attempt)} on {harmless_line(attempt.node_name)}"
            if attempt.state in ("claimed", "running", "uploading"):
                say_once(f"{where}: {attempt.stage or attempt.state}")
            elif attempt.state in ("released", "expired"):
                say_once(f"{where}: {attempt.state} ({attempt.reason})")
        if task.state == "queued" and task.attempts:
            say_once(f"queued, attempt {len(task.attempts) + 1}")
    say_once(_ending(task))
    return task


def _ending(task: pb.TaskInfo) -> str:
    shown = shown_attempt(task)
    line = task.state
    if task.state == "failed":
        line += f" ({task.reason})"
        if shown is not None and shown.HasField("exit_code"):
            line += f", exit code {shown.exit_code}"
    if shown is not None and shown.message:
        line += f": {word(shown.message, dict(shown.fields))}"
    elif shown is not None and (why := _limit(task, shown)):
        line += f": {why}"
    return line


def _limit(task: pb.TaskInfo, shown: pb.AttemptInfo) -> str:
    """Which limit ended it, and what raises that; empty when none did."""
    match shown.reason:
        case "out_of_memory":
            return word("ended.out_of_memory", {"limit": shown.granted.memory_bytes})
        case "disk_limit":
            return word("ended.disk_limit", {"limit": shown.granted.disk_bytes})
        case "timeout" if task.spec.timeout_s:
            return word("ended.timeout", {"limit": task.spec.timeout_s})
        case "timeout":
            return word("ended.timeout_unasked", {})
    return ""


class _Sending:
    """Shows on a terminal how much of a large package is sent."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._shown = total >= SHOWN_FROM and sys.stderr.isatty()
        self._step = 0

    def __call__(self, sent: int) -> None:
        step = sent * 100 // max(self._total, 1)
        if self._shown and step != self._step:
            self._step = step
            end = "\n" if sent >= self._total else "\r"
            sys.stderr.write(f"sending {format_size(sent)} of {format_size(self._total)}{end}")
            sys.stderr.flush()
