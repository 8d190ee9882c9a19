"""Engine, images, packages on their way into a container, results on their way out."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

CONTAINERS: dict[str, str] = {
    "engine.absent": QT_TRANSLATE_NOOP(
        "wording", "No Docker engine is here ({address} is missing); install Docker, or start Docker Desktop."
    ),
    "engine.stopped": QT_TRANSLATE_NOOP(
        "wording",
        "The Docker engine is stopped ({address} refuses); start it, for example with: sudo systemctl start docker",
    ),
    "engine.no_permission": QT_TRANSLATE_NOOP(
        "wording",
        "You may not use the Docker engine at {address}; add yourself to its group (sudo usermod -aG docker $USER) and log in again.",
    ),
    "engine.silent": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine at {address} does not answer; restart it if that goes on."
    ),
    "engine.too_old": QT_TRANSLATE_NOOP(
        "wording",
        "The Docker engine at {address} is too old (API {api}, needed {needed}); update Docker to 20.10 or newer.",
    ),
    "engine.windows": QT_TRANSLATE_NOOP(
        "wording",
        "The Docker engine at {address} runs Windows containers; switch Docker Desktop to Linux containers.",
    ),
    "engine.broken": QT_TRANSLATE_NOOP(
        "wording", "What answers at {address} is not a working Docker engine: {detail}; restart Docker."
    ),
    "engine.address": QT_TRANSLATE_NOOP(
        "wording",
        "{address} is not an address of a Docker engine; set DOCKER_HOST to unix://PATH, npipe://PATH or tcp://HOST:PORT, or remove it.",
    ),
    "engine.lost": QT_TRANSLATE_NOOP(
        "wording", "The connection to the Docker engine broke ({detail}); the task is tried again."
    ),
    "engine.lost_run": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine went away while the task ran; the task is tried again."
    ),
    "engine.refused": QT_TRANSLATE_NOOP(
        "wording", "The Docker engine refused the task's container: {detail}"
    ),
    "engine.no_gpu": QT_TRANSLATE_NOOP(
        "wording",
        "The Docker engine cannot give GPUs to containers ({detail}); install the NVIDIA Container Toolkit.",
    ),
    "engine.gpus_taken": QT_TRANSLATE_NOOP(
        "wording", "The GPUs for the task did not come free on this computer; the task is tried again."
    ),
    "image.unknown": QT_TRANSLATE_NOOP(
        "wording", "No image named {image} is here or in a registry; check the name in the task."
    ),
    "image.pull_failed": QT_TRANSLATE_NOOP(
        "wording", "The image {image} could not be fetched; worker.log of that computer has the details."
    ),
    "image.build_failed": QT_TRANSLATE_NOOP(
        "wording", "The image {image} could not be built; worker.log of that computer has the details."
    ),
    "image.stuck": QT_TRANSLATE_NOOP(
        "wording",
        "The image {image} made no progress for {seconds} seconds; check the network of this computer.",
    ),
    "image.gone": QT_TRANSLATE_NOOP(
        "wording", "The image {image} was removed while the task was prepared; the task is tried again."
    ),
    "image.volume": QT_TRANSLATE_NOOP(
        "wording",
        "The image {image} declares the volume {path}, which is not given: too many, or it would hide files of the task.",
    ),
    "image.variable": QT_TRANSLATE_NOOP(
        "wording",
        "The image {image} sets the variable {name}, which steers the system's loader; use an image without it.",
    ),
    "network.not_allowed": QT_TRANSLATE_NOOP(
        "wording", "The task asks for the network ({network}), which this worker does not give."
    ),
    "package.requirements": QT_TRANSLATE_NOOP(
        "wording",
        "The package has a requirements.txt, which this version cannot install; use an image that holds what it needs.",
    ),
    "package.over_disk": QT_TRANSLATE_NOOP(
        "wording",
        "The package ({size:size}) is larger than the task's disk ({limit:size}); ask for more disk.",
    ),
    "package.command": QT_TRANSLATE_NOOP(
        "wording", "The task's command cannot be started in its image: {detail}"
    ),
    "task.environment": QT_TRANSLATE_NOOP("wording", "A task may not set the variable “{name}”."),
    "result.too_big": QT_TRANSLATE_NOOP(
        "wording",
        "The file {path} does not fit into the task's disk limit ({limit:size}); what fits came back.",
    ),
    "result.too_many": QT_TRANSLATE_NOOP(
        "wording", "The task made more than {limit} files; the first ones came back."
    ),
    "run.child_out_of_memory": QT_TRANSLATE_NOOP(
        "wording", "A process of the task was ended for lack of memory; the exit code is the task's own."
    ),
    "run.bug": QT_TRANSLATE_NOOP(
        "wording", "This program failed ({detail}); the task is tried again. worker.log has the details."
    ),
    "run.collecting_died": QT_TRANSLATE_NOOP(
        "wording",
        "The program ended twice while it collected the task's result; the task is tried again. worker.log has the details.",
    ),
    "disk.unmountable": QT_TRANSLATE_NOOP(
        "wording", "The task's disk could not be made at {folder}: {detail}"
    ),
    "disk.busy": QT_TRANSLATE_NOOP(
        "wording", "The task's disk at {folder} is still in use ({detail}); it is removed at the next start."
    ),
}
