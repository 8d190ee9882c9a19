"""What was raised, as the world's fault in one line: the engine's, or this computer's disk's. Anything else stays a bug."""

from __future__ import annotations

import errno

from hivemind_desktop.errors import KnownError

LOST = "engine.lost"
REFUSED = "engine.refused"


def known(error: Exception) -> KnownError | None:
    """engine.lost: no answer, or the connection broke; engine.refused: it answered no (field `detail`).

    disk.full, store.no_access: this computer's disk, not the engine. None: nobody's fault but ours.
    """
    if isinstance(error, KnownError):
        return error
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    if isinstance(error, APIError):
        return KnownError(REFUSED, detail=text_of(error))
    if isinstance(error, RequestException | HTTPError | DockerException | ConnectionError | TimeoutError):
        return KnownError(LOST, detail=str(error).strip() or type(error).__name__)
    if isinstance(error, OSError):
        return of_disk(error)
    return None


def of_disk(error: OSError) -> KnownError:
    """What this computer refused, with the path where it is told."""
    path = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return KnownError("disk.full", path=path)
    return KnownError("store.no_access", path=path, detail=error.strerror or str(error))


def is_engines(error: Exception) -> bool:
    """The engine, or the way to it: what it says next may be different."""
    fault = known(error)
    return fault is not None and fault.code.startswith("engine.")


def is_lost(error: Exception) -> bool:
    """The engine did not answer, so what it did is unknown."""
    fault = known(error)
    return fault is not None and fault.code != REFUSED and fault.code.startswith("engine.")


def is_refused(error: Exception) -> bool:
    """It answered no, so what was asked did not happen."""
    fault = known(error)
    return fault is not None and fault.code == REFUSED


def is_missing(error: Exception) -> bool:
    """The engine says that there is no such thing."""
    from docker.errors import NotFound

    return isinstance(error, NotFound)


def text_of(error: Exception) -> str:
    """The engine's own words, on one line."""
    words = getattr(error, "explanation", None) or str(error)
    return " ".join(str(words).split())[:500]
