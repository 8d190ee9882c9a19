"""Protobuf messages <-> the records of the contract, shared by link/ and master/.

`*_to_wire` never fails; `*_from_wire` raises BrokenMessage on what no honest program sends (the rest is checked by the rules of the contract).
"""

from __future__ import annotations

import math
from types import MappingProxyType

from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.reading import GpuReading, Reading
from hivemind_desktop.contract.task import (
    FileEntry,
    Manifest,
    NetworkKind,
    NetworkWish,
    Resources,
    TaskSpec,
    Usage,
)
from hivemind_desktop.wire import hivemind_pb2 as pb


class BrokenMessage(ValueError):
    """The message cannot be meant; the text names the field."""


def attempt_to_wire(key: AttemptKey) -> pb.Attempt:
    return pb.Attempt(task_id=key.task_id, epoch=key.epoch, n=key.n)


def attempt_from_wire(attempt: pb.Attempt) -> AttemptKey:
    if not attempt.task_id or len(attempt.task_id) > 64 or attempt.epoch < 1 or attempt.n < 1:
        raise BrokenMessage("attempt")
    return AttemptKey(attempt.task_id, attempt.epoch, attempt.n)


def manifest_to_wire(manifest: Manifest) -> pb.Manifest:
    return pb.Manifest(
        entries=[
            pb.FileEntry(
                path=entry.path,
                size=entry.size,
                sha256=bytes.fromhex(entry.sha256),
                executable=entry.executable,
                folder=entry.folder,
            )
            for entry in manifest.entries
        ]
    )


def manifest_from_wire(manifest: pb.Manifest) -> Manifest:
    """Names are not checked here (contract/names.py does); hashes have 32 bytes, folders none."""
    entries = []
    for entry in manifest.entries:
        if len(entry.sha256) != (0 if entry.folder else 32) or (entry.folder and entry.size):
            raise BrokenMessage("manifest")
        entries.append(FileEntry(entry.path, entry.size, entry.sha256.hex(), entry.executable, entry.folder))
    return Manifest(tuple(entries))


def resources_to_wire(resources: Resources) -> pb.Resources:
    return pb.Resources(
        cpus=resources.cpus,
        memory_bytes=resources.memory_bytes,
        disk_bytes=resources.disk_bytes,
        gpus=resources.gpus,
        pids=resources.pids,
    )


def resources_from_wire(resources: pb.Resources) -> Resources:
    return Resources(
        cpus=_amount(resources.cpus, "cpus"),
        memory_bytes=resources.memory_bytes,
        disk_bytes=resources.disk_bytes,
        gpus=resources.gpus,
        pids=resources.pids,
    )


def spec_to_wire(spec: TaskSpec) -> pb.TaskSpec:
    return pb.TaskSpec(
        name=spec.name,
        package=manifest_to_wire(spec.package),
        command=spec.command,
        image=spec.image,
        asked=resources_to_wire(spec.asked),
        timeout_s=spec.timeout_s,
        environment=dict(spec.environment),
        network=pb.NetworkWish(kind=spec.network.kind.value, destinations=spec.network.destinations),
        priority=spec.priority,
        after=spec.after,
        require=spec.require,
        node=spec.node,
        outputs=spec.outputs,
        has_manifest=spec.has_manifest,
    )


def spec_from_wire(spec: pb.TaskSpec) -> TaskSpec:
    try:
        kind = NetworkKind(spec.network.kind or NetworkKind.NONE)
    except ValueError as unknown:
        raise BrokenMessage("network") from unknown
    return TaskSpec(
        name=spec.name,
        package=manifest_from_wire(spec.package),
        command=tuple(spec.command),
        image=spec.image,
        asked=resources_from_wire(spec.asked),
        timeout_s=spec.timeout_s,
        environment=MappingProxyType(dict(spec.environment)),
        network=NetworkWish(kind, tuple(spec.network.destinations)),
        priority=spec.priority,
        after=tuple(spec.after),
        require=tuple(spec.require),
        node=spec.node,
        outputs=tuple(spec.outputs),
        has_manifest=spec.has_manifest,
    )


def usage_to_wire(usage: Usage) -> pb.Usage:
    return pb.Usage(
        cpu_percent=usage.cpu_percent,
        memory_percent=usage.memory_percent,
        gpu_percent=usage.gpu_percent,
        duration_s=usage.duration_s,
        memory_peak_bytes=usage.memory_peak_bytes,
        cpu_seconds=usage.cpu_seconds,
        disk_peak_bytes=usage.disk_peak_bytes,
        samples=usage.samples,
    )


def usage_from_wire(usage: pb.Usage) -> Usage:
    """Percent are cut to 0..100, as the reward wants them."""
    return Usage(
        cpu_percent=min(_amount(usage.cpu_percent, "cpu_percent"), 100.0),
        memory_percent=min(_amount(usage.memory_percent, "memory_percent"), 100.0),
        gpu_percent=min(_amount(usage.gpu_percent, "gpu_percent"), 100.0),
        duration_s=usage.duration_s,
        memory_peak_bytes=usage.memory_peak_bytes,
        cpu_seconds=_amount(usage.cpu_seconds, "cpu_seconds"),
        disk_peak_bytes=usage.disk_peak_bytes,
        samples=usage.samples,
    )


def gpu_to_wire(gpu: GpuReading) -> pb.Gpu:
    return pb.Gpu(
        index=gpu.index,
        name=gpu.name,
        memory_bytes=gpu.memory_bytes,
        load_percent=gpu.load_percent,
        memory_used_bytes=gpu.memory_used_bytes,
        temperature_c=gpu.temperature_c,
        power_w=gpu.power_w,
        power_limit_w=gpu.power_limit_w,
    )


def gpu_from_wire(gpu: pb.Gpu) -> GpuReading:
    return GpuReading(
        index=gpu.index,
        name=gpu.name,
        memory_bytes=gpu.memory_bytes,
        load_percent=_measured(gpu, "load_percent"),
        memory_used_bytes=gpu.memory_used_bytes if gpu.HasField("memory_used_bytes") else None,
        temperature_c=_measured(gpu, "temperature_c"),
        power_w=_measured(gpu, "power_w"),
        power_limit_w=_measured(gpu, "power_limit_w"),
    )


def reading_to_wire(reading: Reading) -> pb.Reading:
    return pb.Reading(
        at_unix_ms=round(reading.at * 1000),
        cpu_percent=reading.cpu_percent,
        memory_used_bytes=reading.memory_used_bytes,
        memory_total_bytes=reading.memory_total_bytes,
        disk_used_bytes=reading.disk_used_bytes,
        disk_total_bytes=reading.disk_total_bytes,
        network_in_bytes_per_s=reading.network_in_bytes_per_s,
        network_out_bytes_per_s=reading.network_out_bytes_per_s,
        gpus=[gpu_to_wire(gpu) for gpu in reading.gpus],
    )


def reading_from_wire(reading: pb.Reading) -> Reading:
    """`broken` stays at home: the message has no such field. The time is as it was told: who shows it bounds it."""
    return Reading(
        at=reading.at_unix_ms / 1000,
        cpu_percent=_measured(reading, "cpu_percent"),
        memory_used_bytes=reading.memory_used_bytes if reading.HasField("memory_used_bytes") else None,
        memory_total_bytes=reading.memory_total_bytes if reading.HasField("memory_total_bytes") else None,
        disk_used_bytes=reading.disk_used_bytes if reading.HasField("disk_used_bytes") else None,
        disk_total_bytes=reading.disk_total_bytes if reading.HasField("disk_total_bytes") else None,
        network_in_bytes_per_s=_measured(reading, "network_in_bytes_per_s"),
        network_out_bytes_per_s=_measured(reading, "network_out_bytes_per_s"),
        gpus=tuple(gpu_from_wire(gpu) for gpu in reading.gpus),
    )


def _measured(message: pb.Gpu | pb.Reading, name: str) -> float | None:
    """None when it was not measured."""
    return _amount(getattr(message, name), name) if message.HasField(name) else None  # type: ignore[arg-type]


def _amount(value: float, name: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise BrokenMessage(name)
    return value
