"""A reading: one sample of the computer. What was not measured is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GpuReading:
    index: int
    name: str
    memory_bytes: int
    load_percent: float | None = None
    memory_used_bytes: int | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """`at`: Unix seconds. Percent are 0..100 of the whole computer; disk is the one that holds the state folder."""

    at: float
    cpu_percent: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    disk_used_bytes: int | None = None
    disk_total_bytes: int | None = None
    network_in_bytes_per_s: float | None = None
    network_out_bytes_per_s: float | None = None
    gpus: tuple[GpuReading, ...] = ()
    broken: tuple[str, ...] = ()
    """Sensors that raised, by name."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a computer has and what its owner allows."""

    cpu_count: int
    memory_bytes: int
    disk_bytes: int
    gpus: tuple[GpuReading, ...] = ()
    os: str = ""
    arch: str = ""
