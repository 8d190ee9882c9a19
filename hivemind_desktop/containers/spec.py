"""PURE: one order and what is known of the engine -> the exact body of POST /containers/create. All of design section 6 is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hivemind_desktop.containers import places
from hivemind_desktop.containers.facts import Facts
from hivemind_desktop.contract.task import NetworkKind
from hivemind_desktop.contract.wishes import steers
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.snapshot import LimitsKept

MIB = 1024**2
CPU_PERIOD_US = 100_000
MIN_MEMORY = 6 * MIB
"""The engine's own minimum."""
SHM_BYTES = 64 * MIB
TMPFS = "rw,noexec,nosuid,nodev,size=100m,mode=1777"
VOLUME_BYTES = 100 * MIB
"""Of the tmpfs in the place of each volume that an image declares; what lies in it counts as the task's memory."""
NO_GPU = "void"
"""NVIDIA's runtime does nothing then, whatever the image says (Container Toolkit, docker-specialized: GPU enumeration)."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A bind of a folder of the host (`volume` false) or a named volume; always writable."""

    source: str
    target: str
    volume: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known besides the order. `lone_uid`: no other process of this computer has this uid, so nproc means this run alone."""

    facts: Facts
    installation_id: str
    run_id: str
    image: str
    command: tuple[str, ...]
    uid: int
    gid: int
    lone_uid: bool
    mounts: tuple[Mount, ...]
    tmpdir: str
    seccomp: str
    """The profile's JSON text."""
    cpus: float
    """The quota to start with, in cores."""
    gpus: tuple[int, ...] = ()
    """Numbers of the GPUs that are this run's alone."""
    volumes: tuple[str, ...] = ()
    """Paths of the image's own volumes."""
    unset: tuple[str, ...] = ()
    """Names of the image's own variables that the task starts without."""
    nofile: int = 1024
    nproc: int = 512
    io_weight: int = 500
    """The seed's numbers."""


def create_body(order: StartRun, around: Surroundings) -> dict[str, Any]:
    """Raises KnownError task.environment (a name that may not be set) or network.not_allowed."""
    spec = order.spec
    if spec.network.kind is not NetworkKind.NONE:
        raise KnownError("network.not_allowed", network=str(spec.network.kind))
    for name in spec.environment:
        if steers(name) or not name or "=" in name or "\0" in name + spec.environment[name]:
            raise KnownError("task.environment", name=name)
    return {
        "Image": around.image,
        "Hostname": "task",
        "User": f"{around.uid}:{around.gid}",
        "WorkingDir": places.TASK,
        "Entrypoint": [around.command[0]],
        "Cmd": list(around.command[1:]),
        "Env": _environment(order, around),
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": {places.LABEL_INSTALLATION: around.installation_id, places.LABEL_RUN: around.run_id},
        "Tty": False,
        "OpenStdin": False,
        "NetworkDisabled": False,
        "StopSignal": "SIGTERM",
        "HostConfig": _host(order, around),
    }


def cpu_quota(cpus: float) -> int:
    """Microseconds of CPU time in each CPU_PERIOD_US; the kernel takes no less than 1000."""
    return max(1000, round(cpus * CPU_PERIOD_US))


def _environment(order: StartRun, around: Surroundings) -> list[str]:
    """A name without a value takes the image's away."""
    ours = {
        "TASK_ID": order.attempt.task_id,
        "HIVEMIND_ATTEMPT": order.attempt.number,
        "HIVEMIND_OUTPUT_DIR": f"{places.TASK}/{places.OUTPUT}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": places.TASK,
        "HOME": "/tmp",
        "TMPDIR": around.tmpdir,
        "NVIDIA_VISIBLE_DEVICES": ",".join(map(str, around.gpus)) or NO_GPU,
    }
    told = {**order.spec.environment, **ours}
    return [f"{name}={value}" for name, value in told.items()] + [n for n in around.unset if n not in told]


def _host(order: StartRun, around: Surroundings) -> dict[str, Any]:
    facts, granted = around.facts, order.granted
    memory = max(MIN_MEMORY, granted.memory_bytes)
    security = ["no-new-privileges:true"]
    if facts.seccomp:
        security.append(f"seccomp={around.seccomp}")
    ulimits = [("nofile", around.nofile), ("core", 0)]
    if around.lone_uid:
        ulimits.append(("nproc", around.nproc))
    host: dict[str, Any] = {
        "NetworkMode": "none",
        "CapDrop": ["ALL"],
        "SecurityOpt": security,
        "ReadonlyRootfs": True,
        "Privileged": False,
        "PidsLimit": max(1, granted.pids),
        "Memory": memory,
        "MemorySwap": memory,
        "CpuPeriod": CPU_PERIOD_US,
        "CpuQuota": cpu_quota(around.cpus),
        "ShmSize": min(SHM_BYTES, memory // 2),
        "Tmpfs": {"/tmp": TMPFS},
        "Init": True,
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "OomScoreAdj": 500,
        "Ulimits": [{"Name": name, "Soft": limit, "Hard": limit} for name, limit in ulimits],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "Mounts": [_mount(mount) for mount in around.mounts]
        + [_tmpfs(path, min(VOLUME_BYTES, memory // 2)) for path in around.volumes],
    }
    if "blkio_weight" not in facts.ignored and not facts.rootless:
        host["BlkioWeight"] = around.io_weight
    if around.gpus:
        host["DeviceRequests"] = [
            {
                "Driver": "nvidia",
                "DeviceIDs": [str(number) for number in around.gpus],
                "Capabilities": [["gpu"]],
            }
        ]
    return host


def _mount(mount: Mount) -> dict[str, Any]:
    if mount.volume:
        return {
            "Type": "volume",
            "Source": mount.source,
            "Target": mount.target,
            "VolumeOptions": {"NoCopy": True},
        }
    return {
        "Type": "bind",
        "Source": mount.source,
        "Target": mount.target,
        "BindOptions": {"Propagation": "rprivate"},
    }


def _tmpfs(path: str, size: int) -> dict[str, Any]:
    """noexec, nosuid, nodev are the engine's own defaults for it."""
    return {"Type": "tmpfs", "Target": path, "TmpfsOptions": {"SizeBytes": size, "Mode": 0o1777}}


def kept(body: dict[str, Any], ignored: frozenset[str], disk_bytes: int | None) -> LimitsKept:
    """What of `body` holds, after the warnings of its creation (`facts.ignored_limits`)."""
    host = body["HostConfig"]
    limits = {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]}
    return LimitsKept(
        cpus=None if "cpus" in ignored else host["CpuQuota"] / host["CpuPeriod"],
        memory_bytes=None if "memory" in ignored else host["Memory"],
        pids=None if "pids" in ignored else host["PidsLimit"],
        disk_bytes=disk_bytes,
        io_weight=None if "blkio_weight" in ignored else host.get("BlkioWeight"),
        processes=limits.get("nproc"),
        open_files=limits.get("nofile"),
        gpus=tuple(number for request in host.get("DeviceRequests", ()) for number in request["DeviceIDs"]),
    )
