"""The lock files, made by uv in an environment of its own: one file for every system, with hashes, naming no index."""

import sys

from building.places import ROOT, user_cache
from building.proc import run
from building.say import Step

UV = "uv==0.13.9"
OLDEST = "3.11"
PAIRS = (
    (("--group", "dev", "pyproject.toml"), "requirements.lock"),
    (("resources/image/full.in",), "resources/image/full.lock"),
)


def write() -> None:
    """Bring both lock files up to date with what they are made from; pins that still fit are kept."""
    folder = user_cache() / "uv"
    program = folder / ("Scripts/uv.exe" if sys.platform == "win32" else "bin/uv")
    with Step("lock", "the newest releases that fit together") as step:
        if not program.exists():
            run([sys.executable, "-m", "venv", folder], step, "lock-venv")
            run([folder / program.parent.name / "python", "-m", "pip", "install", UV], step, "lock-uv")
        for sources, target in PAIRS:
            options = ["--universal", "--generate-hashes", "--no-header", "--python-version", OLDEST]
            command = [program, "pip", "compile", *options, *sources, "-o", ROOT / target]
            run(command, step, "lock", {"UV_PYTHON_DOWNLOADS": "never"})
