"""The small pure parts: addresses, faults, endings, use, names of what comes back."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemind_desktop.containers import ending, wire
from hivemind_desktop.containers.address import Address, candidates, parse
from hivemind_desktop.containers.engine import Engine
from hivemind_desktop.containers.images import split_name
from hivemind_desktop.containers.patterns import expression
from hivemind_desktop.containers.runs import Runs
from hivemind_desktop.containers.stopwatch import Stopwatch
from hivemind_desktop.containers.takings import Takings, Wanted
from hivemind_desktop.containers.usage import Means, Sample, find_cgroup, from_stats
from hivemind_desktop.contract.attempt import AttemptKey
from hivemind_desktop.contract.states import Reason
from hivemind_desktop.contract.task import Manifest, Resources, Usage
from hivemind_desktop.errors import KnownError


def test_addresses_best_first() -> None:
    assert [a.url for a in candidates("", {"XDG_RUNTIME_DIR": "/run/x"}, "/home/a", 7, "linux")] == [
        "unix:///var/run/docker.sock",
        "unix:///run/x/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///home/a/.docker/run/docker.sock",
        "unix:///home/a/.docker/desktop/docker.sock",
        "unix:///home/a/.colima/default/docker.sock",
        "unix:///home/a/.rd/docker.sock",
    ]
    assert list(candidates("", {"DOCKER_HOST": "tcp://pc:2375/"}, "", None, "linux")) == [
        Address("tcp", "pc:2375")
    ]
    assert list(candidates("/mine", {"DOCKER_HOST": "tcp://pc:1"}, "", 1, "linux")) == [
        Address("unix", "/mine")
    ]
    assert [a.kind for a in candidates("", {}, "", None, "win32")] == ["npipe", "npipe"]
    for wrong in ("ssh://pc", "docker.sock", "unix://", "https://x"):
        with pytest.raises(KnownError, match=r"engine\.address"):
            parse(wrong)


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[list[bytes]]:
    """A socket at tmp_path/s that gives each caller the next answer; silent once there is none."""
    told: list[bytes] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen()
    open_ones: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            if told:
                with caller:
                    caller.recv(4096)
                    caller.sendall(told.pop(0))
            else:
                open_ones.append(caller)

    thread = threading.Thread(target=serve)
    thread.start()
    yield told
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    for caller in open_ones:
        caller.close()


def ping(headers: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: 2\r\nConnection: close\r\n\r\nOK".encode()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (ping("Api-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n"), "20.10.24"),
        (ping("Api-Version: 1.52\r\n"), "API 1.52"),
        (ping("Api-Version: 1.40\r\n"), "engine.too_old"),
        (ping(""), "engine.too_old"),
        (ping("Api-Version: 1.41\r\nOstype: windows\r\n"), "engine.windows"),
        (ping("Api-Version: 1.41\r\n", "503 Busy"), "engine.broken"),
        (b"SSH-2.0-OpenSSH\r\n", "engine.broken"),
    ],
)
def test_what_a_socket_answers(tmp_path: Path, answers: list[bytes], answer: bytes, told: str) -> None:
    answers.append(answer)
    engine = Engine([Address("unix", str(tmp_path / "s"))])
    if told.startswith("engine."):
        with pytest.raises(KnownError) as caught:
            engine.answer()
        assert caught.value.code == told
    else:
        assert engine.answer() == told


def test_a_silent_engine(tmp_path: Path, answers: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hivemind_desktop.containers.engine.ANSWER_S", 0.2)
    with pytest.raises(KnownError, match=r"engine\.silent"):
        Engine([Address("unix", str(tmp_path / "s"))]).answer()


def test_faults_of_a_socket(tmp_path: Path) -> None:
    closed = socket.socket(socket.AF_UNIX)
    closed.bind(str(tmp_path / "dead"))
    closed.close()
    missing, dead = Address("unix", str(tmp_path / "missing")), Address("unix", str(tmp_path / "dead"))
    for engine, code in (
        ([missing], "engine.absent"),
        ([missing, dead], "engine.stopped"),
        ([], "engine.absent"),
    ):
        with pytest.raises(KnownError) as caught:
            Engine(engine).answer()
        assert caught.value.code == code
    assert wire.fault(missing, PermissionError()).code == "engine.no_permission"


def test_a_socket_that_may_not_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0o600)
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o011)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                else:
                    path.chmod(0)
                Engine([Address("unix", str(path))]).answer()
            except KnownError as fault:
                code = 0 if fault.code == "engine.no_permission" else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a", ("a", "latest")),
        ("a:1", ("a", "1")),
        ("host:5000/a", ("host:5000/a", "latest")),
        ("host:5000/a/b:x", ("host:5000/a/b", "x")),
        ("a:1@sha256:ff", ("a:1", "sha256:ff")),
    ],
)
def test_image_names(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("code", "oom", "full", "away", "told"),
    [
        (0, True, True, True, (Reason.OK, "")),
        (137, True, False, False, (Reason.OUT_OF_MEMORY, "")),
        (137, False, False, True, (Reason.ENGINE_LOST, "")),
        (137, False, False, False, (Reason.EXIT, "")),
        (1, True, False, False, (Reason.EXIT, "run.child_out_of_memory")),
        (1, False, True, False, (Reason.DISK_LIMIT, "")),
        (3, False, False, True, (Reason.EXIT, "")),
    ],
)
def test_how_an_exit_is_read(code: int, oom: bool, full: bool, away: bool, told: tuple[Reason, str]) -> None:
    found = ending.of_exit(code, out_of_memory=oom, disk_full=full, engine_was_away=away)
    assert (found.reason, found.message, found.exit_code) == (*told, code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("package.requirements", Reason.CANNOT_RUN_HERE),
        ("package.no_entry", Reason.BAD_PACKAGE),
        ("name.device", Reason.BAD_PACKAGE),
        ("image.unknown", Reason.CANNOT_RUN_HERE),
        ("engine.refused", Reason.CANNOT_RUN_HERE),
        ("engine.stopped", Reason.ENGINE_LOST),
        ("link.down", Reason.PREEMPTED),
        ("disk.full", Reason.CANNOT_RUN_HERE),
    ],
)
def test_which_reason_a_fault_is(code: str, reason: Reason) -> None:
    assert ending.of_fault(KnownError(code, n=1)) == ending.Ending(reason, None, code, {"n": "1"})


def test_a_stopwatch_stands_still_while_frozen() -> None:
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    assert (watch.elapsed, watch.going) == (0.0, False)
    watch.go()
    now[0] = 2.0
    watch.go()
    watch.hold()
    now[0] = 100.0
    watch.hold()
    assert watch.elapsed == 2.0
    watch.go()
    now[0] = 101.5
    assert watch.elapsed == 3.5


def test_means_are_weighted_by_time() -> None:
    granted = Resources(cpus=2.0, memory_bytes=1000)
    means = Means()
    assert means.usage(granted, 3.9) == Usage(duration_s=3)
    assert means.add(0.0, Sample(0.0, 100)) == 0.0
    assert means.add(1.0, Sample(1.0, 100, 300)) == 1.0
    assert means.add(4.0, Sample(7.0, 500), 42) == 2.0
    usage = means.usage(granted, 4.2)
    assert usage.cpu_percent == pytest.approx(87.5)
    assert usage.memory_percent == pytest.approx(25.0)
    assert (usage.memory_peak_bytes, usage.disk_peak_bytes, usage.samples) == (500, 42, 3)
    assert (usage.duration_s, usage.cpu_seconds) == (4, 7.0)
    means.add(5.0, Sample(1000.0, 10**9))
    capped = means.usage(granted, 5.0)
    assert (capped.cpu_percent, capped.memory_percent) == (100.0, 100.0)


GRANTED = Resources(cpus=1.0, memory_bytes=1000, gpus=1)


def gpu_mean(*samples: tuple[float, float | None]) -> float:
    means = Means()
    for at, load in samples:
        means.add_gpu(at, load)
    return means.usage(GRANTED, 100.0).gpu_percent


def test_the_load_of_gpus_is_weighted_by_time() -> None:
    assert gpu_mean((0.0, 100.0), (1.0, 100.0), (2.0, 0.0), (10.0, 0.0)) == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("samples", "mean"),
    [
        ([(0.0, None), (2.0, None)], 0.0),
        ([(0.0, None), (2.0, 80.0), (4.0, 80.0)], 80.0),
        ([(0.0, 80.0), (2.0, None), (4.0, None), (90.0, None)], 80.0),
        ([(0.0, 60.0), (2.0, None), (50.0, None), (52.0, 100.0)], 80.0),
        ([(0.0, 70.0)], 70.0),
        ([(0.0, 130.0), (1.0, 130.0)], 100.0),
    ],
)
def test_a_load_that_is_not_known_says_nothing(
    samples: list[tuple[float, float | None]], mean: float
) -> None:
    assert gpu_mean(*samples) == pytest.approx(mean)


def test_loads_of_gpus_count_where_nothing_else_could_be_sampled() -> None:
    means = Means()
    means.add_gpu(0.0, 50.0)
    assert means.usage(GRANTED, 3.0) == Usage(gpu_percent=50.0, duration_s=3)


@pytest.mark.parametrize("v2", [False, True])
def test_cgroup_files_of_both_versions(tmp_path: Path, v2: bool) -> None:
    if v2:
        folder = tmp_path / "system.slice" / "docker-abc.scope"
        folder.mkdir(parents=True)
        (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
        (folder / "memory.current").write_text("5000\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 1000\n")
        (folder / "memory.peak").write_text("9000\n")
    else:
        for controller in ("cpuacct", "memory"):
            (tmp_path / controller / "docker" / "abc").mkdir(parents=True)
        (tmp_path / "cpuacct" / "docker" / "abc" / "cpuacct.usage").write_text("1500000000\n")
        memory = tmp_path / "memory" / "docker" / "abc"
        (memory / "memory.usage_in_bytes").write_text("5000\n")
        (memory / "memory.stat").write_text("inactive_file 7\ntotal_inactive_file 1000\n")
        (memory / "memory.max_usage_in_bytes").write_text("9000\n")
    files = find_cgroup("abc", None, v2, tmp_path)
    assert files is not None
    assert files.sample() == Sample(1.5, 4000, 9000)
    files.close()
    assert files.sample() is None
    assert find_cgroup("other", None, v2, tmp_path) is None
    inside = "/user.slice/docker-abc" if v2 else "/odd/place"
    text = f"0::{inside}\n" if v2 else f"3:cpuset:/x\n2:cpu,cpuacct:{inside}\n4:memory:{inside}\n"
    for controller in ("cpuacct", "memory"):
        folder = tmp_path / ("" if v2 else controller) / inside.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("cpu.stat" if v2 else "cpuacct.usage")).write_text("usage_usec 1" if v2 else "1")
        (folder / ("memory.current" if v2 else "memory.usage_in_bytes")).write_text("2")
    found = find_cgroup("gone", text, v2, tmp_path)
    assert found is not None
    assert found.sample() == Sample(1e-6 if v2 else 1e-9, 2, 0)
    found.close()


def test_the_engines_own_stats() -> None:
    stats = {
        "cpu_stats": {"cpu_usage": {"total_usage": 2_000_000_000}},
        "memory_stats": {"usage": 500, "max_usage": 900, "stats": {"total_inactive_file": 100}},
    }
    assert from_stats(stats) == Sample(2.0, 400, 900)
    assert from_stats({"memory_stats": {}}) is None


@pytest.mark.parametrize(
    ("pattern", "takes", "leaves"),
    [
        ("*.csv", ["a.csv"], ["b/a.csv", "a.csv2"]),
        ("**/*.csv", ["a.csv", "b/c/a.csv"], ["a.txt"]),
        ("results/", ["results/a", "results/b/c"], ["result", "resultsx"]),
        ("a?.t(x)t", ["ab.t(x)t"], ["a.t(x)t", "a/.t(x)t"]),
        ("deep/**", ["deep/x", "deep/x/y"], ["deeper"]),
    ],
)
def test_patterns(pattern: str, takes: list[str], leaves: list[str]) -> None:
    found = expression(pattern)
    assert [path for path in takes if not found.fullmatch(path)] == []
    assert [path for path in leaves if found.fullmatch(path)] == []


def test_what_is_not_taken_is_named_a_bounded_number_of_times(tmp_path: Path) -> None:
    said: list[str] = []
    takings = Takings(tmp_path, Wanted(Manifest(), False, (), 100, 10), said.append)
    for n in range(100):
        takings.refuse(f"output/{n}", "it is a link")
    takings.refuse("output/0", "it is a link")
    assert len(said) == 21
    assert said[-1] == "not taken: more than can be named here"


def test_the_run_table(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    assert list(runs.all()) == []
    attempt = AttemptKey("T", 1, 2)
    folder = runs.make("abc", attempt)
    assert [(record.run_id, record.attempt) for record in runs.all()] == [("abc", attempt)]
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "run.json").write_text("{torn")
    assert [record.attempt for record in runs.all()] == [None]
    (folder / "disk" / "task").mkdir(parents=True)
    runs.drop(folder)
    assert list(runs.all()) == []
    for bad in ("../x", "", ".hidden", "a/b"):
        with pytest.raises(ValueError, match="not a run id"):
            runs.make(bad, attempt)
