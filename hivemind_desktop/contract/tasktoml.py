"""task.toml: from text to a TaskSpec, or one clear line that names the line, the key and what was expected.

It is a stranger's file: its size is bounded before it is read, and it can ask for nothing but what docs/task-package.md lists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

from hivemind_desktop.contract import wishes
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import parse_cpus, parse_duration, parse_size
from hivemind_desktop.contract.task import NetworkKind, NetworkWish, Resources, TaskSpec
from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.contract.tomllines import bare_lines, key_lines, line_of, most_dots

FILE = "task.toml"
MAX_BYTES = 256 * 1024
MAX_DOTS = 16
"""In one line outside quotes."""

EXAMPLES: Mapping[str, str] = {
    "name": 'name = "render"',
    "command": 'command = ["python3", "main.py"]',
    "image": 'image = "python:3.12-slim"',
    "timeout": 'timeout = "10m"',
    "priority": "priority = 0",
    "outputs": 'outputs = ["*.csv"]',
    "after": 'after = ["01JD8X2Z5V9QK3T7M1N4P6R8SW"]',
    "require": 'require = ["big-disk"]',
    "limits": "[limits]",
    "limits.cpus": "cpus = 1.5",
    "limits.memory": 'memory = "512m"',
    "limits.disk": 'disk = "1g"',
    "limits.pids": "pids = 100",
    "limits.gpus": "gpus = 1",
    "environment": "[environment]",
    "network": "[network]",
    "network.allow": 'allow = "none"',
}
"""Every key there is, each with a line that works."""

NEVER = re.compile(
    "privileged|cap_add|caps|capabilities|devices?|mounts?|volumes?|binds?|user|uid|gid|groups?|group_add|sudo|root|runtime"
    "|security_opt|seccomp|apparmor|pid_mode|ipc_mode|userns|network_mode|cgroup_parent|host|hostname|extra_hosts|dns|links"
    "|ports|sysctls|ulimits|tmpfs|shm_size|read_only|restart|entrypoint|workdir|working_dir",
    re.IGNORECASE,
)
"""Names by which other programs ask for what no task gets here."""
MEANT: Mapping[str, str] = {
    "inputs": "after",
    "depends": "after",
    "dependencies": "after",
    "env": "environment",
    "cpu": "limits.cpus",
    "mem": "limits.memory",
    "storage": "limits.disk",
    "gpu": "limits.gpus",
    "cmd": "command",
    "entry": "command",
    "labels": "require",
}

_T = TypeVar("_T")


def parse_task_toml(data: bytes) -> TaskSpec:
    """The spec that a task.toml asks for, its package still empty. Raises Refused `task_toml.*`, `task.*`."""
    if len(data) > MAX_BYTES:
        raise Refused("task_toml.too_large", size=len(data), limit=MAX_BYTES)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Refused("task_toml.not_utf8", line=data.count(b"\n", 0, error.start) + 1) from None
    lines = bare_lines(text)
    if most_dots(lines) > MAX_DOTS:
        raise Refused("task_toml.syntax", detail=f"more than {MAX_DOTS} dots in a line")
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise Refused("task_toml.syntax", detail="nested too deep") from None
    except ValueError as error:  # also a number of more than 4,300 digits
        raise Refused("task_toml.syntax", detail=harmless_line(str(error), 120)) from None
    return _spec(_Table(document, (), key_lines(lines)))


def _spec(top: _Table) -> TaskSpec:
    top.check_keys()
    limits, network, environment = top.table("limits"), top.table("network"), top.table("environment")
    limits.check_keys()
    network.check_keys()
    return TaskSpec(
        name=top.get("name", _text, wishes.check_name, ""),
        command=top.get("command", _command, wishes.check_command, ()),
        image=top.get("image", _text, wishes.check_image, ""),
        asked=Resources(
            cpus=limits.amount("cpus", _cpus, 0.0),
            memory_bytes=limits.amount("memory", _size, 0),
            disk_bytes=limits.amount("disk", _size, 0),
            gpus=limits.amount("gpus", _whole, 0),
            pids=limits.amount("pids", _whole, 0),
        ),
        timeout_s=top.amount("timeout", _duration, 0),
        environment=_environment(environment),
        network=network.get("allow", _network, _keep, NetworkWish()),
        priority=top.amount("priority", _whole, 0),
        after=top.get("after", _texts, wishes.check_after, ()),
        require=top.get("require", _texts, wishes.check_labels, ()),
        outputs=top.get("outputs", _texts, wishes.check_outputs, ()),
        has_manifest=True,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the file, and where it stands."""

    values: Mapping[str, object]
    at: tuple[str, ...]
    lines: Mapping[tuple[str, ...], int]

    def where(self, key: str) -> str:
        """`task.toml:3: limits.memory`."""
        path = (*self.at, key)
        return f"{FILE}:{line_of(self.lines, path)}: {harmless_line('.'.join(path), 80)}"

    def check_keys(self) -> None:
        """Refuse the first key that is not in EXAMPLES, with the nearest that is."""
        prefix = "".join(f"{part}." for part in self.at)
        known = [name for name in EXAMPLES if name.rpartition(".")[0] == prefix.rstrip(".")]
        for key in self.values:
            if prefix + key in known:
                continue
            if NEVER.fullmatch(key):
                raise Refused("task_toml.never", where=self.where(key))
            raise Refused(
                "task_toml.unknown_key",
                where=self.where(key),
                known=_nearest(prefix, key.lower()[:80], known),
            )

    def table(self, key: str) -> _Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, value)
        return _Table(value, (*self.at, key), self.lines)

    def get(
        self, key: str, read: Callable[[object, str], _T | None], check: Callable[[_T, str], _T], default: _T
    ) -> _T:
        """The value of `key` as `read` understands it (None: not at all) and `check` lets it through."""
        if key not in self.values:
            return default
        value = read(self.values[key], self.where(key))
        if value is None:
            raise self._wrong(key, self.values[key])
        return check(value, self.where(key))

    def amount(self, key: str, read: Callable[[object, str], _T | None], default: _T) -> _T:
        """The same for a key of `wishes.RANGES`."""

        def check(value: _T, where: str) -> _T:
            assert isinstance(value, int | float)
            wishes.check_amount(key, value, where)
            return value

        return self.get(key, read, check, default)

    def _wrong(self, key: str, value: object) -> Refused:
        example = EXAMPLES[".".join((*self.at, key))]
        return Refused("task_toml.value", where=self.where(key), value=_shown(value), example=example)


def _nearest(prefix: str, key: str, known: list[str]) -> str:
    """The key that was probably meant, one of this table first; all of this table when none is near."""
    leaves = [name.removeprefix(prefix) for name in known]
    if key in MEANT:
        return MEANT[key]
    if near := get_close_matches(key, leaves, 1):
        return prefix + near[0]
    elsewhere = {name.rpartition(".")[2]: name for name in EXAMPLES}
    near = get_close_matches(key, elsewhere, 1, cutoff=0.8)
    return elsewhere[near[0]] if near else ", ".join(known)


def _environment(table: _Table) -> Mapping[str, str]:
    told: dict[str, str] = {}
    if len(table.values) > wishes.MAX_VARIABLES:
        raise Refused(
            "task.too_many",
            where=f"{FILE}: environment",
            value=str(len(table.values)),
            limit=wishes.MAX_VARIABLES,
        )
    for name, value in table.values.items():
        where = table.where(name)
        if not isinstance(value, str) and _whole(value, where) is None:
            raise Refused("task_toml.value", where=where, value=_shown(value), example='NAME = "text"')
        told[name] = str(value)
        wishes.check_variable(name, told[name], where)
    return MappingProxyType(told)


def _text(value: object, where: str) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object, where: str) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


def _command(value: object, where: str) -> tuple[str, ...] | None:
    """A list is the program and its arguments; a text is a line for the shell."""
    if isinstance(value, str):
        return ("sh", "-c", value) if value.strip() else ("",)
    return _texts(value, where)


def _network(value: object, where: str) -> NetworkWish | None:
    if isinstance(value, str):
        if value in (NetworkKind.NONE, NetworkKind.INTERNET):
            return NetworkWish(NetworkKind(value))
        raise Refused("task.network", where=where, value=harmless_line(value, 80))
    listed = _texts(value, where)
    return (
        None if listed is None else NetworkWish(NetworkKind.NAMED, wishes.check_destinations(listed, where))
    )


def _whole(value: object, where: str) -> int | None:
    """Of 64 bits, as TOML says; Python's parser takes longer ones."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _cpus(value: object, where: str) -> float | None:
    if isinstance(value, str):
        return _parsed(parse_cpus, value)
    whole = _whole(value, where)
    return value if isinstance(value, float) else None if whole is None else float(whole)


def _size(value: object, where: str) -> int | None:
    return _parsed(parse_size, value) if isinstance(value, str) else _whole(value, where)


def _duration(value: object, where: str) -> int | None:
    return _parsed(parse_duration, value) if isinstance(value, str) else _whole(value, where)


def _parsed(parse: Callable[[str], _T], text: str) -> _T | None:
    try:
        return parse(text)
    except Refused:
        return None


def _shown(value: object) -> str:
    try:
        return harmless_line(repr(value), 60)
    except ValueError:  # a number of more than 4,300 digits
        return "a number too long to show"


def _keep(value: _T, where: str) -> _T:
    return value
