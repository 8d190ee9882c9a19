"""task.toml: what it can ask for, and what a hostile or mistaken one is told."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.task import NetworkKind, NetworkWish, Resources, TaskSpec
from hivemind_desktop.contract.tasktoml import EXAMPLES, MAX_BYTES, MAX_DOTS, parse_task_toml
from hivemind_desktop.contract.tomllines import bare_lines, key_lines, line_of

WHOLE = """\
name = "render"   # what the lists show
command = ["python3", "render.py", "--fast"]
image = "python:3.12-slim"
timeout = "1h30m"
priority = 5
outputs = ["frames/*.png"]
after = ["01JD8X2Z5V9QK3T7M1N4P6R8SW"]
require = ["big-disk"]

[limits]
cpus = 1.5
memory = "512m"
disk = 2147483648
pids = 50
gpus = 1

[environment]
SCENE = "第一幕"
FRAMES = 24

[network]
allow = ["example.org:443"]
"""


def refusal(text: str | bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_task_toml(text.encode() if isinstance(text, str) else text)
    assert all(str(value).isprintable() for value in caught.value.fields.values())
    assert len(str(caught.value)) < 600
    return caught.value


def test_everything_at_once() -> None:
    assert parse_task_toml(WHOLE.encode()) == TaskSpec(
        name="render",
        command=("python3", "render.py", "--fast"),
        image="python:3.12-slim",
        asked=Resources(cpus=1.5, memory_bytes=512 * 1024**2, disk_bytes=2 * 1024**3, gpus=1, pids=50),
        timeout_s=5400,
        environment={"SCENE": "第一幕", "FRAMES": "24"},
        network=NetworkWish(NetworkKind.NAMED, ("example.org:443",)),
        priority=5,
        after=("01JD8X2Z5V9QK3T7M1N4P6R8SW",),
        require=("big-disk",),
        outputs=("frames/*.png",),
        has_manifest=True,
    )


def test_an_empty_one_asks_for_nothing() -> None:
    assert parse_task_toml(b"") == TaskSpec(has_manifest=True)
    assert parse_task_toml("\ufeff# 註解\r\n".encode()) == TaskSpec(has_manifest=True)


def test_a_command_in_one_text_is_a_line_for_the_shell() -> None:
    assert parse_task_toml(b'command = "make && ./a.out"').command == ("sh", "-c", "make && ./a.out")


@pytest.mark.parametrize("allow", ["none", "internet"])
def test_network_words(allow: str) -> None:
    assert parse_task_toml(f'[network]\nallow = "{allow}"'.encode()).network == NetworkWish(
        NetworkKind(allow)
    )


def test_each_example_that_an_error_shows_works() -> None:
    for key, example in EXAMPLES.items():
        table = key.rpartition(".")[0]
        spec = parse_task_toml(f"[{table}]\n{example}".encode() if table else example.encode())
        assert spec.has_manifest


def test_the_document_says_what_is_true(repository: Path) -> None:
    told = (repository / "docs" / "task-package.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", told, re.DOTALL)
    assert blocks
    for block in blocks:
        parse_task_toml(block.encode())
    keys = set(re.findall(r"^\| `([a-z.]+)` \|", told, re.MULTILINE))
    assert keys == {key for key in EXAMPLES if key not in ("limits", "network")}


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("nmae = 1", "task_toml.unknown_key", "task.toml:1: nmae"),
        ("\n[limits]\n\ncpu = 1", "task_toml.unknown_key", "task.toml:4: limits.cpu"),
        ("memory = '1g'", "task_toml.unknown_key", "task.toml:1: memory"),
        ("[limit]\ncpus = 1", "task_toml.unknown_key", "task.toml:1: limit"),
        ("privileged = true", "task_toml.never", "task.toml:1: privileged"),
        ("\nuser = 'root'", "task_toml.never", "task.toml:2: user"),
        ("[[mounts]]\nsource = '/'", "task_toml.never", "task.toml:1: mounts"),
        ("[limits]\ncpus = 1\nulimits = 3", "task_toml.never", "task.toml:3: limits.ulimits"),
        ("[network]\nallow = 'none'\ndns = '1.1.1.1'", "task_toml.never", "task.toml:3: network.dns"),
        ("name = 3", "task_toml.value", "task.toml:1: name"),
        ("name = true", "task_toml.value", "task.toml:1: name"),
        ("command = 3", "task_toml.value", "task.toml:1: command"),
        ("command = ['a', 3]", "task_toml.value", "task.toml:1: command"),
        ("command = []", "task.command_empty", "task.toml:1: command"),
        ("command = ' '", "task.command_empty", "task.toml:1: command"),
        ("limits = 3", "task_toml.value", "task.toml:1: limits"),
        ("[[limits]]\ncpus = 1", "task_toml.value", "task.toml:1: limits"),
        ("[limits]\ncpus = 'two'", "task_toml.value", "task.toml:2: limits.cpus"),
        ("[limits]\ncpus = true", "task_toml.value", "task.toml:2: limits.cpus"),
        ("[limits]\ncpus = 0", "task.range", "task.toml:2: limits.cpus"),
        ("[limits]\ncpus = nan", "task.range", "task.toml:2: limits.cpus"),
        ("[limits]\ncpus = -inf", "task.range", "task.toml:2: limits.cpus"),
        ("[limits]\nmemory = '1 pound'", "task_toml.value", "task.toml:2: limits.memory"),
        ("[limits]\nmemory = -1", "task.range", "task.toml:2: limits.memory"),
        ("[limits]\nmemory = 1.5", "task_toml.value", "task.toml:2: limits.memory"),
        ("limits.memory = '1'", "task.range", "task.toml:1: limits.memory"),
        ("limits = { pids = 0 }", "task.range", "task.toml:1: limits.pids"),
        ("timeout = 0", "task.range", "task.toml:1: timeout"),
        ("timeout = 'soon'", "task_toml.value", "task.toml:1: timeout"),
        ("timeout = 2020-01-01", "task_toml.value", "task.toml:1: timeout"),
        ("priority = 1.5", "task_toml.value", "task.toml:1: priority"),
        ("priority = 99999999999999999999", "task_toml.value", "task.toml:1: priority"),
        ("image = \"a\\u001b[2Jb\"", "task.image", "task.toml:1: image"),
        ("outputs = '*.csv'", "task_toml.value", "task.toml:1: outputs"),
        ("outputs = ['/etc/passwd']", "task.output", "task.toml:1: outputs"),
        ("after = ['first']", "task.task_id", "task.toml:1: after"),
        ("[environment]\n\nLD_PRELOAD = 'x'", "task.variable_loader", "task.toml:3: environment.LD_PRELOAD"),
        ("[environment]\nTASK_ID = 'x'", "task.variable_ours", "task.toml:2: environment.TASK_ID"),
        ("[environment]\nA = 1.5", "task_toml.value", "task.toml:2: environment.A"),
        ("[environment]\nA = true", "task_toml.value", "task.toml:2: environment.A"),
        ("[environment]\n'a b' = 'x'", "task.variable", "task.toml:1: environment.a b"),
        ("[network]\nallow = 'all'", "task.network", "task.toml:2: network.allow"),
        ("[network]\nallow = []", "task.network", "task.toml:2: network.allow"),
        ("[network]\nallow = ['host']", "task.destination", "task.toml:2: network.allow"),
        ("[network]\nallow = true", "task_toml.value", "task.toml:2: network.allow"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, code: str, where: str) -> None:
    error = refusal(text)
    assert error.code == code
    assert error.fields["where"] == where


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("nmae = 1", "name"),
        ("comand = 'x'", "command"),
        ("[limits]\ncpu = 1", "limits.cpus"),
        ("[limits]\nmem = 1", "limits.memory"),
        ("memory = '1g'", "limits.memory"),
        ("env = 1", "environment"),
        ("inputs = []", "after"),
        ("[network]\nallowed = 1", "network.allow"),
        ("[network]\nzzz = 1", "network.allow"),
    ],
)
def test_the_key_that_was_meant_is_named(text: str, known: str) -> None:
    assert refusal(text).fields["known"] == known


def test_a_key_like_no_other_gets_the_list() -> None:
    assert str(refusal("zzzzz = 1").fields["known"]).startswith("name, command, image")


@pytest.mark.parametrize("text", ["name = ", "= 1", "[a", "name = 'a'\nname = 'b'", "x = 1 2", "a" * 300])
def test_broken_toml_says_where(text: str) -> None:
    error = refusal(text)
    assert error.code == "task_toml.syntax"
    assert error.fields["detail"]


def test_bytes_that_are_not_utf8() -> None:
    error = refusal(b"name = 'a'\nimage = '\xff'")
    assert (error.code, error.fields) == ("task_toml.not_utf8", {"line": 2})


def test_too_much_is_refused_before_it_is_read() -> None:
    error = refusal(b"#" * (MAX_BYTES + 1))
    assert (error.code, error.fields["limit"]) == ("task_toml.too_large", MAX_BYTES)
    assert parse_task_toml(b"#" * MAX_BYTES) == TaskSpec(has_manifest=True)


HOSTILE = {
    "one key of many parts": "a." * (MAX_BYTES // 2 - 2) + "a=1",
    "quoted parts": '"a".' * (MAX_BYTES // 4 - 2) + "a=1",
    "a table of many parts": "[" + "a." * (MAX_BYTES // 2 - 2) + "a]",
    "keys of as many parts as are let through": "\n".join(
        f"x{n}." + "a." * (MAX_DOTS - 1) + "a=1" for n in range(MAX_BYTES // 45)
    ),
    "lists in lists": "a=" + "[" * (MAX_BYTES - 2),
    "tables in tables": "a=" + "{b=" * (MAX_BYTES // 3 - 2),
    "a long number": "priority=" + "1" * (MAX_BYTES - 10),
    "a long hexadecimal number": "priority=0x" + "f" * (MAX_BYTES - 20),
    "hexadecimal cpus": "[limits]\ncpus=0x" + "f" * (MAX_BYTES - 30),
    "hexadecimal variable": "[environment]\nA=0x" + "f" * (MAX_BYTES - 30),
    "many tables": "[[a]]\n" * (MAX_BYTES // 6),
    "many variables": "[environment]\n" + "\n".join(f"A{n}=1" for n in range(25_000)),
    "many keys": "\n".join(f"a{n}=1" for n in range(25_000)),
    "quotes that never end": 'a="""' + '\\"""' * (MAX_BYTES // 4 - 5),
    "a line that never ends": 'a="' + '\\"' * (MAX_BYTES // 2 - 5),
    "open brackets": "[" * MAX_BYTES,
    "no key": "a" * (MAX_BYTES - 100) + " b" * 50,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_made_to_hurt_is_refused_soon(text: str) -> None:
    """Without the bound on dots the first takes minutes and all memory (tomllib of 3.11)."""
    assert len(text) <= MAX_BYTES
    before = time.process_time()
    refusal(text)
    assert time.process_time() - before < 5


@given(st.text(st.sampled_from("abk.[]{}\"'#=\n \\1,") | st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_a_spec_or_one_refusal(text: str) -> None:
    try:
        assert parse_task_toml(text.encode()).has_manifest
    except Refused as refused:
        assert refused.code.startswith("task")  # noqa: PT017


key = st.text(st.sampled_from("abc"), min_size=1, max_size=3)
value = st.sampled_from(
    [
        "1",
        '"a.b = 3"',
        "'#x'",
        '"""\nq = 1\n"""',
        "'''a\n[t]\n'''",
        "[1, 2]  # k = 9",
        '"\\"x"',
        "[\n  '#',\n]",
    ]
)


@given(st.dictionaries(key, value, max_size=5), st.dictionaries(key, value, min_size=1, max_size=5))
def test_keys_are_found_in_their_lines(top: dict[str, str], table: dict[str, str]) -> None:
    lines: list[str] = []
    placed: dict[tuple[str, ...], int] = {}
    for path, told in [((name,), told) for name, told in top.items()] + [
        (("zz", name), told) for name, told in table.items()
    ]:
        if len(path) == 2 and ("zz",) not in placed:
            lines.append("[zz] # [no]")
            placed["zz",] = len(lines)
        placed[path] = len(lines) + 1
        lines += f"{path[-1]} = {told}".split("\n")
    text = "\n".join(lines)
    tomllib.loads(text)
    bare = bare_lines(text)
    assert len(bare) == len(lines)
    found = key_lines(bare)
    assert {path: line_of(found, path) for path in placed} == placed
