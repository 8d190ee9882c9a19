"""The master: calls it refuses, its data, its commands."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

MASTER: dict[str, str] = {
    "attempt.not_yours": QT_TRANSLATE_NOOP("wording", "The attempt {attempt} belongs to another computer."),
    "attempt.number": QT_TRANSLATE_NOOP(
        "wording", "“{value}” is no attempt; write EPOCH.N or N, as hivemind-master task ID shows it."
    ),
    "attempt.unknown": QT_TRANSLATE_NOOP("wording", "Task {task} has no attempt {n}."),
    "blob.gap": QT_TRANSLATE_NOOP(
        "wording", "The bytes that came do not follow those that are held ({held})."
    ),
    "blob.missing": QT_TRANSLATE_NOOP("wording", "The content {blob} is not held here."),
    "blob.not_a_hash": QT_TRANSLATE_NOOP("wording", "A content was named by something that is no SHA-256."),
    "blob.not_yours": QT_TRANSLATE_NOOP("wording", "The content {blob} does not belong to a task of yours."),
    "blob.too_large": QT_TRANSLATE_NOOP("wording", "One file may have at most {limit:size}."),
    "blob.unknown": QT_TRANSLATE_NOOP("wording", "The master does not hold the content {blob} any more."),
    "blob.wrong_hash": QT_TRANSLATE_NOOP(
        "wording", "A file's content is not what its SHA-256 says; it was changed on its way."
    ),
    "blobs.too_many": QT_TRANSLATE_NOOP("wording", "One call may name at most {limit} contents."),
    "call.broken_message": QT_TRANSLATE_NOOP(
        "wording", "The call's field {field} cannot be read; use programs of the same version."
    ),
    "call.no_token": QT_TRANSLATE_NOOP("wording", "The call carried no valid token."),
    "call.not_yours": QT_TRANSLATE_NOOP("wording", "This token may not call {call}."),
    "call.unknown": QT_TRANSLATE_NOOP(
        "wording", "The master does not know the call {call}; it may be older than this program."
    ),
    "enrol.no_installation": QT_TRANSLATE_NOOP("wording", "The worker did not tell its installation id."),
    "enrol.no_invite": QT_TRANSLATE_NOOP(
        "wording", "The join link is not valid any more; ask for a new one."
    ),
    "enrol.used_up": QT_TRANSLATE_NOOP(
        "wording", "The join link has been used as often as it may; ask for a new one."
    ),
    "invite.range": QT_TRANSLATE_NOOP(
        "wording", "An invitation holds at most {ttl_limit:duration} and {uses_limit} uses."
    ),
    "log.broken": QT_TRANSLATE_NOOP(
        "wording", "The log of task {task}, attempt {attempt}, cannot be read from here on."
    ),
    "log.none": QT_TRANSLATE_NOOP("wording", "Task {task} has no log yet; it is {state}."),
    "log.too_long": QT_TRANSLATE_NOOP("wording", "The log is longer than the master takes."),
    "master.bad_address": QT_TRANSLATE_NOOP("wording", "{address} is no HOST:PORT to listen on."),
    "master.broken_data": QT_TRANSLATE_NOOP(
        "wording",
        "The master's data in {path} is damaged ({error}); restore a backup, or move the folder away.",
    ),
    "master.bug": QT_TRANSLATE_NOOP("wording", "The master failed at the call {call}; its own log says why."),
    "master.call_failed": QT_TRANSLATE_NOOP(
        "wording", "The master at {address} failed at the call ({status}: {detail}); its own log says why."
    ),
    "master.cannot_listen": QT_TRANSLATE_NOOP("wording", "The master cannot listen on {address}: {error}"),
    "master.data_in_use": QT_TRANSLATE_NOOP(
        "wording", "Another master is already using {path}; end it first."
    ),
    "master.data_unwritable": QT_TRANSLATE_NOOP(
        "wording", "The master's folder {path} cannot be written: {error}"
    ),
    "master.disk_full": QT_TRANSLATE_NOOP(
        "wording", "The master's disk is full; its owner has to make room."
    ),
    "master.folder_of_another": QT_TRANSLATE_NOOP(
        "wording",
        "The folder {path} belongs to another user, who could read and change what the master keeps there; choose one of your own.",
    ),
    "master.json_broken": QT_TRANSLATE_NOOP(
        "wording", "{path} cannot be read ({error}); start the master again to write it anew."
    ),
    "master.loopback_only": QT_TRANSLATE_NOOP(
        "wording",
        "{address} is beyond this computer; until certificates are built a master is used on this computer only, for example 127.0.0.1:50051.",
    ),
    "master.newer_data": QT_TRANSLATE_NOOP(
        "wording",
        "The master's data in {path} was written by a newer version ({found}, this one knows {known}); install the newest version.",
    ),
    "master.none": QT_TRANSLATE_NOOP(
        "wording", "No master is known here: {path} is missing; start one with: hivemind-master serve"
    ),
    "master.not_a_master": QT_TRANSLATE_NOOP(
        "wording", "What answers at {address} is not a HiveMind master; check host and port."
    ),
    "master.not_there": QT_TRANSLATE_NOOP(
        "wording", "No master answers at {address}; start it with: hivemind-master serve"
    ),
    "master.port_taken": QT_TRANSLATE_NOOP(
        "wording", "{address} is taken by another program; choose another port with --listen."
    ),
    "master.store_failed": QT_TRANSLATE_NOOP(
        "wording", "The master could not keep what it was told; its log says why."
    ),
    "master.wrong_token": QT_TRANSLATE_NOOP(
        "wording", "The master at {address} does not accept this token; it may have been revoked."
    ),
    "node.name": QT_TRANSLATE_NOOP("wording", "“{value}” is no name for a computer."),
    "node.name_taken": QT_TRANSLATE_NOOP("wording", "Another computer of the pool is called “{value}”."),
    "node.not_you": QT_TRANSLATE_NOOP(
        "wording", "The call speaks for the computer {node}, which is another one."
    ),
    "node.other_installation": QT_TRANSLATE_NOOP(
        "wording", "This computer's credential is used from another installation; join again there."
    ),
    "node.too_many_attempts": QT_TRANSLATE_NOOP("wording", "A computer may hold at most {limit} attempts."),
    "node.unknown": QT_TRANSLATE_NOOP("wording", "The pool has no computer {node}."),
    "node.unknown_change": QT_TRANSLATE_NOOP("wording", "A computer cannot be changed by “{change}”."),
    "offer.gone": QT_TRANSLATE_NOOP("wording", "The offer is gone: somebody was faster, or it ran out."),
    "offer.refused": QT_TRANSLATE_NOOP("wording", "The computer refused the task."),
    "offset.gap": QT_TRANSLATE_NOOP(
        "wording", "The bytes that came do not follow those that are held ({held})."
    ),
    "result.broken": QT_TRANSLATE_NOOP(
        "wording", "The result is damaged at the content {blob}; fetch it again."
    ),
    "result.in_the_way": QT_TRANSLATE_NOOP(
        "wording", "{path} is in the way; choose an empty folder with -o."
    ),
    "result.none": QT_TRANSLATE_NOOP("wording", "Task {task} has no result; it is {state}."),
    "result.reason": QT_TRANSLATE_NOOP("wording", "“{reason}” is no reason of an end."),
    "result.unwritable": QT_TRANSLATE_NOOP("wording", "{path} cannot be written: {error}"),
    "submit.empty_package": QT_TRANSLATE_NOOP("wording", "The package holds no file."),
    "submit.env_file": QT_TRANSLATE_NOOP("wording", "The file of variables {path} cannot be read: {error}"),
    "submit.inputs_taken": QT_TRANSLATE_NOOP(
        "wording", "The package has a folder inputs/{task} of its own; rename it."
    ),
    "submit.never_complete": QT_TRANSLATE_NOOP(
        "wording", "The master keeps asking for files that it was sent; try again later."
    ),
    "submit.no_key": QT_TRANSLATE_NOOP(
        "wording", "A task needs a key of its own, of at most {limit} characters."
    ),
    "submit.too_many": QT_TRANSLATE_NOOP(
        "wording", "At most {limit} tasks can wait; try again when some have ended."
    ),
    "submit.unknown_dependency": QT_TRANSLATE_NOOP("wording", "There is no task {task} to wait for."),
    "task.not_held": QT_TRANSLATE_NOOP("wording", "This computer holds no attempt of task {task}."),
    "task.too_many_watchers": QT_TRANSLATE_NOOP("wording", "Too many programs watch this; try again later."),
    "task.unknown": QT_TRANSLATE_NOOP("wording", "There is no task {task}, or it is not yours."),
    "tasks.unknown_state": QT_TRANSLATE_NOOP("wording", "“{state}” is no state of a task."),
    "token.name": QT_TRANSLATE_NOOP("wording", "“{value}” is no name for a token."),
    "token.too_many": QT_TRANSLATE_NOOP("wording", "There are {limit} tokens already; revoke one first."),
    "token.unknown": QT_TRANSLATE_NOOP("wording", "There is no token {name}."),
    "master.ending": QT_TRANSLATE_NOOP("wording", "The master is ending; try again when it runs again."),
}
