"""The commands of build.py: arguments to one function each. Errors are one line; a wrong command or flag is exit code 2."""

import argparse
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

from building import bench, check, image, locking, prepare, proc, protos, run_tests, translations
from building.places import VENV_PYTHON, tool
from building.say import BuildError, UsageError, line

NOT_BUILT = ("app", "installer", "deb", "chaos")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _demo(options: argparse.Namespace, rest: list[str]) -> int:
    prepare.for_demo(headless="--headless" in rest)
    return become([str(tool("hivemind-desktop")), "demo", *rest])


def _env(options: argparse.Namespace, rest: list[str]) -> int:
    prepare.for_checks("env")
    return 0


def _image(options: argparse.Namespace, rest: list[str]) -> int:
    tag = image.checked_tag(options.tag or image.default_tag())
    for name in prepare.for_images(tag, options.push):
        print(name)
    return 0


def _protos(options: argparse.Namespace, rest: list[str]) -> int:
    prepare.for_checks()
    if options.check:
        if stale := protos.stale():
            raise BuildError(
                f"generated code is not current: {', '.join(stale)}; run: python3 build.py protos"
            )
        return 0
    for path in protos.write():
        print(path)
    return 0


def _translations(options: argparse.Namespace, rest: list[str]) -> int:
    prepare.for_checks()
    for text in translations.update():
        print(text)
    return 0


def _check(options: argparse.Namespace, rest: list[str]) -> int:
    prepare.for_checks()
    if names := check.failed():
        raise BuildError(f"failed: {', '.join(names)}")
    return 0


def _test(options: argparse.Namespace, rest: list[str]) -> int:
    return run_tests.run(rest)


def _bench(options: argparse.Namespace, rest: list[str]) -> int:
    if strange := [name for name in (*options.parts, *rest) if name not in bench.PARTS]:
        raise UsageError(f"bench has no part {strange[0]!r}: {', '.join(bench.PARTS)}")
    prepare.for_tests()
    flags = [f"--{name}" for name in ("json", "quick") if getattr(options, name)]
    return become([str(VENV_PYTHON), "-m", "building.bench", *flags, *options.parts, *rest])


def _lock(options: argparse.Namespace, rest: list[str]) -> int:
    locking.write()
    return 0


def become(command: list[str]) -> int:
    """Go on as that program; its exit code is ours."""
    sys.stdout.flush()
    if sys.platform == "win32":
        return subprocess.run(command).returncode
    return os.execv(command[0], command)


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace, list[str]], int], str]] = {
    "demo": (
        _demo,
        "everything from a bare machine to a task run and its result shown (ARGS go to the demo)",
    ),
    "test": (
        _test,
        "everything from a bare machine to all tests run (ARGS go to pytest; --all: every slow test)",
    ),
    "check": (_check, "lint, format, types, import rules, generated code, translations"),
    "bench": (_bench, "the measurements and their bars"),
    "image": (
        _image,
        "the image of tasks and its -full tag (tag: --tag, else WORKER_IMAGE_TAG, else latest)",
    ),
    "protos": (_protos, "the code in hivemind_desktop/wire from protos/"),
    "translations": (_translations, "new strings into the .ts files, and the .qm files from them"),
    "env": (_env, "the environment in .venv alone"),
    "lock": (_lock, "requirements.lock and resources/image/full.lock anew"),
}


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="build.py", description="HiveMind Desktop from a bare machine.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, (_, text) in COMMANDS.items():
        sub = commands.add_parser(
            name, help=text, usage=f"build.py {name} [options] [-- ARGS]", allow_abbrev=False
        )
        if name == "image":
            sub.add_argument("--tag", help="the tag instead of WORKER_IMAGE_TAG or latest")
            sub.add_argument("--push", action="store_true", help="push both tags when built")
        if name == "protos":
            sub.add_argument("--check", action="store_true", help="only say whether they are current")
        if name == "bench":
            sub.add_argument("--json", action="store_true", help="one JSON document; exit 1 at a missed bar")
            sub.add_argument("--quick", action="store_true", help="fewer rounds")
            sub.add_argument("parts", nargs="*", metavar="PART", help=", ".join(bench.PARTS))
    return parser


def _parsed(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    own, rest = argv, []
    if "--" in argv:
        cut = argv.index("--")
        own, rest = argv[:cut], argv[cut + 1 :]
    if own[:1] == ["--docker"]:
        own = ["image", *own[1:]]
    if own and own[0] in NOT_BUILT:
        raise UsageError(f"{own[0]} is not built yet")
    if own and not own[0].startswith("-") and own[0] not in COMMANDS:
        raise UsageError(f"no command {own[0]!r}: {', '.join(COMMANDS)}")
    parser = _parser()
    options, unknown = parser.parse_known_args(own)
    if options.command is None:
        raise UsageError(f"a command is missing: {', '.join(COMMANDS)}")
    if unknown:
        hint = ": write it after --" if options.command in ("demo", "test", "bench") else ""
        raise UsageError(f"{options.command} has no option {unknown[0]!r}{hint}")
    if rest and options.command not in ("demo", "test", "bench"):
        raise UsageError(f"{options.command} takes nothing after --")
    return options, rest


def main(argv: list[str]) -> int:
    """Run one command. Exit codes: 0 done, 1 the world said no, 2 wrong usage, 130 Ctrl+C."""
    try:
        options, rest = _parsed(argv)
        return COMMANDS[options.command][0](options, rest)
    except UsageError as error:
        line(f"build.py: {error}")
        return 2
    except BuildError as error:
        proc.end_all()
        line(f"build.py: {error}")
        return 1
    except OSError as error:
        proc.end_all()
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        line(
            f"build.py: {error.filename}: {error.strerror}: a clone and a disk that you may write are needed"
        )
        return 1
    except KeyboardInterrupt:
        proc.end_all()
        line("build.py: stopped by Ctrl+C; the next run goes on where this one was")
        return 130
