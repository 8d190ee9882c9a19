"""What an image asks for by itself: read as the engine tells it, given only as far as a task may have it."""

from __future__ import annotations

import pytest

from hivemind_desktop.containers.configured import Configured, bounded_volumes, read, unset_variables
from hivemind_desktop.errors import KnownError


def test_paths_and_names_are_read() -> None:
    config = {"Volumes": {"/data/": {}, "//x/../y": {}, "z": {}}, "Env": ["PATH=/bin", "A=b=c", "BARE"]}
    assert read(config) == Configured(("/data", "/y", "/z"), ("A", "BARE", "PATH"))
    assert read({"Volumes": None, "Env": None}) == Configured()


def test_volumes_of_their_own_are_bounded_and_ours_are_hidden_by_ours() -> None:
    assert bounded_volumes("i", Configured(("/app/task", "/app/tmp", "/data", "/tmp"))) == ("/data",)


@pytest.mark.parametrize(
    "volumes", [("/app/task/output",), ("/app/tmp/x",), tuple(f"/v{n}" for n in range(17))], ids=str
)
def test_volumes_that_are_not_given(volumes: tuple[str, ...]) -> None:
    with pytest.raises(KnownError, match=r"image\.volume"):
        bounded_volumes("i", Configured(volumes))


def test_what_images_for_gpus_set_is_taken_away() -> None:
    names = ("LD_LIBRARY_PATH", "NVIDIA_REQUIRE_CUDA", "NVIDIA_VISIBLE_DEVICES", "PATH")
    assert unset_variables("i", Configured(variables=names)) == names[:3]


@pytest.mark.parametrize("name", ["LD_PRELOAD", "ld_audit", "GCONV_PATH", "GLIBC_TUNABLES"])
def test_what_steers_the_loader_is_refused(name: str) -> None:
    with pytest.raises(KnownError, match=r"image\.variable"):
        unset_variables("i", Configured(variables=(name,)))
