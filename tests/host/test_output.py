import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINT = (
    "import sys; from hivemind_desktop.host.output import make_output_safe\n"
    "make_output_safe(); print('\\u4e2d\\u6587 \\udc80'); print('\\u932f\\u8aa4', file=sys.stderr)"
)
CODE_PAGES = [
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"PYTHONIOENCODING": "big5"},
]


@pytest.mark.parametrize("environ", CODE_PAGES, ids=str)
def test_a_pipe_gets_utf8_whatever_the_code_page(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env={**os.environ, **environ},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "中文 \\udc80\n".encode(), "錯誤\n".encode())


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "中文 \\udc80"), ("cp1252", "\\u4e2d\\u6587 \\udc80"), ("utf-8", "中文 \\udc80")],
)
def test_a_terminal_never_crashes_it(encoding: str, shown: str) -> None:
    import pty

    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env=environ,
        stdout=theirs,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    told = os.read(ours, 1000)
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert told.decode().strip() == shown


def test_a_program_without_a_console_gets_streams(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hivemind_desktop.host.output import make_output_safe\n"
        "sys.stdout = sys.stderr = None; make_output_safe(); print('nowhere'); Path(sys.argv[1]).touch()"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "done")], timeout=60, check=False)
    assert done.returncode == 0
    assert (tmp_path / "done").exists()
