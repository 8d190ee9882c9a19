"""Tasks that mean harm, or do it by mistake (facts/runners.md, section 5): the worker stays as it was, the end is told apart."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from hivemind_desktop.contract.spool import Stream
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.worker.events import LogGrew, RunEnded, StageEntered
from tests.containers.desk import GRANTED, MIB, Desk, kept_reason

LOOK = r"""
import ctypes, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *args):
    ctypes.set_errno(0)
    return getattr(libc, name)(*args), ctypes.get_errno()

def syscall(number, *args):
    return call("syscall", number, *args)

def writable(path):
    try:
        with open(path, "w"):
            return True
    except OSError:
        return False

def readable(path):
    try:
        with open(path, "rb") as f:
            return bool(f.read(1))
    except OSError:
        return False

def sock(*kind):
    try:
        socket.socket(*kind).close()
        return True
    except OSError:
        return False

status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
told = {
    "caps": [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "no_new_privs": status["NoNewPrivs"].strip(),
    "seccomp": status["Seccomp"].strip(),
    "ids": [os.getuid(), os.geteuid(), os.getgid()],
    "groups": os.getgroups(),
    "writable": [p for p in ("/x", "/app/x", "/etc/passwd", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
                             "/proc/sys/kernel/core_pattern", "/sys/kernel/x", "/dev/x", "/sys/fs/cgroup/x") if writable(p)],
    "readable": [p for p in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/dev/kmsg", "/etc/shadow") if readable(p)],
    "firmware": os.listdir("/sys/firmware"),
    "nets": os.listdir("/sys/class/net"),
    "dns": None,
    "sockets": {"unix": sock(socket.AF_UNIX), "inet": sock(socket.AF_INET), "raw": sock(socket.AF_INET, socket.SOCK_RAW, 1),
                "packet": sock(socket.AF_PACKET, socket.SOCK_RAW), "vsock": sock(40, 1), "alg": sock(38, 5)},
    "refused": {
        "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
        "unshare_user": call("unshare", 0x10000000),
        "unshare_net": call("unshare", 0x40000000),
        "setns": call("setns", 0, 0),
        "chroot": call("chroot", b"/tmp"),
        "pivot_root": syscall(155, b"/tmp", b"/tmp"),
        "ptrace": call("ptrace", 16, 1, 0, 0),
        "process_vm_readv": syscall(310, 1, 0, 0, 0, 0, 0),
        "add_key": syscall(248, b"user", b"x", b"y", 1, -3),
        "keyctl": syscall(250, 0, -3, 1),
        "bpf": syscall(321, 0, 0, 0),
        "perf_event_open": syscall(298, 0, 0, -1, -1, 0),
        "userfaultfd": syscall(323, 0),
        "io_uring_setup": syscall(425, 1, 0),
        "mknod": call("mknod", b"/app/task/dev", 0o20666, os.makedev(1, 3)),
        "setuid": call("setuid", 0),
        "clone_newuser": syscall(56, 0x10000000 | 17, 0, 0, 0, 0),
        "name_to_handle_at": syscall(303, -100, b"/", 0, 0, 0),
    },
    "mounts": [line.split()[1] for line in open("/proc/mounts")],
    "environment": sorted(os.environ),
    "limits": open("/proc/self/limits").read(),
    "tmp": next(line for line in open("/proc/mounts") if line.split()[1] == "/tmp"),
    "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize,
    "init": open("/proc/1/cmdline").read(),
}
try:
    socket.getaddrinfo("example.org", 80)
    told["dns"] = True
except OSError:
    told["dns"] = False
print(json.dumps(told))
"""


def test_what_a_task_can_see_and_do(desk: Desk) -> None:
    finished = desk.run({"main.py": LOOK})
    assert kept_reason(finished) == (Reason.OK, 0, ""), desk.text(finished.attempt, Stream.STDERR).decode()
    told = json.loads(desk.text(finished.attempt))
    assert told["caps"] == ["0000000000000000"] * 5
    assert (told["no_new_privs"], told["seccomp"]) == ("1", "2")
    assert 0 not in told["ids"]
    assert told["groups"] in ([], [told["ids"][2]])
    assert told["writable"] == []
    assert told["readable"] == []
    assert told["firmware"] == []
    assert told["nets"] == ["lo"]
    assert told["dns"] is False
    assert told["sockets"] == {
        "unix": True, "inet": True, "raw": False, "packet": False, "vsock": False, "alg": False,
    }  # fmt: skip
    allowed = {name: answer for name, answer in told["refused"].items() if answer[0] != -1}
    assert allowed == {}
    assert "docker.sock" not in " ".join(told["mounts"])
    assert "noexec" in told["tmp"]
    assert "nosuid" in told["tmp"]
    assert "size=102400k" in told["tmp"]
    assert told["shm"] == 64 * MIB
    assert "init" in told["init"]
    assert "Max open files            1024" in told["limits"]
    if os.geteuid() == 0:
        assert "Max processes             512" in told["limits"]


def test_programs_and_threads_work_all_the_same(desk: Desk) -> None:
    code = (
        "import subprocess, threading, multiprocessing, os, stat\n"
        "open('tool.sh', 'w').write('#!/bin/sh\\necho tool $1'); os.chmod('tool.sh', 0o755)\n"
        "print(subprocess.run(['./tool.sh', 'ran'], capture_output=True, text=True).stdout.strip())\n"
        "ts = [threading.Thread(target=lambda: None) for _ in range(10)]; [t.start() for t in ts]; [t.join() for t in ts]\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.Pool(3) as pool: print(pool.map(abs, [-1, -2]))\n"
    )
    finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.OK, 0, ""), desk.text(finished.attempt, Stream.STDERR).decode()
    assert desk.text(finished.attempt) == b"tool ran\n[1, 2]\n"


def test_a_fork_bomb_stops_at_the_limit(desk: Desk) -> None:
    code = (
        "import os, time\nn = 0\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "        n += 1\nexcept BlockingIOError: print(n)\n"
    )
    finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert 50 <= int(desk.text(finished.attempt)) < GRANTED.pids


def test_memory_beyond_the_limit_is_told_apart(desk: Desk) -> None:
    finished = desk.run({"main.py": "kept = []\nwhile True: kept.append(bytearray(10_000_000))"})
    assert kept_reason(finished) == (Reason.OUT_OF_MEMORY, 137, "")
    assert finished.usage.memory_peak_bytes <= GRANTED.memory_bytes


def test_a_child_out_of_memory_leaves_the_exit_code_to_the_task(desk: Desk) -> None:
    hog = "kept=[]\nwhile True: kept.append(bytearray(10_000_000))"
    code = f"import subprocess, sys\np = subprocess.run([sys.executable, '-c', {hog!r}])\nprint(p.returncode)\nsys.exit(int(sys.argv[1]))"
    failed = desk.run({"main.py": code}, command=("python3", "main.py", "4"))
    assert kept_reason(failed) == (Reason.EXIT, 4, "run.child_out_of_memory")
    assert desk.text(failed.attempt) == b"-9\n"
    assert kept_reason(desk.run({"main.py": code}, command=("python3", "main.py", "0"))) == (Reason.OK, 0, "")


def test_a_disk_hog_is_stopped_by_the_disk(desk: Desk) -> None:
    code = "f = open('output/big', 'wb')\nwhile True: f.write(b'x' * 1_000_000); f.flush()"
    finished = desk.run({"main.py": code})
    assert finished.reason is Reason.DISK_LIMIT
    assert finished.usage.disk_peak_bytes <= GRANTED.disk_bytes


def test_a_million_empty_files_are_bounded(desk: Desk) -> None:
    code = "n = 0\nwhile n < 1_000_000: open(f'output/{n}', 'w'); n += 1"
    finished = desk.run({"main.py": code})
    assert finished.reason is Reason.DISK_LIMIT
    assert len(finished.result.entries) <= 10_000


def test_more_files_than_a_result_may_have(desk: Desk) -> None:
    object.__setattr__(desk.options, "max_result_files", 50)
    finished = desk.run({"main.py": "for n in range(200): open(f'output/{n}', 'w')"})
    assert kept_reason(finished) == (Reason.DISK_LIMIT, 0, "result.too_many")
    assert len(finished.result.entries) == 50


def test_a_deep_tree_is_named_and_the_rest_comes_back(desk: Desk) -> None:
    code = "import os\nopen('output/good', 'w')\nos.chdir('output')\nfor n in range(1000): os.mkdir('d'); os.chdir('d')\n"
    finished = desk.run({"main.py": code})
    assert finished.reason is Reason.OK
    assert [entry.path for entry in finished.result.entries] == ["output/good"]
    assert b"name.too_deep" in desk.text(finished.attempt, Stream.NOTICE)


def test_children_left_behind_end_with_the_container(desk: Desk) -> None:
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\nprint('done')"
    began = time.monotonic()
    finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert time.monotonic() - began < 30


def test_a_task_that_closes_its_output_goes_on(desk: Desk) -> None:
    code = "import os, time\nprint('bye'); os.close(1); os.close(2)\ntime.sleep(2); open('/app/task/output/late', 'w').write('x')"
    finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [entry.path for entry in finished.result.entries] == ["output/late"]


class Peak:
    """The highest resident size of this process while it is watched, in bytes above where it began."""

    def __enter__(self) -> Peak:
        self.began = self._now()
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, self._now() - self.began)

    @staticmethod
    def _now() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import sys\nline = 'x' * 999\nfor n in range(200_000): print(f'{n:06}', line)",
        "import sys\nfor n in range(200): sys.stdout.write('y' * 1_000_000)\nprint('END')",
    ],
    ids=["lines", "one line"],
)
def test_two_hundred_megabytes_are_cut_in_the_middle_and_memory_stays_flat(desk: Desk, code: str) -> None:
    with Peak() as memory:
        finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert memory.peak < 60 * MIB  # the tail's 16 MB, buffers and the allocator
    records = desk.records(finished.attempt)
    task = b"".join(record.text for record in records if record.stream is Stream.STDOUT)
    assert 64 * MIB + 15 * MIB < len(task) < 64 * MIB + 17 * MIB
    assert finished.log_bytes < 85 * MIB
    cut = [record.text for record in records if b"were cut here" in record.text]
    assert len(cut) == 1
    assert int(cut[0].split()[0]) + len(task) in (200_000 * 1007, 200_000_004)
    assert task.endswith((b"x\n", b"END\n"))
    grown = desk.events.of(LogGrew)
    assert len(grown) < 4 * 60


@pytest.mark.slow
def test_output_beyond_the_last_limit_ends_the_run(desk: Desk) -> None:
    object.__setattr__(desk.options, "log_limit_bytes", 5_000_000)
    finished = desk.run({"main.py": "while True: print('z' * 1000)"})
    assert finished.reason is Reason.LOG_LIMIT
    assert len(desk.text(finished.attempt)) > 5_000_000


@pytest.mark.slow
def test_the_quota_holds_against_all_threads(desk: Desk) -> None:
    code = (
        "import multiprocessing, time\n"
        "def spin():\n    end = time.time() + 5\n    while time.time() < end: pass\n"
        "if __name__ == '__main__':\n"
        "    ps = [multiprocessing.Process(target=spin) for _ in range(4)]; [p.start() for p in ps]; [p.join() for p in ps]\n"
    )
    granted = Resources(cpus=0.5, memory_bytes=256 * MIB, disk_bytes=32 * MIB, pids=30)
    finished = desk.run({"main.py": code}, granted=granted)
    assert finished.usage.cpu_seconds <= 0.5 * (finished.usage.duration_s + 1) * 1.1


LONG_NAME = "a" * 239 + "c"


def test_a_pattern_made_to_be_slow_costs_nothing(desk: Desk) -> None:
    """Matched by backtracking it took longer than the universe is old, again at every start of the worker."""
    stars = ("*a" * 100 + "*b",)
    finished = desk.run(
        {"main.py": f"open({LONG_NAME!r}, 'w'); open({'a' * 200 + 'b'!r}, 'w')"},
        outputs=stars,
        has_manifest=True,
    )
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [entry.path for entry in finished.result.entries] == ["a" * 200 + "b"]
    (collecting,) = (e for e in desk.events.all if e == StageEntered(finished.attempt, Stage.COLLECTING))
    (ended,) = desk.events.of(RunEnded)
    assert desk.events.time_of(ended) - desk.events.time_of(collecting) < 5


@pytest.fixture
def make_image(base_image: str, docker_client: docker.DockerClient) -> Iterator[Callable[[str], str]]:
    """An image of these Dockerfile lines above the base image; removed afterwards."""
    made: list[str] = []

    def make(lines: str) -> str:
        name = f"hivemind-test-{uuid.uuid4().hex}"
        dockerfile = io.BytesIO(f"FROM {base_image}\n{lines}\n".encode())
        docker_client.images.build(fileobj=dockerfile, tag=name, rm=True, forcerm=True)
        made.append(name)
        return f"{name}:latest"

    yield make
    for name in made:
        docker_client.images.remove(name, force=True)


GREEDY = """
VOLUME ["/data", "/app/task", "/more/"]
HEALTHCHECK --interval=1s CMD touch /app/task/output/health
ENV NVIDIA_VISIBLE_DEVICES=all LD_LIBRARY_PATH=here
"""


def test_an_image_gives_itself_nothing(
    desk: Desk, make_image: Callable[[str], str], docker_client: docker.DockerClient
) -> None:
    code = (
        "import os, time\n"
        "def fill(path):\n"
        "    n = 0\n"
        "    try:\n"
        "        with open(path + '/x', 'wb', buffering=0) as f:\n"
        "            while n < 400_000_000: n += f.write(b'x' * 1_000_000)\n"
        "    except OSError: pass\n"
        "    if n: os.unlink(path + '/x')\n"
        "    return n\n"
        "print([fill(p) < 110_000_000 for p in ('/data', '/more')], os.environ.get('NVIDIA_VISIBLE_DEVICES'), 'LD_LIBRARY_PATH' in os.environ, flush=True)\n"
        "time.sleep(3)\n"
    )
    attempt = desk.start({"main.py": code}, image=make_image(GREEDY))
    desk.printed(attempt, b"void")
    (container,) = docker_client.containers.list(
        all=True, filters={"label": f"hivemind.installation={desk.installation_id}"}
    )
    assert {mount["Type"] for mount in container.attrs["Mounts"]} == {"bind", "tmpfs"}
    assert "Health" not in container.attrs["State"]
    finished = desk.end(attempt)
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert desk.text(attempt) == b"[True, True] void False\n"
    assert finished.result.entries == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [("ENV LD_PRELOAD=/app/task/x.so", "image.variable"), ("VOLUME /app/task/output", "image.volume")],
)
def test_an_image_that_cannot_be_bounded_is_refused(
    desk: Desk, make_image: Callable[[str], str], line: str, message: str
) -> None:
    finished = desk.run({"main.py": ""}, image=make_image(line))
    assert (finished.reason, finished.message) == (Reason.CANNOT_RUN_HERE, message)


LIAR = """
USER 0
RUN ["python3", "-c", "import os; os.symlink('/bin/false', '/bin/sh.new'); os.replace('/bin/sh.new', '/bin/sh')"]
"""


def test_an_image_whose_shell_lies_decides_for_nobody(desk: Desk, make_image: Callable[[str], str]) -> None:
    """Its no to the bounded disk was remembered for every task to come."""
    memory = desk.folder / "workspace.json"
    liar = make_image(LIAR)
    assert kept_reason(desk.run({"main.py": "print(1)"}, image=liar)) == (Reason.OK, 0, "")
    if os.geteuid() == 0:
        assert set(json.loads(memory.read_text()).values()) == {"disk"}
    memory.unlink()

    another = Desk(desk.folder, desk.installation_id, base_image="not-here/at-all:latest")
    assert kept_reason(another.run({"main.py": "print(1)"}, image=liar)) == (Reason.OK, 0, "")
    assert not memory.exists()
    another.close()


def test_what_another_server_answers_a_pull_is_not_told(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The engine quotes what it met: a sender could read the banners of this computer's network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_banners, args=(server,), daemon=True)
        thread.start()
        finished = desk.run({"main.py": ""}, image=f"127.0.0.1:{server.getsockname()[1]}/x:y")
    assert (finished.reason, finished.message) == (Reason.CANNOT_RUN_HERE, "image.pull_failed")
    assert set(finished.fields) == {"image"}
    assert b"BANNER" not in b"".join(record.text for record in desk.records(finished.attempt))
    assert "image.pull_failed" in caplog.text


def answer_banners(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 500 BANNER\r\nContent-Length: 6\r\nConnection: close\r\n\r\nBANNER")
