"""`master.json` in the state folder (0600): where the master listens and the admin's token; what the commands of the same user read."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from hivemind_desktop.contract.text import harmless_line
from hivemind_desktop.errors import KnownError

FILE_NAME = "master.json"


@dataclass(frozen=True, slots=True)
class Access:
    """`address` is HOST:PORT."""

    address: str
    admin_token: str
    pool_id: str
    pool_name: str


def read_access(state: Path) -> Access | None:
    """What the file says, None when there is none. Raises KnownError `master.json_broken`."""
    path = state / FILE_NAME
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Access(
            _text(told, "address"),
            _text(told, "admin_token"),
            _text(told, "pool_id"),
            _text(told, "pool_name"),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KnownError("master.json_broken", path=str(path), error=harmless_line(str(error))) from error


def write_access(state: Path, access: Access) -> None:
    """Whole or not at all, readable by this user only, on disk when it returns."""
    state.mkdir(parents=True, exist_ok=True)
    # mkstemp makes it 0600 from the first moment
    descriptor, temporary = tempfile.mkstemp(prefix=".master.json.", dir=state)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(access), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, state / FILE_NAME)
    except BaseException:
        os.unlink(temporary)
        raise


def forget_access(state: Path, admin_token: str) -> None:
    """The master with this token ends: nobody is to call where another one may listen soon. What another master wrote stays."""
    try:
        access = read_access(state)
    except KnownError:
        return  # not ours any more
    if access is not None and access.admin_token == admin_token:
        (state / FILE_NAME).unlink(missing_ok=True)


def _text(told: dict[str, object], name: str) -> str:
    value = told[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value
