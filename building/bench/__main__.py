"""`python3 build.py bench`: the chosen parts one after another, a table or one JSON document. Exit codes: 0 every bar is met, 1 one is missed, 2 wrong usage."""

import argparse
import json
import signal
import sys
from collections.abc import Callable

from building.bench import PARTS, idle, machine, noop, throughput
from building.bench.figures import Result, document, met, table
from building.say import BuildError, Step, line
from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording import say

MEASURES: dict[str, Callable[[bool, Step], Result]] = {
    "noop": noop.measure,
    "throughput": throughput.measure,
    "idle": idle.measure,
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="build.py bench", allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args(argv)
    # asked to end, it still ends its master and worker
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [name for name in PARTS if name in options.parts or not options.parts]
    try:
        here = machine.facts()
        results = {}
        for name in chosen:
            with Step(f"bench {name}", "starting a master and a worker") as step:
                results[name] = MEASURES[name](options.quick, step)
    except KnownError as error:
        line(f"build.py bench: {say(error.code, error.fields)}")
        return 1
    except BuildError as error:
        line(f"build.py bench: {error}")
        return 1
    if options.json:
        print(json.dumps(document(here, results), indent=2, ensure_ascii=False))
    else:
        print("\n".join([*machine.lines(here), "", *table(results), "", *details(results)]))
    return 0 if met(list(results.values())) else 1


def details(results: dict[str, Result]) -> list[str]:
    """What explains the figures, a line each."""
    return [
        f"{part}  {name}: {json.dumps(value, ensure_ascii=False)}"
        for part, result in results.items()
        for name, value in result.details.items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
