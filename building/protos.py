"""The code in hivemind_desktop/wire from protos/*.proto: messages, stubs and their types. `--check` says whether it is current."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from building.places import PACKAGE, ROOT, VENV_BIN, VENV_PYTHON
from building.say import BuildError

SOURCES = ROOT / "protos"
TARGET = PACKAGE / "wire"
PATTERN = "*_pb2*.py*"


def generate(target: Path) -> list[Path]:
    """Generate into a folder; returns the files made. Raises BuildError with the compiler's words."""
    sources = sorted(SOURCES.glob("*.proto"))
    if not sources:
        return []
    with tempfile.TemporaryDirectory(prefix="hivemind-protos-") as name:
        # In a folder of the package's own name the compiler writes imports of hivemind_desktop.wire by itself.
        inside = Path(name) / "in" / "hivemind_desktop" / "wire"
        out = Path(name) / "out"
        inside.mkdir(parents=True)
        out.mkdir()
        for source in sources:
            shutil.copyfile(source, inside / source.name)
        outputs = [f"--{kind}_out={out}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
        plugins = [
            f"--plugin=protoc-gen-{name}={VENV_BIN / f'protoc-gen-{name}'}" for name in ("mypy", "mypy_grpc")
        ]
        command = [VENV_PYTHON, "-m", "grpc_tools.protoc", f"-I{Path(name) / 'in'}", *outputs, *plugins]
        done = subprocess.run(
            [*map(str, command), *(str(inside / source.name) for source in sources)],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise BuildError(f"protos: {done.stderr.strip()}")
        target.mkdir(parents=True, exist_ok=True)
        made = sorted((out / "hivemind_desktop" / "wire").iterdir())
        return [Path(shutil.copyfile(path, target / path.name)) for path in made]


def write() -> list[Path]:
    """Bring hivemind_desktop/wire up to date; returns what is there afterwards."""
    made = generate(TARGET)
    for old in TARGET.glob(PATTERN):
        if old not in made:
            old.unlink()
    return made


def stale(target: Path = TARGET) -> list[str]:
    """Names of the generated files that differ from what the protos give now, are missing, or are no longer made."""
    with tempfile.TemporaryDirectory(prefix="hivemind-protos-") as name:
        wanted = {path.name: path.read_bytes() for path in generate(Path(name))}
    there = {path.name: path.read_bytes() for path in target.glob(PATTERN)} if target.is_dir() else {}
    return sorted(file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file))
