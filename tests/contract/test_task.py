"""The records of a task."""

from __future__ import annotations

import dataclasses

import pytest

from hivemind_desktop.contract.task import FileEntry, Manifest, TaskSpec


def test_a_manifest_counts_files_once_for_each_name_and_blobs_once_for_each_content() -> None:
    manifest = Manifest(
        (
            FileEntry("a", 3, "11"),
            FileEntry("b", 3, "11"),
            FileEntry("c", 5, "22"),
            FileEntry("d", folder=True),
        )
    )
    assert manifest.size == 11
    assert manifest.blobs() == {"11": 3, "22": 5}


def test_a_spec_cannot_be_changed() -> None:
    spec = TaskSpec()
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        spec.environment["A"] = "1"  # type: ignore[index]
