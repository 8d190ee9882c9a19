"""The program as it is typed: as a module too, and what is not built yet is wrong usage in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = (sys.executable, "-m", "hivemind_desktop")
SCRIPT = (str(Path(sys.executable).parent / "hivemind-desktop"),)


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_both_forms_are_the_same_program(program: tuple[str, ...]) -> None:
    done = typed(*program, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("hivemind-desktop 0.")
    done = typed(*program, "config", "get", "limits.slots")
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


@pytest.mark.parametrize(
    "words", [("--generate-vpn-config",), ("tunnel", "status"), ("doctor",), ("service", "install")]
)
def test_what_is_not_built_yet_is_wrong_usage(words: tuple[str, ...], state_folder: Path) -> None:
    done = typed(*MODULE, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hivemind-desktop: ")
    assert words[0] in done.stderr
    assert done.stderr.count("\n") == 1
    assert not state_folder.exists()


def test_the_seeds_name_of_the_tunnels_file_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WIREGUARD_CONFIG_PATH in a file or the environment is no mistake, although the tunnel is not built."""
    file = tmp_path / "seed.env"
    file.write_text("WIREGUARD_CONFIG_PATH=./wg0.conf\nMAX_CONCURRENT_TASKS=2\n")
    done = typed(*MODULE, "--config", str(file), "config", "get", "tunnel.config_path")
    assert (done.returncode, done.stdout, done.stderr) == (0, "./wg0.conf\n", "")
    monkeypatch.setenv("WIREGUARD_CONFIG_PATH", "/etc/wireguard/wg0.conf")
    done = typed(*MODULE, "config", "get", "tunnel.config_path")
    assert (done.returncode, done.stdout, done.stderr) == (0, "/etc/wireguard/wg0.conf\n", "")
