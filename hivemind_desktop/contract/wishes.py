"""What a sender may ask for, value by value: the same gate for task.toml, the command line, and a spec that came over the wire.

Every check returns the value it was given or raises Refused with `where` (`task.toml:3: image`, `--image`, `image`) and what was wrong.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from hivemind_desktop.contract.names import check_path
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import MAX_BYTES, MAX_CPUS, MAX_SECONDS, MIN_CPUS
from hivemind_desktop.contract.task import NetworkKind, NetworkWish, Resources, TaskSpec
from hivemind_desktop.contract.text import harmless_line

MAX_NAME = 200
"""Characters of a task's name."""
MAX_ARGUMENTS = 256
MAX_COMMAND_BYTES = 64 * 1024
MAX_VARIABLES = 256
MAX_VALUE_BYTES = 32 * 1024
"""Of one variable; the kernel takes 128 KiB (MAX_ARG_STRLEN)."""
MAX_LISTED = 64
"""Destinations, labels, patterns, tasks to wait for."""
MAX_WILDCARDS = 32
"""Characters * and ? of one pattern: what a match costs grows with them."""
PRIORITIES = (-1000, 1000)

Range = tuple[float, float]
RANGES: Mapping[str, Range] = {
    "cpus": (MIN_CPUS, MAX_CPUS),
    "memory": (6 * 1024**2, MAX_BYTES),  # the engine's own least
    "disk": (1024**2, MAX_BYTES),
    "pids": (1, 32_768),
    "gpus": (0, 64),
    "timeout": (1, MAX_SECONDS),
    "priority": PRIORITIES,
}
"""Least and most of each amount; the owner's limits come on top."""

OURS = frozenset({"TASK_ID", "HOME", "TMPDIR", "PYTHONUNBUFFERED", "PYTHONPATH"})
"""Variables that the worker sets (design, section 3), with everything that begins with HIVEMIND_."""
_LOADER = re.compile(r"LD_.*|GLIBC_TUNABLES|GCONV_PATH|NVIDIA_.*", re.IGNORECASE)
"""The loader obeys them before any program does, also in the engine's own hooks (CVE-2025-23266); NVIDIA_* hands out GPUs."""

_IMAGE = re.compile(
    r"(?:(?=[^/]*[.:]|localhost/)(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?|\[[0-9a-fA-F:]{2,39}\])(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
"""github.com/distribution/reference, `reference.go`, with sha256 as the only digest; a registry has a dot, a port, or is localhost."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_DESTINATION = re.compile(
    r"(?:(?P<host>[A-Za-z0-9.-]{1,253})|\[(?P<v6>[0-9a-fA-F:.]{2,45})\]):(?P<port>[0-9]{1,5})"
)
_HOST = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?"
)
_TASK_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
"""A ULID: 26 characters of Crockford's alphabet."""
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/=-]{0,62}[A-Za-z0-9])?", re.ASCII)
_KERNEL_FOLDERS = ("/proc", "/sys", "/dev")


def check_name(name: str, where: str = "name") -> str:
    """Any text of one line, up to MAX_NAME characters."""
    if len(name) > MAX_NAME or harmless_line(name, MAX_NAME) != name:
        raise _refused("name", where, name, limit=MAX_NAME)
    return name


def check_image(image: str, where: str = "image") -> str:
    """REGISTRY[:PORT]/NAME[:TAG][@sha256:DIGEST], up to 255 characters without the digest."""
    if len(image.partition("@")[0]) > 255 or not _IMAGE.fullmatch(image):
        raise _refused("image", where, image)
    return image


def check_command(command: Sequence[str], where: str = "command") -> tuple[str, ...]:
    """Program and arguments; not from the kernel's folders (CVE-2024-21626 began with a path under /proc)."""
    if not command or not command[0].strip():
        raise _refused("command_empty", where, "")
    told = " ".join(command)
    if len(command) > MAX_ARGUMENTS or _bytes(told, where) > MAX_COMMAND_BYTES:
        raise _refused("command_long", where, told, arguments=MAX_ARGUMENTS, limit=MAX_COMMAND_BYTES)
    if "\0" in told:
        raise _refused("text", where, told)
    program = posixpath.normpath(posixpath.join("/app/task", command[0])).replace("//", "/")
    if any(program == folder or program.startswith(f"{folder}/") for folder in _KERNEL_FOLDERS):
        raise _refused("command_place", where, command[0])
    return tuple(command)


def check_environment(environment: Mapping[str, str], where: str = "environment") -> Mapping[str, str]:
    """Names that a shell can hold, none that is the worker's own or the loader's."""
    if len(environment) > MAX_VARIABLES:
        raise _refused("too_many", where, str(len(environment)), limit=MAX_VARIABLES)
    for name, value in environment.items():
        check_variable(name, value, where)
    return environment


def steers(name: str) -> bool:
    """Whether a variable steers the loader or hands out GPUs: no task may set it, whoever asks (the one table of such names)."""
    return _LOADER.fullmatch(name) is not None


def check_variable(name: str, value: str, where: str = "environment") -> None:
    """One variable of `check_environment`."""
    if not _VARIABLE.fullmatch(name):
        raise _refused("variable", where, name)
    if name in OURS or name.startswith("HIVEMIND_"):
        raise _refused("variable_ours", where, name)
    if steers(name):
        raise _refused("variable_loader", where, name)
    if "\0" in value:
        raise _refused("text", where, value)
    if _bytes(value, where) > MAX_VALUE_BYTES:
        raise _refused("variable_long", where, name, limit=MAX_VALUE_BYTES)


def check_destinations(destinations: Sequence[str], where: str = "network") -> tuple[str, ...]:
    """HOST:PORT each, IPv6 in brackets; at least one."""
    _check_count(destinations, where)
    if not destinations:
        raise _refused("network", where, "")
    for destination in destinations:
        match = _DESTINATION.fullmatch(destination)
        if (
            not match
            or not 1 <= int(match["port"]) <= 65535
            or not (match["v6"] or _HOST.fullmatch(match["host"]))
        ):
            raise _refused("destination", where, destination)
    return tuple(destinations)


def parse_network(text: str, where: str = "network") -> NetworkWish:
    """`none`, `internet`, or HOST:PORT,HOST:PORT."""
    if text in (NetworkKind.NONE, NetworkKind.INTERNET):
        return NetworkWish(NetworkKind(text))
    if ":" not in text:
        raise _refused("network", where, text)
    return NetworkWish(
        NetworkKind.NAMED, check_destinations([part.strip() for part in text.split(",")], where)
    )


def check_after(task_ids: Sequence[str], where: str = "after") -> tuple[str, ...]:
    """Ids of tasks whose outputs become inputs."""
    _check_count(task_ids, where)
    for task_id in task_ids:
        if not _TASK_ID.fullmatch(task_id):
            raise _refused("task_id", where, task_id)
    return tuple(dict.fromkeys(task_ids))


def check_labels(labels: Sequence[str], where: str = "require") -> tuple[str, ...]:
    """Letters, digits and ._:/=- inside, up to 64 characters."""
    _check_count(labels, where)
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise _refused("label", where, label)
    return tuple(dict.fromkeys(labels))


def check_outputs(patterns: Sequence[str], where: str = "outputs") -> tuple[str, ...]:
    """Names relative to /app/task with * and ? as wildcards, ** for any folders; at most MAX_WILDCARDS of these characters each."""
    _check_count(patterns, where)
    for pattern in patterns:
        if pattern.count("*") + pattern.count("?") > MAX_WILDCARDS:
            raise _refused("output_wildcards", where, pattern, limit=MAX_WILDCARDS)
        try:
            # what the wildcards stand for is checked when the result is collected
            check_path(pattern.replace("*", "x").replace("?", "x").removesuffix("/"))
        except Refused:
            raise _refused("output", where, pattern) from None
    return tuple(dict.fromkeys(patterns))


def check_amount(what: str, amount: float, where: str) -> None:
    """`what` is a key of RANGES."""
    least, most = RANGES[what]
    if not least <= amount <= most:  # also refuses NaN
        raise Refused(
            "task.range", where=where, value=f"{amount:.10g}", least=f"{least:.10g}", most=f"{most:.10g}"
        )


def check_spec(spec: TaskSpec) -> TaskSpec:
    """Everything of a spec but its package (contract/manifest.py), whoever made it. 0 and empty mean "not named"."""
    check_name(spec.name)
    if spec.image:
        check_image(spec.image)
    if spec.command:
        check_command(spec.command)
    _check_resources(spec.asked)
    if spec.timeout_s:
        check_amount("timeout", spec.timeout_s, "timeout")
    check_amount("priority", spec.priority, "priority")
    check_environment(spec.environment)
    if spec.network.kind is NetworkKind.NAMED:
        check_destinations(spec.network.destinations)
    elif spec.network.destinations:
        raise _refused("network", "network", spec.network.destinations[0])
    check_after(spec.after)
    check_labels(spec.require)
    check_outputs(spec.outputs)
    if spec.node and (len(spec.node) > MAX_NAME or harmless_line(spec.node) != spec.node):
        raise _refused("node", "node", spec.node)
    return spec


def _check_resources(asked: Resources) -> None:
    amounts = {
        "cpus": asked.cpus,
        "memory": asked.memory_bytes,
        "disk": asked.disk_bytes,
        "gpus": asked.gpus,
        "pids": asked.pids,
    }
    for what, amount in amounts.items():
        if amount:
            check_amount(what, amount, what)


def _check_count(listed: Sequence[str], where: str) -> None:
    if len(listed) > MAX_LISTED:
        raise _refused("too_many", where, str(len(listed)), limit=MAX_LISTED)


def _bytes(text: str, where: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise _refused("text", where, text) from None


def _refused(what: str, where: str, value: str, **fields: int) -> Refused:
    return Refused(f"task.{what}", where=where, value=harmless_line(value, 80), **fields)
