import logging
import queue
import re
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from logging.handlers import QueueListener
from pathlib import Path

import pytest

from hivemind_desktop.errors import KnownError
from hivemind_desktop.host import log as log_room
from hivemind_desktop.host.log import LOGGER, ProgramLog, log_bugs, start_log


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "worker.log"
    logging.captureWarnings(False)
    logging.getLogger().setLevel(logging.WARNING)
    LOGGER.setLevel(logging.NOTSET)


def lines(log: ProgramLog) -> list[str]:
    log.close()
    return log.path.read_text(encoding="utf-8").splitlines()


def test_a_line_has_time_with_zone_level_and_room(path: Path) -> None:
    log = start_log(path)
    logging.getLogger("hivemind_desktop.link.calls").info("連線 to %s", "lab")
    logging.getLogger("hivemind_desktop.link.calls").debug("not seen")
    logging.getLogger("grpc").info("not seen either")
    logging.getLogger("grpc").warning("seen")
    first, second = lines(log)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO link\.calls: 連線 to lab", first
    )
    assert second.endswith("WARNING grpc: seen")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_debug_is_a_level(path: Path) -> None:
    log = start_log(path, "DEBUG")
    LOGGER.debug("seen")
    assert lines(log)[0].endswith("DEBUG hivemind_desktop: seen")


def test_secrets_and_control_sequences_stay_out(path: Path) -> None:
    log = start_log(path)
    LOGGER.info("join hivemind://join?a=localhost:1&t=SECRETSECRETSECRET&p=x then\nnext \x1b[31m \udc80")
    try:
        raise ValueError("authorization: Bearer SECRETSECRETSECRET")
    except ValueError:
        LOGGER.exception("failed")
    told = "\n".join(lines(log))
    assert "SECRET" not in told
    assert "hivemind://join?[secret] then\n    next \\x1b[31m \\udc80" in told
    assert "ValueError: authorization: Bearer [secret]" in told


def test_it_is_rotated_by_size(path: Path) -> None:
    log = start_log(path, max_bytes=2000)
    for n in range(200):
        LOGGER.info("line %03d %s", n, "x" * 50)
    log.close()
    files = sorted(found.name for found in path.parent.iterdir())
    assert files == ["worker.log", "worker.log.1", "worker.log.2", "worker.log.3"]
    assert all(found.stat().st_size <= 2000 for found in path.parent.iterdir())
    assert "line 199" in path.read_text()


def test_a_slow_disk_keeps_nobody_waiting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = threading.Lock()
    monkeypatch.setattr(log_room, "QUEUE_LENGTH", 10)
    log = start_log(path)
    write = log_room._File.emit

    def slow(handler: log_room._File, record: logging.LogRecord) -> None:
        with disk:
            write(handler, record)

    monkeypatch.setattr(log_room._File, "emit", slow)
    with disk:
        for n in range(30):
            LOGGER.info("line %d", n)
    entrance = log._handler
    assert entrance.dropped >= 18
    waiting = entrance.queue
    assert isinstance(waiting, queue.SimpleQueue)
    while not waiting.empty():
        threading.Event().wait(0.005)
    LOGGER.info("after")
    told = lines(log)
    assert re.search(r"WARNING hivemind_desktop: \d+ lines were dropped here", told[-2])
    assert told[-1].endswith("after")


def test_a_full_disk_costs_lines_and_is_said_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = start_log(path)
    handler = next(h for h in log._listener.handlers if isinstance(h, log_room._File))
    handler.close()
    handler.maxBytes = 0
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        handler.stream = full
        for _ in range(3):
            LOGGER.info("lost")
        log.close()
        assert full.closed
    told = capsys.readouterr().err
    assert told.count("No space left on device") == 1
    assert "Traceback" not in told


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KnownError) as caught:
        start_log(tmp_path / "file" / "x.log")
    assert (caught.value.code, caught.value.usage) == ("log.unwritable", True)


def test_warnings_of_libraries_are_logged(path: Path) -> None:
    log = start_log(path)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old call", stacklevel=1)
    assert any("old call" in line for line in lines(log))


def test_the_log_is_written_by_a_thread_of_its_own(path: Path) -> None:
    log = start_log(path)
    assert isinstance(log._listener, QueueListener)
    assert [type(h) for h in logging.getLogger().handlers if isinstance(h, log_room._File)] == []
    log.close()


BUG = """
import sys, threading
from pathlib import Path
from hivemind_desktop.host.log import log_bugs, start_log
start_log(Path(sys.argv[1]))
log_bugs(lambda where, text: print("told", where, text, flush=True))
def fail(): raise RuntimeError("thread bug")
thread = threading.Thread(target=fail, name="sampler")
thread.start(); thread.join()
raise RuntimeError("main bug")
"""


def test_bugs_of_every_thread_are_loud(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUG, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "told sampler RuntimeError: thread bug" in done.stdout
    assert "told main RuntimeError: main bug" in done.stdout
    logged = path.read_text()
    assert "CRITICAL hivemind_desktop: bug in sampler" in logged
    assert "CRITICAL hivemind_desktop: bug in main" in logged
    assert "RuntimeError: main bug" in logged
    assert "RuntimeError: main bug" in done.stderr


def test_ctrl_c_is_no_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for owner, name in ((sys, "excepthook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    told: list[str] = []
    log_bugs(lambda where, text: told.append(text))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert told == []
    assert "KeyboardInterrupt" in capsys.readouterr().err
