"""Which images a task may name: no name makes the engine look around this computer's network unless its owner said so."""

from __future__ import annotations

import pytest

from hivemind_desktop.contract.task import Resources, TaskSpec
from hivemind_desktop.contract.wishes import check_image
from hivemind_desktop.worker.allowed import Allowed
from hivemind_desktop.worker.images import refused
from hivemind_desktop.worker.policy import Refusal, admit


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "python:3.12-slim",
        "justin308/hivemind-worker:latest",
        "myhost/x",
        "ghcr.io/o/r@sha256:" + "0" * 64,
        "registry.example.org/team/app:v1",
        "docker.io/library/python",
    ],
)
def test_any_name_is_taken_by_default(image: str) -> None:
    assert refused(check_image(image), ()) == ""


@pytest.mark.parametrize(
    "image",
    [
        "127.0.0.1/x",
        "127.0.0.1:50990/x/y:z",
        "127.1/x",
        "10.0.0.7/x",
        "0x7f.0x1/x",
        "0.0x7f000001/x",
        "[::1]/x",
        "[::1]:5000/x",
        "localhost/x",
        "localhost:5000/x",
        "LOCALHOST:5000/x",
        "a.localhost/x",
        "nas:5000/x",
        "NAS/x",
        "nas.local/x",
        "db.internal/x",
        "box.home.arpa/x",
        "registry.example.org:443/x",
        "example.org:22/x@sha256:" + "0" * 64,
    ],
)
def test_no_near_registry_and_no_port(image: str) -> None:
    assert refused(image, ()) == "refused.registry"
    assert refused(image, ("*",)) == "refused.registry"


def test_the_owner_lists_a_registry() -> None:
    assert refused("127.0.0.1:5000/x:v1", ("*", "127.0.0.1:5000/*")) == ""
    assert refused("localhost:5000/x", ("LOCALHOST:5000/y", "localhost:5000/x")) == ""
    assert refused("127.0.0.1:5001/x", ("*", "127.0.0.1:5000/*")) == "refused.registry"
    assert refused("127.0.0.1:5001/x", ("127.0.0.1:*/x",)) == "refused.registry"


def test_the_owner_narrows_the_names() -> None:
    allowed = ("python", "team/*", "ghcr.io/o/r:v1")
    for image in ("python", "python:3.12", "python@sha256:" + "0" * 64, "team/a/b:v", "ghcr.io/o/r:v1"):
        assert refused(image, allowed) == ""
    for image in ("pythonx", "other/python", "ghcr.io/o/r:v2", "ghcr.io/o/r"):
        assert refused(image, allowed) == "refused.image"


def test_such_a_task_is_refused_before_it_is_claimed() -> None:
    def answer(image: str, *images: str) -> object:
        return admit(TaskSpec(image=image), 0, Allowed(images=images), Resources())

    assert answer("127.0.0.1:1/x") == Refusal("refused.registry", {"wanted": "127.0.0.1:1"}, lasting=True)
    assert answer("a/b", "python") == Refusal("refused.image", {"wanted": "a/b"}, lasting=True)
    assert isinstance(answer("python", "python"), Resources)
    assert isinstance(answer("", "python"), Resources)
