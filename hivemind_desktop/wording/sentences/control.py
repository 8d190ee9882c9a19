"""The control socket."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

CONTROL: dict[str, str] = {
    "control.bad_answer": QT_TRANSLATE_NOOP(
        "wording", "The worker's answer cannot be read; worker and command may be of different versions."
    ),
    "control.bad_call": QT_TRANSLATE_NOOP("wording", "The worker did not understand the call: {detail}"),
    "control.bad_line": QT_TRANSLATE_NOOP("wording", "The line is no call to the worker."),
    "control.bug": QT_TRANSLATE_NOOP(
        "wording", "The worker failed at this call ({detail}); its log says more."
    ),
    "control.in_use": QT_TRANSLATE_NOOP(
        "wording", "Another worker (process {pid}) already listens at {path}."
    ),
    "control.line_too_long": QT_TRANSLATE_NOOP("wording", "The call to the worker is too long."),
    "control.lost": QT_TRANSLATE_NOOP(
        "wording", "The worker at {path} ended the connection; see its log, or start it again."
    ),
    "control.no_answer": QT_TRANSLATE_NOOP(
        "wording", "The worker at {path} has not answered for {seconds} s; see its log."
    ),
    "control.no_hello": QT_TRANSLATE_NOOP(
        "wording", "The connection to the worker began without a greeting."
    ),
    "control.no_socket": QT_TRANSLATE_NOOP("wording", "The control socket {path} cannot be made ({detail})."),
    "control.no_windows": QT_TRANSLATE_NOOP(
        "wording", "Commands to a running worker do not work on Windows yet; use the tray icon."
    ),
    "control.no_worker": QT_TRANSLATE_NOOP(
        "wording", "No worker is running here; start one with: hivemind-desktop"
    ),
    "control.not_yours": QT_TRANSLATE_NOOP("wording", "The worker belongs to another user of this computer."),
    "control.path_taken": QT_TRANSLATE_NOOP("wording", "{path} is there and is no socket; move it away."),
    "control.path_too_long": QT_TRANSLATE_NOOP(
        "wording", "The path {path} is too long for a socket; set XDG_RUNTIME_DIR to a shorter folder."
    ),
    "control.starting": QT_TRANSLATE_NOOP("wording", "The worker is still starting; try again in a moment."),
    "control.too_many": QT_TRANSLATE_NOOP(
        "wording", "More than {limit} programs talk to the worker; close some."
    ),
    "control.too_many_calls": QT_TRANSLATE_NOOP("wording", "More than {limit} calls wait for an answer."),
    "control.unknown_verb": QT_TRANSLATE_NOOP("wording", "The worker does not know the verb {verb}."),
    "control.version": QT_TRANSLATE_NOOP(
        "wording",
        "The worker speaks version {ours} of the control protocol, the caller {theirs}; use programs of the same version.",
    ),
}
