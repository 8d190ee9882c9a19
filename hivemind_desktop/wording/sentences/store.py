"""What lies on the worker's disk."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

STORE: dict[str, str] = {
    "credentials.unreadable": QT_TRANSLATE_NOOP(
        "wording",
        "The pools this computer joined cannot be read from {path} ({detail}); put a good copy back, or delete it and join again.",
    ),
    "file.gone": QT_TRANSLATE_NOOP(
        "wording", "The file {path} of task {task_id} is no longer on this computer."
    ),
    "file.too_large": QT_TRANSLATE_NOOP(
        "wording", "{path} is larger than {limit:size}, too large to show here."
    ),
    "history.bad_query": QT_TRANSLATE_NOOP("wording", "The history cannot be sorted by {sort}."),
    "history.set_aside": QT_TRANSLATE_NOOP(
        "wording", "The history was damaged; it was moved to {moved_to} and a new one begun."
    ),
    "log.gone": QT_TRANSLATE_NOOP(
        "wording", "The log of task {task_id}, attempt {attempt}, is no longer on this computer."
    ),
    "outbox.bad_id": QT_TRANSLATE_NOOP("wording", "{task_id} cannot be the id of a task."),
    "outbox.lost": QT_TRANSLATE_NOOP(
        "wording", "The program ended before this task's end was kept; the task is given back."
    ),
    "outbox.torn": QT_TRANSLATE_NOOP(
        "wording", "The kept result in {path} is damaged ({detail}); the task is given back."
    ),
    "outbox.missing": QT_TRANSLATE_NOOP(
        "wording", "The kept result of task {task_id} is gone from {path}; the task is given back."
    ),
    "outbox.stray": QT_TRANSLATE_NOOP("wording", "{path} does not belong to any task and was set aside."),
    "outbox.unsettled": QT_TRANSLATE_NOOP(
        "wording", "{path} could not be tidied up ({detail}); it is tried again at the next start."
    ),
    "outbox.database_torn": QT_TRANSLATE_NOOP(
        "wording",
        "The list of kept results was damaged; it was moved to {moved_to} and made anew from the folders.",
    ),
    "store.locked": QT_TRANSLATE_NOOP(
        "wording", "{path} is in use by another program; end it and try again."
    ),
    "store.newer": QT_TRANSLATE_NOOP(
        "wording",
        "{path} was written by a newer HiveMind (version {found}, this one knows {known}); install the newest version.",
    ),
    "store.no_access": QT_TRANSLATE_NOOP(
        "wording", "{path} cannot be opened ({detail}); check who may read and write it."
    ),
    "store.torn": QT_TRANSLATE_NOOP("wording", "{path} is damaged ({detail}); move it away and start again."),
    "store.wishes_unreadable": QT_TRANSLATE_NOOP(
        "wording", "{path} cannot be read ({detail}), so a pause or stop from before does not hold any more."
    ),
}
