"""Runs on the real engine: how they end and what they leave."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import docker
import pytest

from hivemind_desktop.containers import places
from hivemind_desktop.containers.takings import Takings
from hivemind_desktop.contract.spool import Stream
from hivemind_desktop.contract.states import Reason, Stage
from hivemind_desktop.contract.task import Resources
from hivemind_desktop.worker.events import Progressed, RunCleaned, RunEnded, StageEntered, UsageSampled
from tests.containers.desk import GRANTED, MIB, Desk, kept_reason

SLEEPER = "import time\nprint('up')\ntime.sleep(600)"
DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\ntime.sleep(600)"


def test_a_task_that_does_nothing_ends_ok(desk: Desk) -> None:
    finished = desk.run({"main.py": "print('hello')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert desk.text(finished.attempt) == b"hello\n"
    assert finished.result.entries == ()
    assert finished.image_digest.startswith("sha256:")
    stages = [event.stage for event in desk.events.of(StageEntered) if isinstance(event, StageEntered)]
    assert stages == list(Stage)
    assert desk.outbox.get(finished.attempt) == finished


def test_the_result_is_in_the_outbox_before_its_end_is_told(desk: Desk) -> None:
    seen: list[bool] = []
    post = desk.events.post

    def look(event: object) -> None:
        if isinstance(event, RunEnded):
            seen.append(desk.outbox.get(event.finished.attempt) == event.finished)
        post(event)  # type: ignore[arg-type]

    desk.containers._rooms = desk.containers._rooms.__class__(
        **{name: getattr(desk.containers._rooms, name) for name in desk.containers._rooms.__slots__}
        | {"post": look}
    )
    desk.run({"main.py": "open('output/a.txt', 'w').write('x')"})
    assert seen == [True]


def test_an_exit_code_is_the_reason(desk: Desk) -> None:
    finished = desk.run({"main.py": "import sys; print('bye', file=sys.stderr); sys.exit(3)"})
    assert kept_reason(finished) == (Reason.EXIT, 3, "")
    assert desk.text(finished.attempt, Stream.STDERR) == b"bye\n"


def test_environment_folder_and_arguments(desk: Desk) -> None:
    code = "import json, os, sys; print(json.dumps([os.getcwd(), sys.argv, dict(os.environ)]))"
    finished = desk.run(
        {"deep/show.py": code}, command=("python3", "deep/show.py", "--x", "ä 1"), environment={"MINE": "1"}
    )
    folder, arguments, environment = json.loads(desk.text(finished.attempt))
    assert folder == "/app/task"
    assert arguments == ["deep/show.py", "--x", "ä 1"]
    wanted = {
        "TASK_ID": finished.attempt.task_id,
        "HIVEMIND_ATTEMPT": "1.1",
        "HIVEMIND_OUTPUT_DIR": "/app/task/output",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": "/app/task",
        "HOME": "/tmp",
        "MINE": "1",
    }
    assert wanted.items() <= environment.items()
    assert not {"HIVEMIND_HOME", "SSH_AUTH_SOCK", "VIRTUAL_ENV"} & environment.keys()


def test_scratch_space_is_on_the_tasks_disk_and_does_not_come_back(desk: Desk) -> None:
    code = (
        "import tempfile, os, pathlib\n"
        "p = pathlib.Path(tempfile.gettempdir(), 'big'); p.write_bytes(b'x' * 20_000_000)\n"
        "pathlib.Path('/tmp/small').write_text('y')\n"
        "print(tempfile.gettempdir(), os.stat(p).st_dev == os.stat('.').st_dev)"
    )
    finished = desk.run({"main.py": code})
    assert desk.text(finished.attempt).split() == [b"/app/tmp", b"True"]
    assert finished.result.entries == ()


def test_the_outputs_of_a_package_without_a_manifest(desk: Desk) -> None:
    code = (
        "import os\n"
        "os.makedirs('output/圖表/leer'); open('output/圖表/結果.txt', 'w').write('好')\n"
        "open('beside.txt', 'w').write('new')\n"
        "open('data.txt', 'w').write('changed')\n"
        "open('same.txt', 'w').write('same')\n"
        "os.utime('touched.txt')\n"
        "os.makedirs('empty'); os.makedirs('__pycache__'); open('__pycache__/x.pyc', 'w').write('x')\n"
        "os.makedirs('inputs/T'); open('inputs/T/in', 'w').write('x')\n"
    )
    package = {
        "main.py": code,
        "data.txt": "sent",
        "same.txt": "same",
        "touched.txt": "t",
        "untouched.txt": "u",
    }
    finished = desk.run(package)
    assert kept_reason(finished) == (Reason.OK, 0, "")
    told = {entry.path: entry.folder for entry in finished.result.entries}
    assert told == {
        "output/圖表/leer": True,
        "output/圖表/結果.txt": False,
        "beside.txt": False,
        "data.txt": False,
        "empty": True,
    }
    assert desk.result(finished.attempt, "output/圖表/結果.txt").decode() == "好"
    assert desk.result(finished.attempt, "data.txt") == b"changed"


def test_the_outputs_of_a_package_with_a_manifest(desk: Desk) -> None:
    code = (
        "import os\n"
        "os.makedirs('results/deep'); os.makedirs('other')\n"
        "for name in ('results/a.csv', 'results/deep/b.csv', 'results/c.txt', 'other/d.csv', 'output/e', 'f.csv'):\n"
        "    open(name, 'w').write(name)\n"
    )
    finished = desk.run({"main.py": code}, has_manifest=True, outputs=("results/**/*.csv", "oth*/"))
    told = {entry.path for entry in finished.result.entries}
    assert told == {"results/a.csv", "results/deep/b.csv", "other/d.csv", "output/e"}


def test_links_pipes_and_odd_names_do_not_come_back_and_are_named(desk: Desk) -> None:
    code = (
        "import os, socket\n"
        "os.symlink('/etc/passwd', 'output/passwd'); os.symlink('..', 'output/up'); os.symlink('loop', 'output/loop')\n"
        "os.mkfifo('output/pipe'); socket.socket(socket.AF_UNIX).bind('output/socket')\n"
        "open('output/good', 'w').write('x'); os.link('output/good', 'output/twice')\n"
        "open('output/a:b', 'w'); open('output/CON', 'w'); open('output/dot.', 'w'); open(b'output/\\xff', 'w')\n"
        "open('output/line\\nbreak', 'w'); open('output/Twin', 'w'); open('output/twin', 'w')\n"
        "os.chmod('output/good', 0o6777); os.mkdir('output/closed', 0o000)\n"
    )
    finished = desk.run({"main.py": code})
    told = {entry.path for entry in finished.result.entries}
    assert told - {"output/Twin", "output/twin"} == {"output/good", "output/twice", "output/closed"}
    assert len(told & {"output/Twin", "output/twin"}) == 1
    notices = desk.text(finished.attempt, Stream.NOTICE).decode()
    for name in ("passwd", "up", "loop", "pipe", "socket", "a:b", "CON", "dot.", "\\udcff", "line\\nbreak"):
        assert f"not taken: output/{name}: " in notices, notices
    good = desk.outbox.folder(finished.attempt) / "files" / "output" / "good"
    assert good.stat().st_mode & 0o7777 == 0o700


def test_a_sparse_file_beyond_the_limit_is_named_and_ends_with_disk_limit(desk: Desk) -> None:
    code = "f = open('output/huge', 'wb'); f.truncate(2**40); open('output/small', 'w').write('x')"
    finished = desk.run({"main.py": code})
    assert kept_reason(finished) == (Reason.DISK_LIMIT, 0, "result.too_big")
    assert finished.fields["path"] == "output/huge"
    assert [entry.path for entry in finished.result.entries] == ["output/small"]


def test_a_holey_file_keeps_its_content(desk: Desk) -> None:
    code = "f = open('output/holey', 'wb'); f.seek(5_000_000); f.write(b'end'); f.truncate(9_000_000)"
    finished = desk.run({"main.py": code})
    assert desk.result(finished.attempt, "output/holey") == b"\0" * 5_000_000 + b"end" + b"\0" * 3_999_997


@pytest.mark.parametrize(
    ("files", "order", "ending"),
    [
        ({"notes.txt": "nothing to run"}, {}, (Reason.BAD_PACKAGE, None, "package.no_entry")),
        (
            {"main.py": "", "requirements.txt": "x"},
            {},
            (Reason.CANNOT_RUN_HERE, None, "package.requirements"),
        ),
        ({"main.py": "x" * 70 * MIB}, {}, (Reason.DISK_LIMIT, None, "package.over_disk")),
        ({"a?.py": ""}, {}, (Reason.BAD_PACKAGE, None, "name.character")),
        (
            {"main.py": ""},
            {"environment": {"LD_PRELOAD": "x"}},
            (Reason.BAD_PACKAGE, None, "task.environment"),
        ),
    ],
)
def test_what_cannot_run_says_why(
    desk: Desk, files: dict[str, str], order: dict[str, object], ending: tuple[Reason, None, str]
) -> None:
    finished = desk.run(files, **order)
    assert kept_reason(finished) == ending
    assert desk.outbox.get(finished.attempt) == finished


def test_an_image_that_nobody_has_is_refused(desk: Desk) -> None:
    finished = desk.run({"main.py": ""}, image="hivemind-no-such-image:1")
    assert finished.reason is Reason.CANNOT_RUN_HERE
    assert finished.message in ("image.unknown", "image.pull_failed")
    assert finished.fields["image"] == "hivemind-no-such-image:1"


def test_a_command_that_is_not_there_ends_with_127(desk: Desk) -> None:
    finished = desk.run({"main.py": ""}, command=("no-such-program",))
    assert kept_reason(finished) == (Reason.EXIT, 127, "")


def test_progress_lines_are_told(desk: Desk) -> None:
    finished = desk.run(
        {"main.py": "print('::progress 0.25 a quarter')\nprint('x')\nprint('::progress 1 done')"}
    )
    last = desk.events.of(Progressed)[-1]
    assert last == Progressed(finished.attempt, 1.0, "done")


def test_a_task_that_runs_too_long_is_stopped_by_sigterm(desk: Desk) -> None:
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (open('output/late', 'w').write('x'), sys.exit(0)))\ntime.sleep(600)"
    finished = desk.run({"main.py": code}, timeout_s=1)
    assert kept_reason(finished) == (Reason.TIMEOUT, 0, "")
    assert [entry.path for entry in finished.result.entries] == ["output/late"]
    assert finished.usage.duration_s < 5


def test_a_task_that_ignores_sigterm_is_killed_after_its_grace(desk: Desk) -> None:
    finished = desk.run({"main.py": DEAF}, timeout_s=1, grace_s=1.0)
    assert kept_reason(finished) == (Reason.TIMEOUT, 137, "")
    assert 2 <= finished.usage.duration_s < 8


@pytest.mark.parametrize("code", [SLEEPER, DEAF])
def test_a_cancelled_task_is_stopped_within_a_second_and_nothing_is_kept(
    desk: Desk, docker_client: docker.DockerClient, code: str
) -> None:
    attempt = desk.start({"main.py": code})
    desk.printed(attempt, b"up")
    (container,) = docker_client.containers.list(
        all=True, filters={"label": f"hivemind.installation={desk.installation_id}"}
    )
    asked = time.monotonic()
    desk.containers.stop(attempt, Reason.CANCELLED, 10.0)
    finished = desk.end(attempt)
    ended = next(event for event in desk.events.of(RunEnded))
    assert desk.events.time_of(ended) - asked < 1.0
    assert isinstance(ended, RunEnded)
    assert (finished.reason, ended.kept) == (Reason.CANCELLED, False)
    assert desk.outbox.get(attempt) is None
    assert not desk.outbox.path(attempt).exists()
    with pytest.raises(docker.errors.NotFound):
        container.reload()


def test_a_preempted_task_is_given_back_with_its_log_only(desk: Desk) -> None:
    attempt = desk.start({"main.py": "open('output/x', 'w').write('x')\n" + SLEEPER})
    desk.printed(attempt, b"up")
    desk.containers.stop(attempt, Reason.PREEMPTED, 2.0)
    finished = desk.end(attempt)
    assert finished.reason is Reason.PREEMPTED
    assert finished.result.entries == ()
    assert desk.text(attempt) == b"up\n"
    assert desk.outbox.get(attempt) == finished


def test_a_stop_before_the_start_ends_it_all_the_same(desk: Desk) -> None:
    attempt = desk.start({"main.py": SLEEPER})
    desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
    assert desk.end(attempt).reason is Reason.CANCELLED


def test_a_frozen_task_stands_still_and_its_time_does_not_count(desk: Desk) -> None:
    code = "import time\nfor i in range(10_000):\n    print(i)\n    time.sleep(0.05)\n    if i == 40: break"
    attempt = desk.start({"main.py": code}, timeout_s=8)
    desk.printed(attempt, b"3\n")
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    before = len(desk.text(attempt))
    frozen_at = time.monotonic()
    while time.monotonic() - frozen_at < 9:  # longer than its time-out
        time.sleep(0.2)
        assert len(desk.text(attempt)) - before <= 3  # what was on its way
    desk.containers.thaw(attempt)
    desk.frozen(attempt, False)
    finished = desk.end(attempt)
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert 2 <= finished.usage.duration_s < 8
    assert desk.text(attempt).split()[-1] == b"40"


def test_a_frozen_task_can_be_cancelled(desk: Desk) -> None:
    attempt = desk.start({"main.py": SLEEPER})
    desk.printed(attempt, b"up")
    desk.containers.freeze(attempt)
    desk.frozen(attempt, True)
    asked = time.monotonic()
    desk.containers.stop(attempt, Reason.CANCELLED, 0.5)
    assert desk.end(attempt).reason is Reason.CANCELLED
    assert time.monotonic() - asked < 3


def test_use_is_sampled_and_its_means_are_right(desk: Desk) -> None:
    code = (
        "import time\nkept = b'x' * 100_000_000\nend = time.time() + 4\n"
        "while time.time() < end: sum(range(1000))\n"
    )
    granted = Resources(cpus=0.5, memory_bytes=400 * MIB, disk_bytes=32 * MIB, pids=20)
    finished = desk.run({"main.py": code}, granted=granted)
    assert finished.usage.samples >= 5
    assert 50 <= finished.usage.cpu_percent <= 100  # other tests take their part of the machine
    assert 15 <= finished.usage.memory_percent <= 45
    assert finished.usage.memory_peak_bytes > 100_000_000
    assert finished.usage.duration_s == 4
    assert all(
        isinstance(event, UsageSampled) and event.cpus < 0.7 for event in desk.events.of(UsageSampled)[2:]
    )


def test_the_quota_follows_set_cpus(desk: Desk) -> None:
    code = "import time\nprint('up')\nend = time.time() + 3\nwhile time.time() < end: sum(range(1000))\n"
    attempt = desk.start({"main.py": code})
    desk.printed(attempt, b"up")
    desk.containers.set_cpus(attempt, 0.2)
    finished = desk.end(attempt)
    assert finished.usage.cpu_seconds < 1.6
    assert desk.containers.kept(attempt) is None


def test_four_at_once(desk: Desk) -> None:
    attempts = [desk.start({"main.py": f"print({n})"}) for n in range(4)]
    for n, attempt in enumerate(attempts):
        assert desk.end(attempt).reason is Reason.OK
        assert desk.text(attempt) == b"%d\n" % n


@pytest.mark.parametrize("code", ["disk.full", "store.locked", "store.no_access"])
def test_an_outbox_that_cannot_be_written_loses_nothing(desk: Desk, code: str) -> None:
    desk.outbox.times, desk.outbox.code = 2, code
    object.__setattr__(desk.options, "outbox_retry_s", 0.2)
    finished = desk.run({"main.py": "open('output/x', 'w').write('kept')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [fault and fault.code for fault in desk.held] == [code, code, None]
    assert desk.result(finished.attempt, "output/x") == b"kept"
    assert desk.outbox.pending() == (finished.attempt,)


def test_a_result_without_room_on_the_disk_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the files of the result are being brought there, not the outbox itself."""
    place, full = Takings.place, [True, True]

    def refused(takings: Takings, path: str) -> Path | None:
        if full:
            full.pop()
            raise OSError(errno.ENOSPC, "No space left on device", path)
        return place(takings, path)

    monkeypatch.setattr(Takings, "place", refused)
    object.__setattr__(desk.options, "outbox_retry_s", 0.2)
    finished = desk.run({"main.py": "open('output/x', 'w').write('kept')"})
    assert kept_reason(finished) == (Reason.OK, 0, "")
    assert [fault and fault.code for fault in desk.held] == ["disk.full", "disk.full", None]
    assert desk.result(finished.attempt, "output/x") == b"kept"


def test_files_that_cannot_be_read_give_the_task_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/x")

    monkeypatch.setattr(Takings, "place", broken)
    finished = desk.run({"main.py": "open('output/x', 'w').write('lost')"})
    assert kept_reason(finished) == (Reason.WORKER_LOST, 0, "store.no_access")


def test_the_record_of_a_run_is_synced_before_its_container_is_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    fsync, create = os.fsync, docker.APIClient.create_container_from_config

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        seen.append(os.readlink(f"/proc/self/fd/{descriptor}"))

    def created(client: docker.APIClient, body: dict[str, object], name: str) -> object:
        seen.append(f"create {name}")
        return create(client, body, name)  # type: ignore[no-untyped-call]

    desk.run({"main.py": ""})  # whatever is tried once for a folder and an engine
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(docker.APIClient, "create_container_from_config", created)
    desk.run({"main.py": ""})
    made = next(n for n, what in enumerate(seen) if what.startswith("create "))
    runs = desk.folder / "runs"
    run = str(runs / seen[made].removeprefix("create ").removeprefix(places.container_name("")))
    assert {f"{run}/run.json", run, str(runs)} <= set(seen[:made])


def test_the_same_attempt_twice_is_a_bug(desk: Desk) -> None:
    attempt = desk.start({"main.py": SLEEPER})
    order = desk.containers._runs[attempt].order
    with pytest.raises(ValueError, match="runs already"):
        desk.containers.start(order)
    desk.containers.stop(attempt, Reason.CANCELLED, 0.0)
    desk.end(attempt)


def test_granted_numbers_are_told(desk: Desk) -> None:
    finished = desk.run({"main.py": ""})
    assert finished.granted == GRANTED
    assert desk.events.all[-1] == RunCleaned(finished.attempt)


def test_a_run_ends_when_all_threads_are_told_to_stop(desk: Desk) -> None:
    """The newest thread first, as at the end of the process: the one that would hear of the container's end is gone."""
    attempt = desk.start({"main.py": SLEEPER})
    desk.printed(attempt, b"up")
    for thread in reversed(desk.threads):
        assert thread.stop_and_wait(10.0), thread.thread.name
    assert desk.end(attempt).reason is Reason.PREEMPTED
