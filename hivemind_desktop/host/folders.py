"""One state folder per installation, what lies where in it, its id, and the place of the control socket."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hivemind_desktop.errors import KnownError

HOME_VARIABLE = "HIVEMIND_HOME"
MAX_SOCKET_PATH = 100
"""Bytes; the system takes 104 (macOS) or 108 (Linux) with the final zero."""


@dataclass(frozen=True, slots=True)
class Folders:
    """What lies where below the state folder `root`. Nothing is made by asking."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def log(self) -> Path:
        return self.root / "worker.log"

    @property
    def tunnel_config(self) -> Path:
        return self.root / "wg0.conf"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    @property
    def installation(self) -> Path:
        return self.root / "installation"

    @property
    def worker(self) -> Path:
        return self.root / "worker"

    @property
    def master(self) -> Path:
        return self.root / "master"

    @property
    def master_json(self) -> Path:
        return self.root / "master.json"

    @property
    def demo(self) -> Path:
        return self.root / "demo"


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """HIVEMIND_HOME, else the platform's folder for a program's data. Made when missing (0700), absolute, and writable.

    Raises KnownError `state.unwritable`, or `state.open_to_all` for a folder in which everybody may write (/tmp).
    """
    environ = os.environ if environ is None else environ
    named = environ.get(HOME_VARIABLE, "").strip()
    if named:
        folder = Path(named).expanduser()
    else:
        import platformdirs

        folder = platformdirs.user_data_path("hivemind", appauthor=False)
    folder = Path(os.path.abspath(folder))
    make_private(folder)
    return folder


def make_private(folder: Path) -> None:
    """Make `folder` (0700; one that is there keeps its mode) and prove that files can be made in it. Raises KnownError like `state_folder`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & stat.S_IWOTH:
            raise KnownError("state.open_to_all", path=str(folder))
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise KnownError("state.unwritable", path=str(folder), detail=error.strerror or str(error)) from error


def installation_id(state: Path) -> str:
    """The UUID of this state folder, made once: of two programs that start together both get the same.

    Raises KnownError `state.unwritable`, or `state.broken_id` when the file holds something else.
    """
    path = Folders(state).installation
    try:
        if not path.exists():
            _make_once(path, f"{uuid.uuid4()}\n".encode())
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise KnownError("state.unwritable", path=str(state), detail=error.strerror or str(error)) from error
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise KnownError("state.broken_id", path=str(path)) from None


def _make_once(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole, unless something is there already."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            try:
                os.link(name, path)
            except (PermissionError, NotImplementedError):
                # a disk without hard links (FAT): the second of two programs fails here, as it should
                with path.open("xb") as file:
                    file.write(content)
    finally:
        os.unlink(name)


def control_socket(state: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where the worker of this state folder listens for its owner (design, section 6).

    $XDG_RUNTIME_DIR/hivemind/ when that folder is this user's, else /tmp/hivemind-UID/. When another user made that one first, the state
    folder's control/, where that is too long a folder in /tmp of a name that nobody guesses; from then on it is used, whatever becomes of
    the first. The folder is made. Raises KnownError `control.unsafe_folder` when none is this user's alone, and what
    `installation_id` raises.
    """
    environ = os.environ if environ is None else environ
    name = f"{installation_id(state)[:8]}.sock"
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.path.isabs(runtime) and _is_ours(Path(runtime)):
        socket = Path(runtime) / "hivemind" / name
        if len(os.fsencode(socket)) <= MAX_SOCKET_PATH and _made_ours(socket.parent):
            return socket
    own, kept = state / "control", state / "control-folder"
    if not own.exists() and not kept.exists():
        folder = Path("/tmp") / f"hivemind-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
        if _made_ours(folder):
            return folder / name
    if len(os.fsencode(own / name)) > MAX_SOCKET_PATH:
        own = _kept_folder(kept)
    if not _made_ours(own):
        raise KnownError("control.unsafe_folder", path=str(own))
    return own / name


def _kept_folder(kept: Path) -> Path:
    """The folder in /tmp whose name lies in `kept`; a new one when there is none yet, or somebody else took it after a restart."""
    try:
        for _ in range(2):
            if kept.exists():
                folder = Path(kept.read_text(encoding="ascii", errors="replace").strip())
                if folder.parent == Path("/tmp") and _made_ours(folder):
                    return folder
                kept.unlink(missing_ok=True)
            made = tempfile.mkdtemp(prefix="hivemind-", dir="/tmp")
            _make_once(kept, f"{made}\n".encode())
            if kept.read_text(encoding="ascii", errors="replace").strip() == made:
                return Path(made)
            os.rmdir(made)  # another program was faster: its folder is ours as well
    except OSError as error:
        raise KnownError(
            "state.unwritable", path=str(kept.parent), detail=error.strerror or str(error)
        ) from error
    raise KnownError("control.unsafe_folder", path=str(kept))


def _made_ours(folder: Path) -> bool:
    """Make the folder when missing; whether it is this user's alone now."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return False
    return _is_ours(folder)


def _is_ours(folder: Path) -> bool:
    """A real folder, this user's, that nobody else may enter or change."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
