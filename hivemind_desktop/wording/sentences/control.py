"""The control socket."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

CONTROL: dict[str, str] = {
    "control.no_worker": QT_TRANSLATE_NOOP(
        "wording", "No worker runs here (nothing answers at {path}); start it with hivemind-desktop."
    ),
    "control.in_use": QT_TRANSLATE_NOOP(
        "wording",
        "A worker of this installation is already running (process {pid}); use that one, or quit it first.",
    ),
    "control.not_yours": QT_TRANSLATE_NOOP(
        "wording", "This worker belongs to another user of the computer; only that user can control it."
    ),
    "control.no_answer": QT_TRANSLATE_NOOP(
        "wording", "The worker did not answer within {seconds} seconds; try again, or see its log."
    ),
    "control.lost": QT_TRANSLATE_NOOP(
        "wording",
        "The connection to the worker ended; it may have quit or crashed. See hivemind-desktop status.",
    ),
    "control.starting": QT_TRANSLATE_NOOP("wording", "The worker is still starting; try again in a moment."),
    "control.version": QT_TRANSLATE_NOOP(
        "wording",
        "This program speaks version {theirs} of the control protocol, the worker version {ours}; restart the worker after an update.",
    ),
    "control.bad_answer": QT_TRANSLATE_NOOP(
        "wording", "What answers at the control socket is not a worker of this program; look what runs there."
    ),
    "control.too_many": QT_TRANSLATE_NOOP(
        "wording",
        "The worker has {limit} control connections already; close one of the programs that watch it.",
    ),
    "control.too_many_calls": QT_TRANSLATE_NOOP(
        "wording", "More than {limit} calls of one connection wait for an answer; wait for some of them."
    ),
    "control.line_too_long": QT_TRANSLATE_NOOP(
        "wording", "A request to the worker is longer than it takes; the connection was closed."
    ),
    "control.bad_line": QT_TRANSLATE_NOOP(
        "wording", "A request to the worker is not one JSON object with a call and a verb."
    ),
    "control.bad_call": QT_TRANSLATE_NOOP("wording", "A request to the worker is wrong: {detail}."),
    "control.unknown_verb": QT_TRANSLATE_NOOP(
        "wording", "The worker does not know the request {verb}; it may be of another version."
    ),
    "control.no_hello": QT_TRANSLATE_NOOP(
        "wording", "The first request to a worker has to be hello with a version."
    ),
    "control.bug": QT_TRANSLATE_NOOP(
        "wording", "The worker failed at this request ({detail}); its log says why."
    ),
    "control.path_taken": QT_TRANSLATE_NOOP(
        "wording", "{path} is no socket; move that file away and start again."
    ),
    "control.path_too_long": QT_TRANSLATE_NOOP(
        "wording",
        "{path} is too long for a socket; set XDG_RUNTIME_DIR or HIVEMIND_HOME to a shorter folder.",
    ),
    "control.no_socket": QT_TRANSLATE_NOOP(
        "wording", "The control socket {path} cannot be made ({detail}); check the folder and its disk."
    ),
    "control.no_windows": QT_TRANSLATE_NOOP(
        "wording",
        "Controlling a running worker from the command line is not built for Windows yet; use its window.",
    ),
}
