"""Packages and results that are made to do harm, or are only very large, through the real programs."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e.installation import BIN, Installation, package, until
from tests.e2e.shared import refusal, shared_pool

MIB = 1024**2
GIB = 1024**3
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
GROWTH_KB = 100 * 1024
"""What a program's peak of memory may grow by while gigabytes pass through it."""


@pytest.fixture(scope="module")
def pool(
    tmp_path_factory: pytest.TempPathFactory, base_image: str, docker_client: docker.DockerClient
) -> Iterator[Installation]:
    with shared_pool(tmp_path_factory.mktemp("a pool"), docker_client) as place:
        yield place


# ---------------------------------------------------------------------- packages in


def with_entry(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("main.py", "print(1)")
            archive.writestr(zipfile.ZipInfo(name), "x")

    return write


def with_mode(mode: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("main.py", "print(1)")
            info = zipfile.ZipInfo("harm")
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, "/etc/passwd")

    return write


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A good ZIP whose bytes are changed."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("main.py", "print('a line')\n" * 50)
        path.write_bytes(change(path.read_bytes()))

    return write


def encrypted(data: bytes) -> bytes:
    """The flag of encryption, in the entry's own head and in the directory."""
    return data.replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1").replace(
        b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"
    )


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.py", "print(1)")
        with archive.open("grows", "w") as file:
            for _ in range(300):
                file.write(bytes(MIB))


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.py", "print(1)")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("main.py", "print(2)")


def empty(path: Path) -> None:
    zipfile.ZipFile(path, "w").close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(empty, "holds no file", id="empty"),
        pytest.param(bytes_of(lambda data: b"hello"), "is not a ZIP", id="not a zip"),
        pytest.param(bytes_of(lambda data: b""), "p.zip", id="no bytes"),
        pytest.param(bytes_of(lambda data: data[: len(data) // 2]), "cut short or damaged", id="cut"),
        pytest.param(bytes_of(lambda data: b"MZ" * 500 + data), "in front of its entries", id="prefix"),
        pytest.param(
            bytes_of(lambda data: data[:45] + bytes([data[45] ^ 255]) + data[46:]),
            "main.py is damaged",
            id="damaged",
        ),
        pytest.param(bytes_of(encrypted), "main.py is encrypted", id="encrypted"),
        pytest.param(with_entry("../x"), "../x", id="parent"),
        pytest.param(with_entry("a/../../x"), "a/../../x", id="parent inside"),
        pytest.param(with_entry("/etc/x"), "/etc/x is absolute", id="absolute"),
        pytest.param(with_entry("C:/x"), "drive letter", id="drive"),
        pytest.param(with_entry("a\\..\\x"), "backslash", id="backslash"),
        pytest.param(with_entry("CON"), "a device on Windows", id="device"),
        pytest.param(with_entry("a\x1b[2Jb"), "control character", id="control"),
        pytest.param(with_entry("MAIN.PY"), "MAIN.PY cannot lie side by side", id="case twin"),
        pytest.param(twice, "main.py", id="twice"),
        pytest.param(with_mode(stat.S_IFLNK | 0o777), "harm is a link", id="link"),
        pytest.param(with_mode(stat.S_IFIFO | 0o644), "harm", id="fifo"),
        pytest.param(with_mode(stat.S_IFBLK | 0o644), "harm", id="block device"),
        pytest.param(bomb, "grows to more than", id="bomb"),
    ],
)
def test_a_zip_that_is_refused(
    pool: Installation, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "p.zip")
    tasks = len(pool.json("tasks"))
    line = refusal(pool.run("hivemind-master", "submit", str(tmp_path / "p.zip"), "--wait"), 1, words)
    assert "\x1b" not in line
    assert len(pool.json("tasks")) == tasks
    assert list(Path(pool.environ["TMPDIR"]).iterdir()) == [], "what was unpacked is gone"
    assert [path.name for path in tmp_path.iterdir()] == ["p.zip"]


def test_a_folder_with_a_link_or_a_pipe(pool: Installation, tmp_path: Path) -> None:
    folder = package(tmp_path / "p", "print(1)")
    (folder / "連結").symlink_to("/etc/passwd")
    refusal(pool.run("hivemind-master", "submit", str(folder)), 1, "連結 is a link")
    (folder / "連結").unlink()
    os.mkfifo(folder / "管")
    refusal(pool.run("hivemind-master", "submit", str(folder)), 1, "管 is neither")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[task\n", "task.toml"),
        ("[limits]\nmemory = 'a lot'\n", "limits.memory"),
        ("privileged = true\n", "privileged"),
        ("[environment]\nLD_PRELOAD = 'x.so'\n", "LD_PRELOAD"),
        ("image = 'a\\u001bb'\n", "image"),
        ("comand = ['x']\n", "comand"),
    ],
)
def test_a_task_toml_that_is_refused(pool: Installation, tmp_path: Path, toml: str, words: str) -> None:
    folder = package(tmp_path / "p", "print(1)")
    (folder / "task.toml").write_text(toml)
    refusal(pool.run("hivemind-master", "submit", str(folder)), 1, words)


# ---------------------------------------------------------------------- results out

HARM = r"""
import os, socket
os.chdir("output")
open("good 檔.txt", "w").write("good")
os.symlink("/etc/passwd", "link"); os.symlink("..", "up"); os.symlink("loop", "loop"); os.symlink("link", "chain")
os.link("good 檔.txt", "hard")
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
for name in (b"CON", b"a:b", b"dot.", b"new\nline", b"esc\x1b[2J", b"bad\xff", b"Twin", b"tWIN", "rtl\u202etxt".encode()):
    open(name, "w").write("x")
open("x" * 255, "w").write("long")
os.chmod("hard", 0o6777)
print("made", flush=True)
"""


def test_what_a_task_leaves_is_regular_files_with_names_that_any_disk_holds(
    pool: Installation, tmp_path: Path
) -> None:
    done = pool.run("hivemind-master", "submit", str(package(tmp_path / "p", HARM)), "--wait")
    task_id = done.stdout.strip()
    told = pool.task(task_id)
    assert (told["state"], told["attempts"][0]["state"]) == ("succeeded", "stored"), (told, done.stderr)
    target = tmp_path / "r"
    pool.master("result", task_id, "-o", str(target))
    there = {path.relative_to(target).as_posix(): path.lstat() for path in target.rglob("*")}
    assert {"output", "output/good 檔.txt"} <= set(there)
    for name, found in there.items():
        assert stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode), name
        assert not found.st_mode & (stat.S_ISUID | stat.S_ISGID), name
        assert not set(name) & set(':\n\x1b\\*?"<>|\u202e'), ascii(name)
        assert all(part.rstrip(". ") == part and part != "CON" for part in name.split("/")), ascii(name)
    assert len({name.casefold() for name in there}) == len(there)
    log = pool.master("logs", task_id)
    for name in ("link", "fifo", "socket", "CON", "a:b"):
        assert name in log, (name, log)


@pytest.mark.parametrize(
    "script",
    [
        "f = open('output/big', 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()\n",
        "f = open('output/sparse', 'wb'); f.truncate(1 << 40); print('made')\n",
    ],
    ids=["2 GB", "1 TB sparse"],
)
def test_more_than_the_disk_limit(pool: Installation, tmp_path: Path, script: str) -> None:
    """Stopped or refused by name; the worker goes on."""
    done = pool.run("hivemind-master", "submit", str(package(tmp_path / "p", script)), "--wait", wait_s=90)
    told = pool.task(done.stdout.strip())
    assert (told["state"], told["reason"]) == ("failed", "disk_limit"), told
    assert "Traceback" not in done.stderr
    assert pool.json("submit", str(package(tmp_path / "q", "print(1)")), "--wait")["state"] == "succeeded"


# ---------------------------------------------------------------------- large


def peak_kb(pid: int) -> int:
    """VmHWM: the most memory that the process held so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} tells no VmHWM")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_200_mb_of_log(pool: Installation, tmp_path: Path) -> None:
    """Its head and its tail are kept, a line says what was cut, and neither end keeps it in memory."""
    pids = [program.child.pid for program in pool.programs[:2]]
    before = [peak_kb(pid) for pid in pids]
    script = (
        "import sys\nprint('the first line')\n"
        "for n in range(200): sys.stdout.write(''.join(f'{n:4} {k:6} ' + 'x' * 87 + '\\n' for k in range(10486)))\n"
        "print('the last line')\n"
    )
    done = pool.run("hivemind-master", "submit", str(package(tmp_path / "p", script)), "--wait", wait_s=240)
    assert done.returncode == 0, done.stderr
    task_id = done.stdout.strip()
    target = tmp_path / "log"
    with target.open("wb") as file:
        subprocess.run(
            [str(BIN / "hivemind-master"), "logs", task_id], env=pool.environ, stdout=file, check=True
        )
    lines = target.read_bytes().splitlines()
    said = [line.decode() for line in lines if line.startswith(b"[hivemind]")]
    assert b"the first line" in lines[:3]
    assert lines[-1] == b"the last line"
    assert any("left out" in line or "cut" in line or "MB" in line for line in said), said
    assert 60 * MIB < target.stat().st_size < 90 * MIB
    grown = [peak_kb(pid) - old for pid, old in zip(pids, before, strict=True)]
    assert max(grown) < GROWTH_KB, grown


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_an_output_of_2_gib(tmp_path: Path, base_image: str, docker_client: docker.DockerClient) -> None:
    """With the limit raised it arrives whole, and master, worker and `result` stay small."""
    with shared_pool(tmp_path, docker_client) as pool:
        pool.worker("config", "set", "task.disk", "3g")
        pool.programs[1].end()
        pool.work()
        pids = [pool.programs[0].child.pid, pool.programs[-1].child.pid]
        before = [peak_kb(pid) for pid in pids]
        script = (
            "import hashlib, os\nblock, told = os.urandom(1 << 20), hashlib.sha256()\n"
            "with open('output/big', 'wb') as file:\n"
            "    for n in range(2048):\n"
            "        part = n.to_bytes(8, 'big') + block[8:]\n"
            "        file.write(part); told.update(part)\n"
            "        if n % 256 == 0: print(f'::progress {n / 2048} writing', flush=True)\n"
            "print('sha256', told.hexdigest())\n"
        )
        done = pool.run(
            "hivemind-master", "submit", str(package(tmp_path / "p", script)), "--wait", wait_s=300
        )
        assert done.returncode == 0, done.stderr
        task_id = done.stdout.strip()
        grown = [peak_kb(pid) - old for pid, old in zip(pids, before, strict=True)]
        # a child's peak counts the program that started it too: a small one starts it, not this big test process
        measured = subprocess.run(
            [
                sys.executable,
                "-c",
                PEAK,
                str(BIN / "hivemind-master"),
                "result",
                task_id,
                "-o",
                str(tmp_path / "r"),
            ],
            env=pool.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        big = tmp_path / "r" / "output" / "big"
        assert big.stat().st_size == 2 * GIB
        with big.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        big.unlink()
        assert f"sha256 {found}\n" in pool.master("logs", task_id)
        assert max(grown) < GROWTH_KB, grown
        assert int(measured.stdout.splitlines()[-1]) < 2 * GROWTH_KB
        until(lambda: pool.status()["outbox"] == 0 or None, "the outbox is empty")
