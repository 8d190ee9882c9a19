"""What lies on the worker's disk."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

STORE: dict[str, str] = {
    "store.locked": QT_TRANSLATE_NOOP(
        "wording", "{path} is held by another program; end that one, or try again in a moment."
    ),
    "store.torn": QT_TRANSLATE_NOOP(
        "wording", "{path} is damaged ({detail}); restore it from a copy, or move it away and start again."
    ),
    "store.newer": QT_TRANSLATE_NOOP(
        "wording",
        "{path} was written by a newer version of this program (schema {found}, this one knows {known}); install the newer version. The file was not touched.",
    ),
    "store.no_access": QT_TRANSLATE_NOOP(
        "wording",
        "{path} cannot be read or written ({detail}); check who owns it and whether its disk is writable.",
    ),
    "store.wishes_unreadable": QT_TRANSLATE_NOOP(
        "wording",
        "{path} cannot be read ({detail}), so the worker stays stopped; press Start, or run hivemind-desktop start.",
    ),
    "credentials.unreadable": QT_TRANSLATE_NOOP(
        "wording",
        "{path} cannot be read ({detail}); mend or remove it, then join again with a new join link.",
    ),
    "outbox.bad_id": QT_TRANSLATE_NOOP(
        "wording",
        "The master sent a task id that is no name for a folder: {task_id}. The task is not run here.",
    ),
    "outbox.lost": QT_TRANSLATE_NOOP(
        "wording",
        "Its finished result was lost on this computer's disk, so the task is given back to be run again.",
    ),
    "outbox.torn": QT_TRANSLATE_NOOP(
        "wording",
        "The finished result of task {task_id} is damaged ({detail}); it was moved to {moved_to} and the task is given back.",
    ),
    "outbox.missing": QT_TRANSLATE_NOOP(
        "wording", "The finished result of task {task_id} is not at {path} any more; the task is given back."
    ),
    "outbox.stray": QT_TRANSLATE_NOOP(
        "wording", "{path} does not belong in the outbox; it was moved to {moved_to}."
    ),
    "outbox.database_torn": QT_TRANSLATE_NOOP(
        "wording",
        "The outbox's list was damaged and was made again from its folders; the old one lies at {moved_to}. No result is lost.",
    ),
    "outbox.unsettled": QT_TRANSLATE_NOOP(
        "wording", "{path} could not be put in order ({detail}); check the disk, then start the worker again."
    ),
    "outbox.expired": QT_TRANSLATE_NOOP(
        "wording", "The result of task {task_id} found no master for {days} days and was removed."
    ),
    "history.set_aside": QT_TRANSLATE_NOOP(
        "wording",
        "The history was damaged; a new one was begun, the old one lies at {moved_to}. Results and rewards with the master are not touched.",
    ),
    "history.bad_query": QT_TRANSLATE_NOOP(
        "wording",
        "The history cannot be sorted by {sort}; use claimed, ended, duration, name, sender or reward.",
    ),
    "log.gone": QT_TRANSLATE_NOOP(
        "wording",
        "This computer does not keep the log of task {task_id}, attempt {attempt}; the master does.",
    ),
    "file.gone": QT_TRANSLATE_NOOP(
        "wording", "This computer does not keep the file {path} of task {task_id}; the master does."
    ),
    "file.too_large": QT_TRANSLATE_NOOP(
        "wording", "{path} is larger than the {limit:size} that can be shown here; fetch it from the master."
    ),
}
