"""A Docker engine that answers: the one that is here, else one installed and started here, in a session of its own; it stays."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from building import engine_api
from building.engine_api import Engine
from building.places import CACHE, LOGS
from building.proc import attempt, last_line
from building.say import BuildError, Step
from building.system import ENGINE, apt_here, by_hand, install, may_install, missing

START_LIMIT = 90.0
"""Seconds an engine may take to answer after its start (5 s measured; a busy machine is slower)."""

PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))


def packages_missing() -> list[str]:
    """Packages to install before an engine can be started; none while one answers or may not be started here."""
    if not may_install() or os.environ.get("DOCKER_HOST") or engine_api.answering():
        return []
    return missing(ENGINE) if shutil.which("dockerd") is None or shutil.which("iptables") is None else []


def _by_hand() -> str:
    if sys.platform in ("win32", "darwin"):
        return "start Docker Desktop (or install it from docker.com) and run this again"
    if named := os.environ.get("DOCKER_HOST"):
        return f"nothing answers at DOCKER_HOST={named}: start that engine, or unset DOCKER_HOST"
    if shutil.which("dockerd"):
        return "start it as root (systemctl start docker) and run this again"
    if apt_here():
        return f"as root: {by_hand(ENGINE)}; then run this again"
    return "install Docker Engine with your system's package tool, start it, and run this again"


def prepare() -> Engine:
    """The engine to use. Raises BuildError with what the person has to do where this process may not start one."""
    if found := engine_api.answering():
        return found
    if not may_install() or os.environ.get("DOCKER_HOST"):
        if sys.platform == "win32" and _cli_answers():
            raise BuildError(
                "build.py cannot speak to Docker Desktop's pipe: set DOCKER_HOST=tcp://localhost:2375"
            )
        raise BuildError(f"no Docker engine answers: {_by_hand()}")
    install(packages_missing(), "engine-packages")
    with Step("engine", "starting the Docker engine") as step:
        return _start(step)


def _cli_answers() -> bool:
    program = shutil.which("docker")
    return program is not None and subprocess.run([program, "version"], capture_output=True).returncode == 0


def _start(step: Step) -> Engine:
    engine = Engine(unix=engine_api.DEFAULT_SOCKET)
    if Path("/run/systemd/system").is_dir():
        attempt(["systemctl", "start", "docker"], step, "engine-systemctl")
        return _wait(engine, None, LOGS / "engine-systemctl.log")
    for path in PID_FILES:
        drop_stale(path)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "dockerd.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["dockerd"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/"
        )
    (CACHE / "dockerd.pid").write_text(f"{process.pid}\n", "utf-8")
    return _wait(engine, process, log)


def drop_stale(path: Path) -> None:
    """Remove a pid file whose process is gone or another program's: dockerd would refuse to start beside it."""
    try:
        pid = int(path.read_text("utf-8").strip())
    except (FileNotFoundError, ValueError):
        return
    name = Path(f"/proc/{pid}/comm")
    if not name.exists() or name.read_text("utf-8").strip() not in ("dockerd", "containerd"):
        path.unlink()


def _wait(engine: Engine, process: "subprocess.Popen[bytes] | None", log: Path) -> Engine:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        if engine.ping():
            return engine
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.2)
    raise BuildError(f"the Docker engine did not start: {last_line(log)} - all of it: {log}")
