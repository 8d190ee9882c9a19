"""The exact body of a container, and what changes in it with the engine and the order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hivemind_desktop.containers.facts import Facts, ignored_limits, read
from hivemind_desktop.containers.spec import Mount, Surroundings, cpu_quota, create_body, kept
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.task import NetworkKind, NetworkWish, Resources, TaskSpec
from hivemind_desktop.errors import KnownError
from hivemind_desktop.worker.commands import StartRun
from hivemind_desktop.worker.snapshot import LimitsKept

GIB = 1024**3
ORDER = StartRun(
    attempt=AttemptKey("01J", 2, 3),
    spec=TaskSpec(environment={"A": "1", "HOME": "/elsewhere"}),
    sender="ann",
    granted=Resources(cpus=1.6, memory_bytes=2 * GIB, disk_bytes=GIB, pids=100),
    timeout_s=60,
    grace_s=10.0,
)
AROUND = Surroundings(
    facts=Facts(engine_id="E", cpus=2),
    installation_id="inst",
    run_id="run1",
    image="sha256:abc",
    command=("python3", "main.py"),
    uid=65100,
    gid=65100,
    lone_uid=True,
    mounts=(Mount("/w/task", "/app/task"), Mount("vol", "/app/tmp", volume=True)),
    tmpdir="/app/tmp",
    seccomp='{"profile": 1}',
    cpus=0.8,
)


def test_the_whole_body() -> None:
    assert create_body(ORDER, AROUND) == {
        "Image": "sha256:abc",
        "Hostname": "task",
        "User": "65100:65100",
        "WorkingDir": "/app/task",
        "Entrypoint": ["python3"],
        "Cmd": ["main.py"],
        "Env": [
            "A=1",
            "HOME=/tmp",
            "TASK_ID=01J",
            "HIVEMIND_ATTEMPT=2.3",
            "HIVEMIND_OUTPUT_DIR=/app/task/output",
            "PYTHONUNBUFFERED=1",
            "PYTHONPATH=/app/task",
            "TMPDIR=/app/tmp",
            "NVIDIA_VISIBLE_DEVICES=void",
        ],
        "Labels": {"hivemind.installation": "inst", "hivemind.run": "run1"},
        "Healthcheck": {"Test": ["NONE"]},
        "Tty": False,
        "OpenStdin": False,
        "NetworkDisabled": False,
        "StopSignal": "SIGTERM",
        "HostConfig": {
            "NetworkMode": "none",
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true", 'seccomp={"profile": 1}'],
            "ReadonlyRootfs": True,
            "Privileged": False,
            "PidsLimit": 100,
            "Memory": 2 * GIB,
            "MemorySwap": 2 * GIB,
            "CpuPeriod": 100000,
            "CpuQuota": 80000,
            "ShmSize": 64 * 1024**2,
            "Tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=100m,mode=1777"},
            "Init": True,
            "IpcMode": "private",
            "CgroupnsMode": "private",
            "RestartPolicy": {"Name": "no"},
            "AutoRemove": False,
            "OomScoreAdj": 500,
            "Ulimits": [
                {"Name": "nofile", "Soft": 1024, "Hard": 1024},
                {"Name": "core", "Soft": 0, "Hard": 0},
                {"Name": "nproc", "Soft": 512, "Hard": 512},
            ],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": "/w/task",
                    "Target": "/app/task",
                    "BindOptions": {"Propagation": "rprivate"},
                },
                {"Type": "volume", "Source": "vol", "Target": "/app/tmp", "VolumeOptions": {"NoCopy": True}},
            ],
            "BlkioWeight": 500,
        },
    }


def test_a_shared_uid_has_no_process_limit_of_its_own() -> None:
    """nproc counts every process of that uid on the computer (facts, section 3): pids_limit holds instead."""
    ulimits = create_body(ORDER, replace(AROUND, lone_uid=False))["HostConfig"]["Ulimits"]
    assert "nproc" not in {limit["Name"] for limit in ulimits}


@pytest.mark.parametrize("facts", [Facts(ignored=frozenset({"blkio_weight"})), Facts(rootless=True)])
def test_a_weight_that_is_ignored_is_not_asked_for(facts: Facts) -> None:
    body = create_body(ORDER, replace(AROUND, facts=facts))
    assert "BlkioWeight" not in body["HostConfig"]
    assert kept(body, frozenset(), None).io_weight is None


def test_without_seccomp_the_engine_is_not_asked_for_it() -> None:
    body = create_body(ORDER, replace(AROUND, facts=Facts(seccomp=False)))
    assert body["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"]


def test_gpus_are_asked_for_by_number() -> None:
    body = create_body(ORDER, replace(AROUND, gpus=(0, 3)))
    assert body["HostConfig"].pop("DeviceRequests") == [
        {"Driver": "nvidia", "DeviceIDs": ["0", "3"], "Capabilities": [["gpu"]]}
    ]
    without = create_body(ORDER, AROUND)
    body["Env"].remove("NVIDIA_VISIBLE_DEVICES=0,3")
    without["Env"].remove("NVIDIA_VISIBLE_DEVICES=void")
    assert body == without


def test_the_gpus_of_a_run_are_named() -> None:
    assert kept(create_body(ORDER, replace(AROUND, gpus=(0, 3))), frozenset(), GIB).gpus == ("0", "3")


def test_a_grant_alone_gives_no_gpu() -> None:
    """Devices are chosen before the body is made; a count would let the engine choose any."""
    order = replace(ORDER, granted=replace(ORDER.granted, gpus=2))
    assert "DeviceRequests" not in create_body(order, AROUND)["HostConfig"]


@pytest.mark.parametrize(("cpus", "quota"), [(1.6, 160_000), (0.1, 10_000), (0.0, 1000), (0.333, 33_300)])
def test_quota(cpus: float, quota: int) -> None:
    assert cpu_quota(cpus) == quota


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "LD_AUDIT", "ld_anything", "GCONV_PATH", "NVIDIA_VISIBLE_DEVICES", "a=b", ""]
)
def test_environment_that_may_not_be_set(name: str) -> None:
    order = replace(ORDER, spec=TaskSpec(environment={name: "x"}))
    with pytest.raises(KnownError, match=r"task\.environment"):
        create_body(order, AROUND)


def test_a_network_is_refused_here_too() -> None:
    order = replace(ORDER, spec=TaskSpec(network=NetworkWish(NetworkKind.INTERNET)))
    with pytest.raises(KnownError, match=r"network\.not_allowed"):
        create_body(order, AROUND)


def test_only_what_holds_is_kept() -> None:
    body = create_body(ORDER, AROUND)
    assert kept(body, frozenset(), GIB) == LimitsKept(0.8, 2 * GIB, 100, GIB, 500, 512, 1024)
    warnings = [
        "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
        "linux does not support CPU percent. Percent discarded.",
        "Something new.",
    ]
    ignored = ignored_limits(warnings)
    assert ignored == {"blkio_weight", "cpu_percent", "Something new."}
    assert kept(body, ignored, None) == LimitsKept(0.8, 2 * GIB, 100, None, None, 512, 1024)


def test_facts_are_read_from_info() -> None:
    told = read(
        {
            "ID": "X",
            "NCPU": 8,
            "MemTotal": 5,
            "CgroupVersion": "2",
            "CgroupDriver": "systemd",
            "SecurityOptions": ["name=seccomp,profile=default", "name=rootless", "name=userns"],
            "PidsLimit": False,
        },
        "29.0",
        "1.52",
    )
    assert told == Facts("X", "29.0", "1.52", 8, 5, True, True, True, frozenset({"pids"}))
    assert read({}, "", "1.41") == Facts(seccomp=False)


def test_what_an_image_configures_is_bounded_or_taken_away() -> None:
    body = create_body(
        ORDER, replace(AROUND, volumes=("/data",), unset=("LD_LIBRARY_PATH", "NVIDIA_VISIBLE_DEVICES"))
    )
    assert body["HostConfig"]["Mounts"][-1] == {
        "Type": "tmpfs",
        "Target": "/data",
        "TmpfsOptions": {"SizeBytes": 100 * 1024**2, "Mode": 0o1777},
    }
    assert "LD_LIBRARY_PATH" in body["Env"]
    assert "NVIDIA_VISIBLE_DEVICES" not in body["Env"]
