"""What commands need of the rooms: the running worker's port, the disk of one that does not run, joining and leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from hivemind_desktop import __version__
from hivemind_desktop.compose.place import Place
from hivemind_desktop.errors import KnownError
from hivemind_desktop.host.folders import control_socket
from hivemind_desktop.settings import TABLE, parse_value, save
from hivemind_desktop.settings import table as option
from hivemind_desktop.wording import say, say_why
from hivemind_desktop.worker.events import ShowAsked
from hivemind_desktop.worker.jsonview import snapshot_to_json
from hivemind_desktop.worker.queries import Answer, Query, SettingList, SettingView
from hivemind_desktop.worker.snapshot import Snapshot

if TYPE_CHECKING:
    from hivemind_desktop.control.client import RemotePort


def remote_port(place: Place) -> AbstractContextManager[RemotePort]:
    """The port of the worker that runs in this installation, for as long as the context lasts. Raises KnownError `control.no_worker`."""
    from hivemind_desktop.control.client import connected

    return connected(control_socket(place.folders.root))


def status_document(snapshot: Snapshot, place: Place) -> dict[str, Any]:
    """What `status --json` prints: the snapshot, its sentences, and where the log is."""
    told = snapshot_to_json(snapshot)
    told["why"]["text"] = say_why(snapshot.why)
    for rule, why in zip(told["rules"], snapshot.rules, strict=True):
        rule["text"] = say_why(why)
    for warning, why in zip(told["warnings"], snapshot.warnings, strict=True):
        warning["text"] = say_why(why)
    return {
        "phase": told.pop("phase"),
        "phase_name": say(f"phase.{snapshot.phase}"),
        **told,
        "log_file": str(place.log_path),
        "state_folder": str(place.folders.root),
        "version": __version__,
    }


def settings_list(place: Place) -> SettingList:
    """Every option as it holds, and where its value comes from."""
    loaded = place.loaded
    return SettingList(
        tuple(
            SettingView(
                row.key,
                str(row.kind.write(loaded.values.by_key(row.key))),
                loaded.origins[row.key].kind.value,
            )
            for row in TABLE
        )
    )


@contextmanager
def disk(place: Place) -> Iterator[Callable[[Query], Answer]]:
    """Answers from the installation's files, whether or not a worker runs. Raises KnownError `history.none` when nothing ran yet."""
    from hivemind_desktop.store.answers import Answers
    from hivemind_desktop.store.history import History
    from hivemind_desktop.store.kept import Kept
    from hivemind_desktop.store.outbox import Outbox

    folder = place.folders.worker
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = Kept(folder / "kept")
    outbox = Outbox(folder, kept)
    history = History(folder / "history.sqlite")
    try:
        yield Answers(history, outbox, kept, lambda: settings_list(place)).answer
    finally:
        history.close()
        outbox.close()


def join(place: Place, link: str) -> dict[str, Any]:
    """Enrol with the master of a join link, replace an earlier pool, and make it this installation's master. Raises KnownError."""
    from hivemind_desktop.compose.access import enrol_here
    from hivemind_desktop.store.credentials import Credentials

    credentials = Credentials(place.folders.credentials)
    credential = enrol_here(link, place.installation)
    credentials.save(credential)
    save(place.config, {option.MASTER_URL.key: parse_value(option.MASTER_URL, credential.address, "join")})
    return {
        "pool_id": credential.pool_id,
        "pool_name": credential.pool_name,
        "node_id": credential.node_id,
        "node_name": credential.node_name,
        "master_url": credential.address,
        "worker_running": worker_runs(place),
    }


def leave(place: Place) -> dict[str, Any]:
    """End this node at its master, forget its token, and use the embedded master again. Raises KnownError `link.not_joined`."""
    from hivemind_desktop.compose.access import joined_credential
    from hivemind_desktop.link.enrol import leave as leave_master
    from hivemind_desktop.store.credentials import Credentials

    address = place.loaded.values[option.MASTER_URL]
    if not address:
        raise KnownError("link.not_joined")
    credentials = Credentials(place.folders.credentials)
    credential = joined_credential(address, credentials, place.installation)
    leave_master(credential)
    credentials.forget(credential.pool_id)
    save(place.config, {option.MASTER_URL.key: None})
    return {
        "pool_id": credential.pool_id,
        "pool_name": credential.pool_name,
        "node_id": credential.node_id,
        "worker_running": worker_runs(place),
    }


def raise_running(place: Place) -> bool:
    """Whether a worker runs in this installation already; if so its window was asked to show itself."""
    try:
        with remote_port(place) as port:
            port.post(ShowAsked())
    except KnownError as error:
        if error.code != "control.no_worker":
            raise
        return False
    return True


def worker_runs(place: Place) -> bool:
    """Whether a worker answers for this installation."""
    try:
        with remote_port(place):
            return True
    except KnownError as error:
        if error.code != "control.no_worker":
            raise
        return False
