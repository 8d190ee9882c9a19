"""What the docker module raised, as the world's fault in one line. Anything that is not the engine's doing stays a bug."""

from __future__ import annotations

from hivemind_desktop.errors import KnownError

LOST = "engine.lost"


def known(error: Exception) -> KnownError | None:
    """engine.lost: no answer, or the connection broke; engine.refused: it answered no (field `detail`). None: not an engine's fault."""
    if isinstance(error, KnownError):
        return error
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    if isinstance(error, APIError):
        return KnownError("engine.refused", detail=text_of(error))
    if isinstance(error, RequestException | HTTPError | OSError | DockerException):
        return KnownError(LOST, detail=str(error).strip() or type(error).__name__)
    return None


def is_lost(error: Exception) -> bool:
    """The engine did not answer, so what it did is unknown."""
    fault = known(error)
    return fault is not None and (
        fault.code == LOST or (fault.code.startswith("engine.") and fault.code != "engine.refused")
    )


def is_missing(error: Exception) -> bool:
    """The engine says that there is no such thing."""
    from docker.errors import NotFound

    return isinstance(error, NotFound)


def text_of(error: Exception) -> str:
    """The engine's own words, on one line."""
    words = getattr(error, "explanation", None) or str(error)
    return " ".join(str(words).split())[:500]
