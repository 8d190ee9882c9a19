"""No machine of the tests has a GPU, so NVML is played: `Played` has the calls of pynvml and its error codes, which come from the real module."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from hivemind_desktop.contract.reading import Capacity, GpuReading
from hivemind_desktop.sensors.gpu import Gpus, driver_library
from hivemind_desktop.sensors.sampler import capacity

GIB = 1024**3


class Played:
    """NVML with `cards`; what a card cannot tell raises the code it holds instead of a value."""

    NVMLError = pynvml.NVMLError
    NVML_TEMPERATURE_GPU = pynvml.NVML_TEMPERATURE_GPU
    NVML_ERROR_NOT_SUPPORTED = pynvml.NVML_ERROR_NOT_SUPPORTED
    NVML_ERROR_NO_PERMISSION = pynvml.NVML_ERROR_NO_PERMISSION
    NVML_ERROR_DRIVER_NOT_LOADED = pynvml.NVML_ERROR_DRIVER_NOT_LOADED

    def __init__(self, *cards: dict[str, Any], refuses: int = 0) -> None:
        self.cards = list(cards)
        self.refuses = refuses
        self.opened = self.closed = 0

    def nvmlInit(self) -> None:
        if self.refuses:
            raise pynvml.NVMLError(self.refuses)
        self.opened += 1

    def nvmlShutdown(self) -> None:
        self.closed += 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, Any]:
        return self.cards[index]

    def nvmlDeviceGetName(self, card: dict[str, Any]) -> Any:
        return told(card["name"])

    def nvmlDeviceGetMemoryInfo(self, card: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(total=24 * GIB, used=told(card["used"]))

    def nvmlDeviceGetUtilizationRates(self, card: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(gpu=told(card["load"]))

    def nvmlDeviceGetTemperature(self, card: dict[str, Any], sensor: int) -> Any:
        assert sensor == pynvml.NVML_TEMPERATURE_GPU
        return told(card["heat"])

    def nvmlDeviceGetPowerUsage(self, card: dict[str, Any]) -> Any:
        return told(card["power"])

    def nvmlDeviceGetEnforcedPowerLimit(self, card: dict[str, Any]) -> Any:
        return told(card["limit"])


def told(value: Any) -> Any:
    if isinstance(value, pynvml.NVMLError):
        raise value
    return value


def card(**other: Any) -> dict[str, Any]:
    return {"name": "A100", "used": GIB, "load": 40, "heat": 61, "power": 120_500, "limit": 250_000, **other}


def gpus(nvml: Played) -> Gpus:
    return Gpus(find=lambda: Path("libnvidia-ml.so.1"), load=lambda: nvml)


def error(code: int) -> pynvml.NVMLError:
    return pynvml.NVMLError(code)


def test_every_gpu_is_read() -> None:
    found, failed = gpus(Played(card(), card(name=b"RTX \xff", load=0))).read()
    assert failed == ()
    assert found[0] == GpuReading(0, "A100", 24 * GIB, 40.0, GIB, 61.0, 120.5, 250.0)
    assert (found[1].index, found[1].name, found[1].load_percent) == (1, "RTX \ufffd", 0.0)


def test_what_a_card_cannot_tell_is_unknown_and_not_0() -> None:
    unknown = error(pynvml.NVML_ERROR_NOT_SUPPORTED)
    found, _ = gpus(Played(card(load=unknown, power=unknown, limit=unknown))).read()
    assert (found[0].load_percent, found[0].power_w, found[0].power_limit_w) == (None, None, None)
    assert found[0].temperature_c == 61.0


def test_a_lost_card_is_named_and_hides_no_other() -> None:
    lost = error(pynvml.NVML_ERROR_GPU_IS_LOST)
    found, failed = gpus(Played(card(), card(name=lost), card(heat=lost), card())).read()
    assert [gpu.index for gpu in found] == [0, 3]
    assert failed == ("gpu 1", "gpu 2")


def test_without_the_drivers_file_nothing_is_imported() -> None:
    def never() -> Any:
        raise AssertionError("imported")

    assert Gpus(find=lambda: None, load=never).read() == ((), ())


def test_a_library_without_a_driver_is_no_gpu() -> None:
    assert gpus(Played(refuses=pynvml.NVML_ERROR_DRIVER_NOT_LOADED)).read() == ((), ())


def test_a_driver_that_was_replaced_while_running_is_told_and_opened_anew() -> None:
    nvml = Played(card())
    reader = gpus(nvml)
    reader.read()
    broken: Callable[[], int] = lambda: told(error(pynvml.NVML_ERROR_UNKNOWN))  # noqa: E731
    whole, nvml.nvmlDeviceGetCount = nvml.nvmlDeviceGetCount, broken  # type: ignore[method-assign]
    with pytest.raises(pynvml.NVMLError):
        reader.read()
    nvml.nvmlDeviceGetCount = whole  # type: ignore[method-assign]
    assert len(reader.read()[0]) == 1
    assert (nvml.opened, nvml.closed) == (2, 1)


def test_the_drivers_file_is_looked_for_where_drivers_put_it(tmp_path: Path) -> None:
    (tmp_path / "libnvidia-ml.so.1").touch()
    found = driver_library("linux", {"LD_LIBRARY_PATH": f"/nowhere:{tmp_path}"})
    assert found == tmp_path / "libnvidia-ml.so.1"
    (tmp_path / "System32").mkdir()
    (tmp_path / "System32" / "nvml.dll").touch()
    assert driver_library("win32", {"SystemRoot": str(tmp_path)}) == tmp_path / "System32" / "nvml.dll"
    assert driver_library("win32", {"SystemRoot": "/no", "ProgramFiles": "/no"}) is None


def test_capacity_has_every_gpu_without_what_changes() -> None:
    computer = Capacity(2, GIB, GIB)
    nvml = Played(card(), card())
    found = capacity(computer, gpus(nvml))
    assert found.gpus == (GpuReading(0, "A100", 24 * GIB), GpuReading(1, "A100", 24 * GIB))
    assert nvml.closed == 1
    assert capacity(computer, gpus(Played(refuses=pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH))) == computer
