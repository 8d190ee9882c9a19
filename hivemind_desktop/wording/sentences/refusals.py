"""Why an offered task is not taken (worker/policy.py), whole for the sender and brief inside another sentence."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

REFUSALS: dict[str, str] = {
    "refused.network": QT_TRANSLATE_NOOP(
        "wording", "It asks for network access ({wanted}), which this computer does not give."
    ),
    "refused.image": QT_TRANSLATE_NOOP(
        "wording", "Its image {wanted} is not among those that this computer's owner allows."
    ),
    "refused.registry": QT_TRANSLATE_NOOP(
        "wording",
        "Its image comes from {wanted}: a registry with a port or on the own network has to be listed by this computer's owner.",
    ),
    "refused.timeout": QT_TRANSLATE_NOOP(
        "wording", "It asks for {wanted:duration}; {allowed:duration} is allowed."
    ),
    "refused.changed": QT_TRANSLATE_NOOP(
        "wording", "The master asked for another task than it had offered, so nothing was started."
    ),
    "refused.cpus": QT_TRANSLATE_NOOP("wording", "It needs {wanted} processor cores; {allowed} are allowed."),
    "refused.memory": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted:size} of memory; {allowed:size} is allowed."
    ),
    "refused.disk": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted:size} of disk; {allowed:size} is allowed."
    ),
    "refused.gpus": QT_TRANSLATE_NOOP("wording", "It needs {wanted} GPUs; {allowed} are allowed."),
    "refused.pids": QT_TRANSLATE_NOOP("wording", "It needs {wanted} processes; {allowed} are allowed."),
    "refused.cpus_taken": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted} processor cores; {allowed} are free now."
    ),
    "refused.memory_taken": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted:size} of memory; {allowed:size} is free now."
    ),
    "refused.disk_taken": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted:size} of disk; {allowed:size} is free now."
    ),
    "refused.gpus_taken": QT_TRANSLATE_NOOP("wording", "It needs {wanted} GPUs; {allowed} are free now."),
    "refused.pids_taken": QT_TRANSLATE_NOOP(
        "wording", "It needs {wanted} processes; {allowed} are free now."
    ),
    "refused.stopping": QT_TRANSLATE_NOOP("wording", "It takes no more tasks: it is stopping."),
    "refused.paused": QT_TRANSLATE_NOOP("wording", "Its owner has paused it."),
    "refused.engine": QT_TRANSLATE_NOOP("wording", "Docker does not work there now."),
    "refused.faulty": QT_TRANSLATE_NOOP("wording", "It needs its owner's attention."),
    "refused.drained": QT_TRANSLATE_NOOP("wording", "It was asked to take no more tasks."),
    "refused.slots": QT_TRANSLATE_NOOP("wording", "It has as many tasks as it may."),
}

REFUSALS_BRIEF: dict[str, str] = {
    "refused.network": QT_TRANSLATE_NOOP("wording", "it asks for network access"),
    "refused.image": QT_TRANSLATE_NOOP("wording", "its image is not allowed"),
    "refused.registry": QT_TRANSLATE_NOOP("wording", "its image's registry is not allowed"),
    "refused.timeout": QT_TRANSLATE_NOOP("wording", "it asks for too much time"),
    "refused.cpus": QT_TRANSLATE_NOOP("wording", "it needs more processor cores"),
    "refused.memory": QT_TRANSLATE_NOOP("wording", "it needs more memory"),
    "refused.disk": QT_TRANSLATE_NOOP("wording", "it needs more disk"),
    "refused.gpus": QT_TRANSLATE_NOOP("wording", "it needs more GPUs"),
    "refused.pids": QT_TRANSLATE_NOOP("wording", "it needs more processes"),
    "refused.cpus_taken": QT_TRANSLATE_NOOP("wording", "the processor is taken"),
    "refused.memory_taken": QT_TRANSLATE_NOOP("wording", "the memory is taken"),
    "refused.disk_taken": QT_TRANSLATE_NOOP("wording", "the disk is taken"),
    "refused.gpus_taken": QT_TRANSLATE_NOOP("wording", "the GPUs are taken"),
    "refused.pids_taken": QT_TRANSLATE_NOOP("wording", "the processes are taken"),
}
