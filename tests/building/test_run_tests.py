"""The folder of a test run: gone afterwards, whatever a killed test left mounted in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from building.run_tests import base_folder


def test_a_mount_that_a_test_left_does_not_stay() -> None:
    with base_folder() as folder:
        inner = folder / "disk"
        inner.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "hivemind-test", str(inner)], check=True)
    assert not folder.parent.exists()
    assert str(folder) not in Path("/proc/mounts").read_text()
