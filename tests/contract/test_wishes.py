"""What a sender may ask for: every value's grammar, its bounds, and the whole spec as it comes over the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from hivemind_desktop.contract import wishes
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import NetworkKind, NetworkWish, Resources, TaskSpec

ULID = "01JD8X2Z5V9QK3T7M1N4P6R8SW"
GOOD = TaskSpec(
    name="渲染 first",
    command=("python3", "main.py"),
    image="python:3.12-slim",
    asked=Resources(cpus=1.5, memory_bytes=512 * 1024**2, disk_bytes=1024**3, gpus=1, pids=50),
    timeout_s=600,
    environment={"MODE": "fast", "NAME": "值"},
    network=NetworkWish(NetworkKind.NAMED, ("example.org:443", "[2001:db8::1]:80", "10.0.0.1:5000")),
    priority=-5,
    after=(ULID,),
    require=("big-disk", "zone=tw/1"),
    outputs=("*.csv", "models/**", "資料/?.png"),
)


def test_a_good_spec_is_returned_as_it_is() -> None:
    assert wishes.check_spec(GOOD) is GOOD
    assert wishes.check_spec(TaskSpec()) == TaskSpec()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "a\nb"}, "task.name"),
        ({"name": "x" * 201}, "task.name"),
        ({"name": "\u202efdp"}, "task.name"),
        ({"command": ("",)}, "task.command_empty"),
        ({"command": ("a\0b",)}, "task.text"),
        ({"command": ("a", "\udc80")}, "task.text"),
        ({"command": ("x",) * 257}, "task.command_long"),
        ({"command": ("x" * 70_000,)}, "task.command_long"),
        ({"command": ("/proc/self/fd/7/x",)}, "task.command_place"),
        ({"command": ("//proc/self/exe",)}, "task.command_place"),
        ({"command": ("../../proc/self/exe",)}, "task.command_place"),
        ({"command": ("/usr/../sys/x",)}, "task.command_place"),
        ({"image": "Upper/case"}, "task.image"),
        ({"asked": Resources(cpus=float("nan"))}, "task.range"),
        ({"asked": Resources(cpus=float("inf"))}, "task.range"),
        ({"asked": Resources(cpus=-1)}, "task.range"),
        ({"asked": Resources(memory_bytes=1)}, "task.range"),
        ({"asked": Resources(disk_bytes=1)}, "task.range"),
        ({"asked": Resources(pids=-1)}, "task.range"),
        ({"asked": Resources(gpus=65)}, "task.range"),
        ({"timeout_s": -1}, "task.range"),
        ({"timeout_s": 2**31}, "task.range"),
        ({"priority": 1001}, "task.range"),
        ({"environment": {"LD_PRELOAD": "/app/task/x.so"}}, "task.variable_loader"),
        ({"environment": {"TASK_ID": "x"}}, "task.variable_ours"),
        ({"environment": {f"A{n}": "" for n in range(257)}}, "task.too_many"),
        ({"network": NetworkWish(NetworkKind.NAMED)}, "task.network"),
        ({"network": NetworkWish(NetworkKind.NONE, ("a:1",))}, "task.network"),
        ({"network": NetworkWish(NetworkKind.NAMED, ("a",))}, "task.destination"),
        ({"network": NetworkWish(NetworkKind.NAMED, ("a:1",) * 65)}, "task.too_many"),
        ({"after": (ULID.lower(),)}, "task.task_id"),
        ({"require": ("-x",)}, "task.label"),
        ({"outputs": ("../x",)}, "task.output"),
        ({"outputs": ("/etc/*",)}, "task.output"),
        ({"outputs": ("a\\b",)}, "task.output"),
        ({"outputs": ("*a" * 17 + "?" * 16,)}, "task.output_wildcards"),
        ({"node": "a\x1b"}, "task.node"),
    ],
)
def test_one_bad_value_refuses_the_spec(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as caught:
        wishes.check_spec(replace(GOOD, **change))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.fields["where"]
    assert all(str(value).isprintable() for value in caught.value.fields.values())


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "python:3.12-slim",
        "justin308/hivemind-worker:latest",
        "registry.example.org:5000/team/app:v1",
        "localhost:5000/x",
        "[::1]:5000/x",
        "a/b/c__d/e-f",
        "ghcr.io/o/r@sha256:" + "0" * 64,
        "r:tag@sha256:" + "a" * 64,
    ],
)
def test_images(image: str) -> None:
    assert wishes.check_image(image) == image


@pytest.mark.parametrize(
    "image",
    [
        "",
        " python",
        "python\n",
        "python\x1b[0m",
        "python:",
        "python:tag:tag",
        "python@sha256:12",
        "python@md5:" + "0" * 64,
        "Team/app",
        "-x",
        "../x",
        "a//b",
        "a/",
        "https://example.org/x",
        "x:" + "t" * 129,
        "a" * 256,
        "圖",
        "a$(id)",
        "a b",
    ],
)
def test_no_images(image: str) -> None:
    with pytest.raises(Refused, match=r"task\.image"):
        wishes.check_image(image)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("LD_PRELOAD", "variable_loader"),
        ("ld_preload", "variable_loader"),
        ("LD_AUDIT", "variable_loader"),
        ("LD_LIBRARY_PATH", "variable_loader"),
        ("GLIBC_TUNABLES", "variable_loader"),
        ("NVIDIA_VISIBLE_DEVICES", "variable_loader"),
        ("TASK_ID", "variable_ours"),
        ("HIVEMIND_ATTEMPT", "variable_ours"),
        ("HIVEMIND_ANYTHING", "variable_ours"),
        ("HOME", "variable_ours"),
        ("TMPDIR", "variable_ours"),
        ("", "variable"),
        ("1A", "variable"),
        ("A=B", "variable"),
        ("A B", "variable"),
        ("A\n", "variable"),
        ("Ä", "variable"),
    ],
)
def test_variables_that_may_not_be_set(name: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        wishes.check_variable(name, "x", "--env")
    assert caught.value.code == f"task.{code}"
    assert caught.value.fields["where"] == "--env"


@pytest.mark.parametrize(
    ("value", "code"), [("a\0b", "text"), ("\udcff", "text"), ("x" * 32_769, "variable_long")]
)
def test_values_that_no_process_can_get(value: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        wishes.check_variable("A", value)


@pytest.mark.parametrize("name", ["PATH", "OLD_PATH", "CUDA_VISIBLE_DEVICES", "_x", "WORLD_SIZE"])
def test_variables_that_may(name: str) -> None:
    wishes.check_variable(name, "a\nb=1 值")


def test_network_as_it_is_typed() -> None:
    assert wishes.parse_network("none") == NetworkWish()
    assert wishes.parse_network("internet") == NetworkWish(NetworkKind.INTERNET)
    assert wishes.parse_network("a.example:80, b.example:443") == NetworkWish(
        NetworkKind.NAMED, ("a.example:80", "b.example:443")
    )


@pytest.mark.parametrize(
    "text",
    ["", "host", "named", "INTERNET", "a:0", "a:65536", "a:1,", "a:1,none", ":80", "a_b:80", "-a:80", "a..b:80", "::1:80", "http://a:80",
     "a:80/x", "a:８０", "*:80"],
)  # fmt: skip
def test_no_network(text: str) -> None:
    with pytest.raises(Refused, match=r"task\.(network|destination)"):
        wishes.parse_network(text)


@pytest.mark.parametrize(
    "check", [wishes.check_after, wishes.check_labels, wishes.check_outputs, wishes.check_destinations]
)
def test_lists_are_bounded(check: Callable[[Sequence[str], str], object]) -> None:
    with pytest.raises(Refused, match=r"task\.too_many"):
        check(["a"] * 65, "here")


def test_named_twice_counts_once() -> None:
    assert wishes.check_labels(["a", "b", "a"]) == ("a", "b")
    assert wishes.check_after([ULID, ULID]) == (ULID,)


def test_a_mapping_comes_back_as_it_was() -> None:
    told: Mapping[str, str] = {"A": "1"}
    assert wishes.check_environment(told) is told
