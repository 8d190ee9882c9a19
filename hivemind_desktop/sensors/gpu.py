"""Every NVIDIA GPU, through NVML. The library is imported only where the driver's file is found: it costs 12 MB."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from hivemind_desktop.contract.reading import GpuReading

log = logging.getLogger(__name__)

T = TypeVar("T")

_LINUX_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/wsl/lib",
    "/usr/local/nvidia/lib64",
    "/run/opengl-driver/lib",
)


def driver_library(platform: str = sys.platform, environ: Mapping[str, str] | None = None) -> Path | None:
    """NVML's file as the driver installs it, None where there is none."""
    environ = os.environ if environ is None else environ
    if platform == "win32":
        folders = [
            Path(environ.get("SystemRoot", r"C:\Windows")) / "System32",
            Path(environ.get("ProgramFiles", r"C:\Program Files")) / "NVIDIA Corporation" / "NVSMI",
        ]
        name = "nvml.dll"
    else:
        named = [part for part in environ.get("LD_LIBRARY_PATH", "").split(":") if part]
        folders, name = [Path(part) for part in (*named, *_LINUX_FOLDERS)], "libnvidia-ml.so.1"
    return next((folder / name for folder in folders if (folder / name).exists()), None)


class Gpus:
    """Reads all GPUs. One that fails is named (`gpu 1`) and does not hide the others; the driver is asked anew after a failure."""

    def __init__(
        self,
        find: Callable[[], Path | None] = driver_library,
        load: Callable[[], Any] = lambda: importlib.import_module("pynvml"),
    ) -> None:
        self._find = find
        self._load = load
        self._nvml: Any = None

    def read(self) -> tuple[tuple[GpuReading, ...], tuple[str, ...]]:
        """(readings by index, names of GPUs that could not be read). Raises what NVML raises when it does not work at all."""
        if self._nvml is None and not self._open():
            return (), ()
        try:
            found = list(self._each())
        except BaseException:
            self.close()
            raise
        return tuple(gpu for gpu, _ in found if gpu), tuple(name for gpu, name in found if gpu is None)

    def close(self) -> None:
        """Let go of the driver; the next `read` opens it again."""
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            nvml.nvmlShutdown()

    def _open(self) -> bool:
        """False when this computer has no working NVIDIA driver."""
        if self._find() is None:
            return False
        nvml = self._load()
        try:
            nvml.nvmlInit()
        except nvml.NVMLError as error:
            # the library without the driver or without a card: many images carry it
            if error.value in (nvml.NVML_ERROR_DRIVER_NOT_LOADED, nvml.NVML_ERROR_NO_PERMISSION):
                log.debug("no NVIDIA GPU can be read: %s", error)
                return False
            raise
        self._nvml = nvml
        return True

    def _each(self) -> Iterator[tuple[GpuReading | None, str]]:
        nvml = self._nvml
        for index in range(nvml.nvmlDeviceGetCount()):
            try:
                yield self._one(index), f"gpu {index}"
            except nvml.NVMLError as error:
                log.debug("GPU %d cannot be read: %s", index, error)
                yield None, f"gpu {index}"

    def _one(self, index: int) -> GpuReading:
        nvml = self._nvml
        card = nvml.nvmlDeviceGetHandleByIndex(index)
        name = nvml.nvmlDeviceGetName(card)
        memory = nvml.nvmlDeviceGetMemoryInfo(card)
        return GpuReading(
            index=index,
            name=name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name),
            memory_bytes=int(memory.total),
            memory_used_bytes=int(memory.used),
            load_percent=self._known(lambda: float(nvml.nvmlDeviceGetUtilizationRates(card).gpu)),
            temperature_c=self._known(
                lambda: float(nvml.nvmlDeviceGetTemperature(card, nvml.NVML_TEMPERATURE_GPU))
            ),
            power_w=self._known(lambda: nvml.nvmlDeviceGetPowerUsage(card) / 1000),
            power_limit_w=self._known(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(card) / 1000),
        )

    def _known(self, ask: Callable[[], T]) -> T | None:
        """What a card cannot tell is None: laptops' power, the load of a card that is split (MIG)."""
        try:
            return ask()
        except self._nvml.NVMLError as error:
            if error.value in (self._nvml.NVML_ERROR_NOT_SUPPORTED, self._nvml.NVML_ERROR_NO_PERMISSION):
                return None
            raise
