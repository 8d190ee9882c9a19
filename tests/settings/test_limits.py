from hivemind_desktop.contract.reading import Capacity, GpuReading
from hivemind_desktop.settings import allowed, defaults, gpus_allowed

GIB = 1024**3
TWO_CORES = Capacity(cpu_count=2, memory_bytes=24 * GIB, disk_bytes=100 * GIB)


def test_the_seeds_numbers_on_two_cores() -> None:
    given = allowed(defaults(), TWO_CORES)
    assert given.slots == 3
    assert (given.total.cpus, given.ceiling.cpus) == (1.6, 1.6)
    assert (given.total.memory_bytes, given.ceiling.memory_bytes) == (12 * GIB, 2 * GIB)
    assert (given.total.disk_bytes, given.ceiling.disk_bytes) == (10 * GIB, GIB)
    assert (given.total.pids, given.ceiling.pids) == (300, 100)
    assert given.networks == ("none",)
    assert given.keep_running_offline_s == 86400


def test_the_seeds_cores_on_a_large_machine() -> None:
    given = allowed(defaults(), Capacity(16, 64 * GIB, 1000 * GIB))
    assert (given.total.cpus, given.ceiling.cpus) == (12.8, 3.2)


def test_nothing_is_above_what_the_machine_has() -> None:
    given = allowed(defaults().replaced({"limits.slots": 1}), Capacity(1, 2 * GIB, 3 * GIB))
    assert (given.total.cpus, given.ceiling.cpus) == (0.8, 0.8)
    assert given.ceiling.memory_bytes == given.total.memory_bytes == GIB
    assert given.total.disk_bytes == 3 * GIB


def test_a_task_never_gets_more_than_all_tasks() -> None:
    given = allowed(defaults().replaced({"limits.cpu_percent": 10, "limits.memory_percent": 1}), TWO_CORES)
    assert given.ceiling.cpus == given.total.cpus == 0.2
    assert given.ceiling.memory_bytes == given.total.memory_bytes


def test_gpus_are_those_the_owner_named() -> None:
    capacity = Capacity(2, GIB, GIB, gpus=tuple(GpuReading(i, f"card {i}", GIB) for i in range(3)))
    assert gpus_allowed(defaults(), capacity) == (0, 1, 2)
    assert gpus_allowed(defaults().replaced({"gpu.devices": ("0", "2", "7")}), capacity) == (0, 2)
    assert gpus_allowed(defaults().replaced({"gpu.cpu_only": True}), capacity) == ()
    assert allowed(defaults().replaced({"gpu.cpu_only": True}), capacity).total.gpus == 0


def test_images_are_any_or_those_the_owner_named() -> None:
    assert allowed(defaults(), TWO_CORES).images == ()
    assert allowed(defaults().replaced({"image.allowed": ("python",)}), TWO_CORES).images == ("python",)
