"""Commands, the demo, the embedded master, warnings."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

PROGRAMS: dict[str, str] = {
    "demo.not_ready": QT_TRANSLATE_NOOP("wording", "The demo could not begin: {why}"),
    "demo.no_answer": QT_TRANSLATE_NOOP(
        "wording",
        "The master did not take the demo's task (it ended with {exit_code}); worker.log and master.log in the demo folder say why.",
    ),
    "control.no_effect": QT_TRANSLATE_NOOP(
        "wording",
        "The worker took the wish but has not followed it within 15 seconds; see hivemind-desktop status.",
    ),
    "demo.ended_early": QT_TRANSLATE_NOOP("wording", "The demo was ended before its task had ended."),
    "display.none": QT_TRANSLATE_NOOP(
        "wording",
        "There is no display for a window here; start the worker without one: hivemind-desktop --headless",
    ),
    "history.no_task": QT_TRANSLATE_NOOP(
        "wording", "No task {task_id} ran on this computer; hivemind-desktop history lists those that did."
    ),
    "link.join_first": QT_TRANSLATE_NOOP(
        "wording",
        "This computer has not joined the pool at {address}: ask for a join link (hivemind-master invite) and run hivemind-desktop join LINK.",
    ),
    "link.not_joined": QT_TRANSLATE_NOOP(
        "wording", "This computer has joined no pool, so there is none to leave."
    ),
    "master.not_started": QT_TRANSLATE_NOOP(
        "wording", "The master on this computer does not answer: {detail}"
    ),
    "instance.shown": QT_TRANSLATE_NOOP(
        "wording", "HiveMind runs here already; it was asked to show its window."
    ),
    "ended.out_of_memory": QT_TRANSLATE_NOOP(
        "wording", "It used more than its {limit:size} of memory; ask for more with --memory."
    ),
    "ended.disk_limit": QT_TRANSLATE_NOOP(
        "wording",
        "It wrote more than its {limit:size} of disk; ask for more by disk under [limits] in task.toml.",
    ),
    "ended.timeout": QT_TRANSLATE_NOOP(
        "wording", "It took longer than {limit:duration}; ask for more with --timeout."
    ),
    "ended.timeout_unasked": QT_TRANSLATE_NOOP(
        "wording", "It took longer than that computer allows a task that names no time; ask with --timeout."
    ),
    "warning.sensor": QT_TRANSLATE_NOOP(
        "wording", "The sensor {sensor} cannot be read; its values are shown as not measured."
    ),
}
