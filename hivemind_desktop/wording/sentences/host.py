"""State folder, log, lock, control socket, addresses."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

HOST: dict[str, str] = {
    "state.unwritable": QT_TRANSLATE_NOOP(
        "wording",
        "{path} cannot be written ({detail}); make it writable or set HIVEMIND_HOME to another folder.",
    ),
    "state.open_to_all": QT_TRANSLATE_NOOP(
        "wording",
        "Everybody may write in {path}, so it cannot hold HiveMind's files; set HIVEMIND_HOME to a folder of your own.",
    ),
    "state.broken_id": QT_TRANSLATE_NOOP(
        "wording",
        "{path} holds no installation id any more; put the old file back, or delete it to get a new id.",
    ),
    "control.unsafe_folder": QT_TRANSLATE_NOOP(
        "wording",
        "{path} is not yours alone, so the control socket cannot be there; remove it or set XDG_RUNTIME_DIR.",
    ),
    "instance.running": QT_TRANSLATE_NOOP(
        "wording",
        "HiveMind is already running for {path} (process {pid}); use that one, or end it first with: hivemind-desktop quit",
    ),
    "log.unwritable": QT_TRANSLATE_NOOP(
        "wording", "The program log {path} cannot be written ({detail}); name another file with --log-file."
    ),
    "address.wrong": QT_TRANSLATE_NOOP(
        "wording", "{address} is no master's address; write HOST:PORT, https://HOST, or paste a join link."
    ),
    "address.broken_link": QT_TRANSLATE_NOOP(
        "wording",
        "The link {address} is not whole; copy it again from where you got it, up to its last character.",
    ),
    "address.http_beyond_loopback": QT_TRANSLATE_NOOP(
        "wording",
        "{address} would send everything unprotected; http:// works on this computer only, write https:// instead.",
    ),
}
