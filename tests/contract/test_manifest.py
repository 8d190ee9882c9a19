"""A manifest from outside is believed only when it can be true."""

from __future__ import annotations

import hashlib

import pytest

from hivemind_desktop.contract.manifest import EMPTY_HASH, check_manifest
from hivemind_desktop.contract.names import BadName
from hivemind_desktop.contract.refused import Refused
from hivemind_desktop.contract.sizes import MAX_BYTES
from hivemind_desktop.contract.task import FileEntry, Manifest

A, B = hashlib.sha256(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest()


def test_a_sound_one_is_returned() -> None:
    manifest = Manifest(
        (
            FileEntry("main.py", 1, A, executable=True),
            FileEntry("d/empty", 0, EMPTY_HASH),
            FileEntry("e", folder=True),
        )
    )
    assert check_manifest(manifest) is manifest
    assert hashlib.sha256(b"").hexdigest() == EMPTY_HASH


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([FileEntry("x", 1, A[:-1])], "manifest.entry"),
        ([FileEntry("x", 1, A.upper())], "manifest.entry"),
        ([FileEntry("x", 1, "")], "manifest.entry"),
        ([FileEntry("x", -1, A)], "manifest.entry"),
        ([FileEntry("x", MAX_BYTES + 1, A)], "manifest.entry"),
        ([FileEntry("x", 0, A)], "manifest.entry"),
        ([FileEntry("x", 1, EMPTY_HASH)], "manifest.entry"),
        ([FileEntry("x", 1, A), FileEntry("y", 2, A)], "manifest.entry"),
        ([FileEntry("x", 1, "", folder=True)], "manifest.entry"),
        ([FileEntry("x", 0, A, folder=True)], "manifest.entry"),
        ([FileEntry("x", MAX_BYTES, A), FileEntry("y", 1, B)], "manifest.size"),
        ([FileEntry("x", 1, A), FileEntry("X", 1, A)], "manifest.clash"),
        ([FileEntry("x", 1, A), FileEntry("x", folder=True)], "manifest.clash"),
        ([FileEntry(f"{n}", 1, A) for n in range(4)], "manifest.too_many"),
    ],
)
def test_what_cannot_be_true_is_refused(entries: list[FileEntry], code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_manifest(Manifest(tuple(entries)), entries=3)
    assert caught.value.code == code


def test_names_are_checked() -> None:
    with pytest.raises(BadName, match=r"name\.escapes"):
        check_manifest(Manifest((FileEntry("../x", 1, A),)))
