"""Every option once. From here come config.toml, environment, flags, `config list`, and later dialog, page and docs/settings.md."""

from __future__ import annotations

from hivemind_desktop.settings.kinds import (
    Choice,
    MasterAddress,
    Number,
    Numbers,
    Patterns,
    Size,
    Switch,
    Text,
    Whole,
)
from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP
from hivemind_desktop.settings.setting import Group, Row, Setting

MIB, GIB, TIB = 1024**2, 1024**3, 1024**4

MASTER_URL = Setting(
    "master_url",
    MasterAddress(),
    "",
    Group.POOL,
    QT_TRANSLATE_NOOP("settings", "Master"),
    QT_TRANSLATE_NOOP(
        "settings", "Address of your pool's master, or a join link. Empty: the master on this computer."
    ),
    env="MASTER_NODE_URL",
    flag="--master-url",
    metavar="URL",
)

CPU_PERCENT = Setting(
    "limits.cpu_percent",
    Whole(1, 100),
    80,
    Group.LIMITS,
    QT_TRANSLATE_NOOP("settings", "CPU time"),
    QT_TRANSLATE_NOOP("settings", "Share of the whole processor that all tasks together may use."),
    unit="%",
)
MEMORY_PERCENT = Setting(
    "limits.memory_percent",
    Whole(1, 95),
    50,
    Group.LIMITS,
    QT_TRANSLATE_NOOP("settings", "Memory"),
    QT_TRANSLATE_NOOP("settings", "Share of the memory that all tasks together may use."),
    unit="%",
)
DISK_GB = Setting(
    "limits.disk_gb",
    Number(0.1, 100_000),
    10.0,
    Group.LIMITS,
    QT_TRANSLATE_NOOP("settings", "Disk"),
    QT_TRANSLATE_NOOP("settings", "Disk space for all tasks together: packages, scratch files and results."),
    unit="GB",
)
SLOTS = Setting(
    "limits.slots",
    Whole(1, 64),
    3,
    Group.LIMITS,
    QT_TRANSLATE_NOOP("settings", "Tasks at once"),
    QT_TRANSLATE_NOOP("settings", "How many tasks may run at the same time."),
    env="MAX_CONCURRENT_TASKS",
    flag="--max-tasks",
    metavar="N",
)

TASK_MEMORY = Setting(
    "task.memory",
    Size(16 * MIB, TIB),
    2 * GIB,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Memory of one task"),
    QT_TRANSLATE_NOOP(
        "settings",
        "The most memory that one task gets, swap included; never more than all tasks together may use.",
    ),
    env="MAX_MEMORY_LIMIT",
)
TASK_CPU_CORES = Setting(
    "task.cpu_cores",
    Number(0.1, 1024),
    4.0,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Processor cores of one task"),
    QT_TRANSLATE_NOOP("settings", "The most cores that one task gets, counted before the share below."),
    env="MAX_CPU_CORES",
)
TASK_CPU_PERCENT = Setting(
    "task.cpu_percent",
    Whole(1, 100),
    80,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Share of those cores"),
    QT_TRANSLATE_NOOP(
        "settings", "How much of its cores' time one task may use: 4 cores at 80% are 3.2 cores."
    ),
    unit="%",
)
TASK_DISK = Setting(
    "task.disk",
    Size(16 * MIB, 100 * TIB),
    GIB,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Disk of one task"),
    QT_TRANSLATE_NOOP("settings", "Package, scratch files and results of one task together."),
)
TASK_PIDS = Setting(
    "task.pids",
    Whole(10, 100_000),
    100,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Processes of one task"),
    QT_TRANSLATE_NOOP("settings", "Processes and threads that one task may have at once."),
)
TASK_NOFILE = Setting(
    "task.nofile",
    Whole(64, 1_048_576),
    1024,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Open files of one task"),
    QT_TRANSLATE_NOOP("settings", "Files that one process of a task may hold open."),
)
TASK_NPROC = Setting(
    "task.nproc",
    Whole(10, 1_048_576),
    512,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Processes of a task's user"),
    QT_TRANSLATE_NOOP(
        "settings",
        "A second limit by user. It holds only where the engine gives tasks a user of their own; processes of one task are limited above.",
    ),
)
TASK_IO_WEIGHT = Setting(
    "task.io_weight",
    Whole(10, 1000),
    500,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Disk priority of one task"),
    QT_TRANSLATE_NOOP(
        "settings", "Weight against other programs when the disk is busy, where the engine can keep it."
    ),
)
TASK_TIMEOUT_S = Setting(
    "task.timeout_s",
    Whole(1, 30 * 86400),
    3600,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Time limit"),
    QT_TRANSLATE_NOOP("settings", "For a task that names none. Sleep and pauses do not count."),
    unit="s",
)
TASK_MAX_TIMEOUT_S = Setting(
    "task.max_timeout_s",
    Whole(1, 90 * 86400),
    7 * 86400,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Longest time limit"),
    QT_TRANSLATE_NOOP("settings", "A task that asks for more is refused."),
    unit="s",
)
TASK_GRACE_S = Setting(
    "task.grace_s",
    Number(0, 300),
    10.0,
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Time to finish"),
    QT_TRANSLATE_NOOP("settings", "Between asking a task to end and ending it."),
    unit="s",
)
TASK_NETWORK = Setting(
    "task.network",
    Choice(("none",)),
    "none",
    Group.TASK,
    QT_TRANSLATE_NOOP("settings", "Network of tasks"),
    QT_TRANSLATE_NOOP("settings", "Tasks get no network; one that asks for it is refused."),
)

CPU_ONLY = Setting(
    "gpu.cpu_only",
    Switch(),
    False,
    Group.GPU,
    QT_TRANSLATE_NOOP("settings", "No GPU for tasks"),
    QT_TRANSLATE_NOOP("settings", "Take no task that needs a GPU."),
    switch="--cpu-only",
    switch_value="true",
)
GPU_DEVICES = Setting(
    "gpu.devices",
    Numbers(),
    (),
    Group.GPU,
    QT_TRANSLATE_NOOP("settings", "GPUs for tasks"),
    QT_TRANSLATE_NOOP("settings", "Numbers of the GPUs that tasks may use. Empty: every GPU."),
)

IMAGE_NAME = Setting(
    "image.name",
    Text(r"[a-z0-9]+([._/:-][a-z0-9]+)*", may_be_empty=False, example="justin308/hivemind-worker"),
    "justin308/hivemind-worker",
    Group.ENGINE,
    QT_TRANSLATE_NOOP("settings", "Base image"),
    QT_TRANSLATE_NOOP(
        "settings",
        "Image in which a task runs that names none. One that is on this computer is used before any is fetched.",
    ),
)
IMAGE_TAG = Setting(
    "image.tag",
    Text(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", may_be_empty=False, example="latest"),
    "latest",
    Group.ENGINE,
    QT_TRANSLATE_NOOP("settings", "Tag of the base image"),
    QT_TRANSLATE_NOOP("settings", "Version of the base image."),
    env="WORKER_IMAGE_TAG",
)
IMAGE_ALLOWED = Setting(
    "image.allowed",
    Patterns(),
    (),
    Group.ENGINE,
    QT_TRANSLATE_NOOP("settings", "Images for tasks"),
    QT_TRANSLATE_NOOP(
        "settings",
        "Names of images that a task may name, with * and ? as wildcards. Empty: any, also one that is only on this computer. A registry with a port or on the own network is used only when it is listed here, like 192.168.0.7:5000/*.",
    ),
)
ENGINE_ADDRESS = Setting(
    "engine.address",
    Text(r"(unix|npipe|tcp)://.+|/.+", example="unix:///var/run/docker.sock"),
    "",
    Group.ENGINE,
    QT_TRANSLATE_NOOP("settings", "Docker socket"),
    QT_TRANSLATE_NOOP(
        "settings",
        "Where the Docker engine answers. Empty: DOCKER_HOST, else the usual place of this system.",
    ),
)

REPORT_INTERVAL_S = Setting(
    "link.report_interval_s",
    Whole(1, 3600),
    30,
    Group.LINK,
    QT_TRANSLATE_NOOP("settings", "Report every"),
    QT_TRANSLATE_NOOP("settings", "How often the master is told how busy this computer is."),
    unit="s",
    env="RESOURCE_REPORT_INTERVAL",
)
DEADLINE_S = Setting(
    "link.deadline_s",
    Number(0.2, 60),
    5.0,
    Group.LINK,
    QT_TRANSLATE_NOOP("settings", "Wait for an answer"),
    QT_TRANSLATE_NOOP(
        "settings",
        "A sign of life that the master has not answered by then is lost; after two in a row the connection is made again.",
    ),
    unit="s",
)
KEEP_RUNNING_H = Setting(
    "link.keep_running_h",
    Number(0, 24 * 30),
    24.0,
    Group.LINK,
    QT_TRANSLATE_NOOP("settings", "Go on without a connection"),
    QT_TRANSLATE_NOOP("settings", "Tasks run on that long while the master is not reachable."),
    unit="h",
)

OUTBOX_DAYS = Setting(
    "results.keep_days",
    Whole(1, 365),
    30,
    Group.RESULTS,
    QT_TRANSLATE_NOOP("settings", "Keep results that could not be sent"),
    QT_TRANSLATE_NOOP("settings", "A result that the master has not taken by then is deleted."),
    unit="d",
)
TASK_LOG_HEAD_MB = Setting(
    "results.log_head_mb",
    Number(0.01, 900),
    64.0,
    Group.RESULTS,
    QT_TRANSLATE_NOOP("settings", "First part of a task's log"),
    QT_TRANSLATE_NOOP("settings", "That much of the beginning of a task's log is kept."),
    unit="MB",
)
TASK_LOG_TAIL_MB = Setting(
    "results.log_tail_mb",
    Number(0.01, 100),
    16.0,
    Group.RESULTS,
    QT_TRANSLATE_NOOP("settings", "Last part of a task's log"),
    QT_TRANSLATE_NOOP(
        "settings", "That much of the end of a task's log is kept; a line tells what was cut between."
    ),
    unit="MB",
)
TASK_LOG_LIMIT_GB = Setting(
    "results.log_limit_gb",
    Number(0.001, 10_000),
    10.0,
    Group.RESULTS,
    QT_TRANSLATE_NOOP("settings", "Most output of a task"),
    QT_TRANSLATE_NOOP("settings", "A task that prints more is ended."),
    unit="GB",
)

LOG_LEVEL = Setting(
    "log.level",
    Choice(("DEBUG", "INFO", "WARNING", "ERROR")),
    "INFO",
    Group.LOG,
    QT_TRANSLATE_NOOP("settings", "Detail of the program log"),
    QT_TRANSLATE_NOOP("settings", "From this level on events are written to the program's own log."),
    env="LOG_LEVEL",
    switch="--debug",
    switch_value="DEBUG",
)
LOG_FILE = Setting(
    "log.file",
    Text(),
    "",
    Group.LOG,
    QT_TRANSLATE_NOOP("settings", "Program log"),
    QT_TRANSLATE_NOOP("settings", "File of the program's own log. Empty: worker.log in the state folder."),
    flag="--log-file",
    metavar="FILE",
)

LANGUAGE = Setting(
    "window.language",
    Choice(("system", "en", "zh-TW")),
    "system",
    Group.WINDOW,
    QT_TRANSLATE_NOOP("settings", "Language"),
    QT_TRANSLATE_NOOP("settings", "Language of window, tray and messages."),
)
THEME = Setting(
    "window.theme",
    Choice(("system", "light", "dark")),
    "system",
    Group.WINDOW,
    QT_TRANSLATE_NOOP("settings", "Theme"),
    QT_TRANSLATE_NOOP("settings", "Light or dark colours."),
)
TRAY_ICON = Setting(
    "window.tray_icon",
    Choice(("colour", "single")),
    "colour",
    Group.WINDOW,
    QT_TRANSLATE_NOOP("settings", "Tray icon"),
    QT_TRANSLATE_NOOP("settings", "In colour, or in a single colour."),
)
MINIMIZED = Setting(
    "window.minimized",
    Switch(),
    False,
    Group.WINDOW,
    QT_TRANSLATE_NOOP("settings", "Start in the tray"),
    QT_TRANSLATE_NOOP("settings", "Do not open the window when the program starts."),
    switch="--minimized",
    switch_value="true",
)

WIREGUARD_CONFIG_PATH = Setting(
    "tunnel.config_path",
    Text(),
    "",
    Group.TUNNEL,
    QT_TRANSLATE_NOOP("settings", "WireGuard configuration"),
    QT_TRANSLATE_NOOP("settings", "File of the tunnel's configuration. Empty: wg0.conf in the state folder."),
    env="WIREGUARD_CONFIG_PATH",
)

MASTER_HEARTBEAT_S = Setting(
    "master.heartbeat_s",
    Number(0.2, 60),
    10.0,
    Group.MASTER,
    QT_TRANSLATE_NOOP("settings", "Sign of life every"),
    QT_TRANSLATE_NOOP(
        "settings",
        "How often workers tell this master that they and their tasks are alive; at least three times within each of the two times below.",
    ),
    unit="s",
)
MASTER_LEASE_S = Setting(
    "master.lease_s",
    Number(1, 3600),
    120.0,
    Group.MASTER,
    QT_TRANSLATE_NOOP("settings", "Give a task to another computer after"),
    QT_TRANSLATE_NOOP("settings", "When a worker is silent for that long its tasks are offered again."),
    unit="s",
)
MASTER_OFFLINE_S = Setting(
    "master.offline_s",
    Number(1, 3600),
    30.0,
    Group.MASTER,
    QT_TRANSLATE_NOOP("settings", "Show a computer as offline after"),
    QT_TRANSLATE_NOOP("settings", "When nothing was heard of it for that long."),
    unit="s",
)
MASTER_REFUSED_S = Setting(
    "master.refused_s",
    Number(1, 86400),
    600.0,
    Group.MASTER,
    QT_TRANSLATE_NOOP("settings", "Fail a task nobody takes after"),
    QT_TRANSLATE_NOOP("settings", "When every connected computer has refused it for that long."),
    unit="s",
)

TABLE: tuple[Row, ...] = tuple(row for row in list(globals().values()) if isinstance(row, Setting))
"""Every setting, in the order above."""
BY_KEY: dict[str, Row] = {row.key: row for row in TABLE}
BY_ENV: dict[str, Row] = {row.env: row for row in TABLE if row.env}

GROUP_NAMES: dict[Group, str] = {
    Group.POOL: QT_TRANSLATE_NOOP("settings", "Pool"),
    Group.LIMITS: QT_TRANSLATE_NOOP("settings", "Limits for all tasks together"),
    Group.TASK: QT_TRANSLATE_NOOP("settings", "Limits for one task"),
    Group.GPU: QT_TRANSLATE_NOOP("settings", "GPU"),
    Group.ENGINE: QT_TRANSLATE_NOOP("settings", "Docker"),
    Group.LINK: QT_TRANSLATE_NOOP("settings", "Connection"),
    Group.RESULTS: QT_TRANSLATE_NOOP("settings", "Results and logs of tasks"),
    Group.LOG: QT_TRANSLATE_NOOP("settings", "Program log"),
    Group.WINDOW: QT_TRANSLATE_NOOP("settings", "Window"),
    Group.TUNNEL: QT_TRANSLATE_NOOP("settings", "Tunnel"),
    Group.MASTER: QT_TRANSLATE_NOOP("settings", "Master on this computer"),
}
