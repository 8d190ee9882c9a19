"""The machine that the figures are of: without it they say nothing."""

import os
import platform
import time
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import qVersion

from building.bench import bare


def facts() -> dict[str, Any]:
    """`load`: the mean number of running processes over the last minute, when the bench began. Raises KnownError engine.*."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": f"{_system()}, kernel {platform.release()}",
        "engine": f"Docker {bare.find_engine().facts().version}",
        "python": platform.python_version(),
        "qt": qVersion(),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def lines(told: dict[str, Any]) -> list[str]:
    return [
        f"{told['date']}: {told['cpus']} x {told['cpu']}, {told['memory_gib']} GiB, {told['system']},",
        f"{told['engine']}, Python {told['python']}, Qt {told['qt']}; load at the start {told['load']}",
    ]
