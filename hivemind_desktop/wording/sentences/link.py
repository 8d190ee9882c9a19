"""The connection to the master."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

LINK: dict[str, str] = {
    "link.down": QT_TRANSLATE_NOOP(
        "wording",
        "The master at {address} does not answer ({detail}); it is tried again by itself. Check that it runs and that its address is right.",
    ),
    "link.unknown_host": QT_TRANSLATE_NOOP(
        "wording",
        "Nobody knows a computer named in {address}; check the master's address and this computer's network.",
    ),
    "link.busy": QT_TRANSLATE_NOOP(
        "wording", "The master at {address} cannot take more now ({detail}); it is tried again by itself."
    ),
    "link.not_a_master": QT_TRANSLATE_NOOP(
        "wording",
        "What answers at {address} is not a HiveMind master ({detail}); check host and port of the address.",
    ),
    "link.refused": QT_TRANSLATE_NOOP(
        "wording",
        "The master at {address} does not know this computer's token ({detail}); ask for a new join link and run hivemind-desktop join LINK.",
    ),
    "link.too_old": QT_TRANSLATE_NOOP(
        "wording", "This HiveMind Desktop is too old for the master at {address}; install the newest version."
    ),
    "link.master_failed": QT_TRANSLATE_NOOP(
        "wording", "The master at {address} failed at a call ({status}: {detail}); its own log says why."
    ),
    "link.needs_tls": QT_TRANSLATE_NOOP(
        "wording",
        "The master at {address} is on another computer; only masters on this computer can be used until certificates are built.",
    ),
    "link.foreign_port": QT_TRANSLATE_NOOP(
        "wording",
        "The port of {address} is held by the user {user}, who is neither you nor root, so nothing is sent there; "
        "run worker, commands and master as the same user, or end what holds the port.",
    ),
    "link.bad_link": QT_TRANSLATE_NOOP(
        "wording",
        "This is not a whole join link (wrong part: {part}); copy it again from where you got it, up to its last character.",
    ),
    "link.not_a_join_link": QT_TRANSLATE_NOOP(
        "wording",
        "This link is for submitting tasks, not for joining; ask for a join link (hivemind-master invite).",
    ),
    "link.other_pool": QT_TRANSLATE_NOOP(
        "wording",
        "At {address} answers another pool ({found}) than the link names ({expected}); ask for a new join link.",
    ),
    "link.never_complete": QT_TRANSLATE_NOOP(
        "wording",
        "The master keeps asking for parts of a result that it was sent ({detail}); it is tried again later.",
    ),
    "link.unreadable_offer": QT_TRANSLATE_NOOP(
        "wording",
        "The offer of a task cannot be read ({detail}); master and worker may be of different versions.",
    ),
    "link.fetch_refused": QT_TRANSLATE_NOOP(
        "wording", "The master does not give this task's files to this computer any more ({detail})."
    ),
    "link.closed": QT_TRANSLATE_NOOP("wording", "The link to the master was closed."),
    "outbox.broken": QT_TRANSLATE_NOOP(
        "wording", "The file {name} of a finished result is gone or was changed, so the task is given back."
    ),
    "outbox.unreadable": QT_TRANSLATE_NOOP(
        "wording",
        "{path} of a finished result cannot be read ({detail}); it is tried again. Check the disk and who may read the folder.",
    ),
    "package.broken": QT_TRANSLATE_NOOP(
        "wording", "The task's package is broken ({detail}); the sender has to submit it again."
    ),
    "disk.full": QT_TRANSLATE_NOOP("wording", "The disk of {path} is full; free some space."),
}

LINK_BRIEF: dict[str, str] = {
    "link.down": QT_TRANSLATE_NOOP("wording", "the master does not answer"),
    "link.not_a_master": QT_TRANSLATE_NOOP("wording", "not a HiveMind master"),
    "link.refused": QT_TRANSLATE_NOOP("wording", "the token is not known"),
    "link.too_old": QT_TRANSLATE_NOOP("wording", "this version is too old"),
    "link.needs_tls": QT_TRANSLATE_NOOP("wording", "it is on another computer"),
    "link.unknown_host": QT_TRANSLATE_NOOP("wording", "its name is not known"),
    "link.foreign_port": QT_TRANSLATE_NOOP("wording", "its port is another user's"),
}
