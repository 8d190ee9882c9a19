"""Why lines: fact [, since T] [; what ends it, at T] (look, section 9). Wordings of one code go from the fullest to the shortest."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

NO_POOL = QT_TRANSLATE_NOOP("wording", "your pool")
"""Stands where a pool has no name yet."""

WHY: dict[str, tuple[str, ...]] = {
    "stopped.by_owner": (
        QT_TRANSLATE_NOOP("wording", "You stopped it at {since:clock}, until you start it again."),
        QT_TRANSLATE_NOOP("wording", "You stopped it, until you start it again."),
    ),
    "stopped.ending": (
        QT_TRANSLATE_NOOP("wording", "{tasks:task is|tasks are} being ended, then it is stopped."),
    ),
    "stopped.quitting": (QT_TRANSLATE_NOOP("wording", "HiveMind is ending."),),
    "faulty.engine_absent": (
        QT_TRANSLATE_NOOP("wording", "{engine} is not installed, so no task can start."),
    ),
    "faulty.engine_stopped": (
        QT_TRANSLATE_NOOP(
            "wording", "{engine} has not been running since {since:clock}, so no task can start."
        ),
        QT_TRANSLATE_NOOP("wording", "{engine} is not running, so no task can start."),
    ),
    "faulty.engine_no_permission": (
        QT_TRANSLATE_NOOP("wording", "This account may not use {engine}, so no task can start."),
    ),
    "faulty.engine_silent": (
        QT_TRANSLATE_NOOP("wording", "{engine} has not answered since {since:clock}, so no task can start."),
        QT_TRANSLATE_NOOP("wording", "{engine} does not answer, so no task can start."),
    ),
    "faulty.engine_too_old": (QT_TRANSLATE_NOOP("wording", "{engine} is too old, so no task can start."),),
    "faulty.engine_broken": (
        QT_TRANSLATE_NOOP(
            "wording", "{engine} has reported errors since {since:clock}, so no task can start."
        ),
        QT_TRANSLATE_NOOP("wording", "{engine} reports an error, so no task can start."),
    ),
    "faulty.refused": (
        QT_TRANSLATE_NOOP("wording", "{pool:pool} refuses this computer: {detail:brief}."),
        QT_TRANSLATE_NOOP("wording", "{pool:pool} refuses this computer."),
    ),
    "faulty.bug": (
        QT_TRANSLATE_NOOP(
            "wording", "A part of HiveMind failed ({where}); restart it, the program log has more."
        ),
        QT_TRANSLATE_NOOP("wording", "A part of HiveMind failed; restart it, the program log has more."),
    ),
    "paused.timed": (
        QT_TRANSLATE_NOOP("wording", "You paused at {since:clock}; it goes on at {until:clock}."),
        QT_TRANSLATE_NOOP("wording", "You paused; it goes on at {until:clock}."),
    ),
    "paused.open": (
        QT_TRANSLATE_NOOP("wording", "You paused at {since:clock}, until you resume."),
        QT_TRANSLATE_NOOP("wording", "You paused, until you resume."),
    ),
    "draining.tasks": (QT_TRANSLATE_NOOP("wording", "Finishing {tasks:task|tasks}, then it stops."),),
    "draining.results": (
        QT_TRANSLATE_NOOP("wording", "Sending {results:result|results}, then it stops."),
        QT_TRANSLATE_NOOP("wording", "Everything is finished; it stops now."),
    ),
    "offline.no_answer": (
        QT_TRANSLATE_NOOP(
            "wording",
            "{pool:pool} has not answered since {since:clock}; {results:result is kept and will be sent|results are kept and will be sent}.",
        ),
        QT_TRANSLATE_NOOP(
            "wording", "{pool:pool} does not answer; {results:result is kept|results are kept}."
        ),
        QT_TRANSLATE_NOOP(
            "wording", "{pool:pool} has not answered since {since:clock}; {tasks:task goes on|tasks go on}."
        ),
        QT_TRANSLATE_NOOP(
            "wording", "{pool:pool} has not answered since {since:clock}; next try at {until:clock}."
        ),
        QT_TRANSLATE_NOOP("wording", "{pool:pool} has not answered since {since:clock}."),
        QT_TRANSLATE_NOOP("wording", "{pool:pool} does not answer."),
    ),
    "connecting.first": (QT_TRANSLATE_NOOP("wording", "Connecting to {pool:pool}."),),
    "connecting.retry": (
        QT_TRANSLATE_NOOP(
            "wording",
            "{pool:pool} does not answer; next try at {until:clock}. {tasks:task goes on|tasks go on}.",
        ),
        QT_TRANSLATE_NOOP("wording", "{pool:pool} does not answer; next try at {until:clock}."),
        QT_TRANSLATE_NOOP("wording", "{pool:pool} does not answer."),
    ),
    "busy.working": (QT_TRANSLATE_NOOP("wording", "{tasks:task is|tasks are} running within your limits."),),
    "ready.no_task": (QT_TRANSLATE_NOOP("wording", "{pool:pool} has no task for this computer right now."),),
    "ready.drained": (
        QT_TRANSLATE_NOOP("wording", "{pool:pool} sends no more tasks to this computer for now."),
    ),
    "ready.checking_engine": (QT_TRANSLATE_NOOP("wording", "Looking whether Docker is ready."),),
    "ready.refused": (
        QT_TRANSLATE_NOOP("wording", "A task of {pool:pool} does not fit here: {detail:brief}."),
        QT_TRANSLATE_NOOP("wording", "A task of {pool:pool} does not fit here."),
    ),
}
