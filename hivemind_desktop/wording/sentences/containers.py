"""Engine, images, packages on their way into a container, results on their way out."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

CONTAINERS: dict[str, str] = {
    "disk.busy": QT_TRANSLATE_NOOP("wording", "{folder} cannot be unmounted ({detail}); it is tried again."),
    "disk.unmountable": QT_TRANSLATE_NOOP(
        "wording", "A disk of limited size cannot be set up in {folder} ({detail})."
    ),
    "engine.absent": QT_TRANSLATE_NOOP(
        "wording",
        "No Docker engine was found (looked at {address}); install Docker, or name its socket in engine.address.",
    ),
    "engine.address": QT_TRANSLATE_NOOP(
        "wording",
        "{address} is no address of a Docker engine; write something like unix:///var/run/docker.sock.",
    ),
    "engine.broken": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine at {address} answers with an error: {detail}"
    ),
    "engine.lost": QT_TRANSLATE_NOOP("wording", "The Docker engine does not answer any more: {detail}"),
    "engine.lost_run": QT_TRANSLATE_NOOP("wording", "The Docker engine lost the task's container."),
    "engine.no_gpu": QT_TRANSLATE_NOOP("wording", "The Docker engine cannot give the task a GPU: {detail}"),
    "engine.no_permission": QT_TRANSLATE_NOOP(
        "wording",
        "This account may not use the Docker engine at {address}; add it to the group docker and log in again.",
    ),
    "engine.refused": QT_TRANSLATE_NOOP("wording", "The Docker engine refused: {detail}"),
    "engine.silent": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine at {address} does not answer; restart it."
    ),
    "engine.stopped": QT_TRANSLATE_NOOP(
        "wording",
        "The Docker engine at {address} is not running; start it (sudo systemctl start docker, or Docker Desktop).",
    ),
    "engine.too_old": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine at {address} is too old (API {api}, {needed} is needed); update it."
    ),
    "engine.windows": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine at {address} runs Windows containers; switch it to Linux containers."
    ),
    "image.build_failed": QT_TRANSLATE_NOOP("wording", "The image {image} could not be built: {detail}"),
    "image.gone": QT_TRANSLATE_NOOP(
        "wording", "The image {image} was removed while the task was being prepared."
    ),
    "image.pull_failed": QT_TRANSLATE_NOOP("wording", "The image {image} could not be fetched: {detail}"),
    "image.stuck": QT_TRANSLATE_NOOP("wording", "Fetching the image {image} stood still for {seconds} s."),
    "image.unknown": QT_TRANSLATE_NOOP(
        "wording", "There is no image {image}, neither here nor at its registry; build or name another one."
    ),
    "network.not_allowed": QT_TRANSLATE_NOOP(
        "wording", "The task asks for network access ({network}), which is not given here."
    ),
    "package.command": QT_TRANSLATE_NOOP("wording", "The task's command cannot be started: {detail}"),
    "package.over_disk": QT_TRANSLATE_NOOP(
        "wording", "The package has {size:size}; the task was granted {limit:size} of disk."
    ),
    "package.requirements": QT_TRANSLATE_NOOP(
        "wording",
        "The package has a requirements.txt, which this version cannot install yet; use an image that has what it needs.",
    ),
    "result.too_big": QT_TRANSLATE_NOOP(
        "wording",
        "The results are more than the disk limit of {limit:size}; {path} and what came after it was not taken.",
    ),
    "result.too_many": QT_TRANSLATE_NOOP(
        "wording", "The task made more than {limit} files; the others were not taken."
    ),
    "run.bug": QT_TRANSLATE_NOOP("wording", "The worker failed at this run ({detail}); its log says more."),
    "task.environment": QT_TRANSLATE_NOOP("wording", "A task may not set the variable {name}."),
    "run.child_out_of_memory": QT_TRANSLATE_NOOP(
        "wording", "A process of the task was ended because the memory of the task was used up."
    ),
}
