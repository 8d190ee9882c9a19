"""Everything from a bare machine: `python3 build.py demo`. This file parses on Python 3.6 and only says what is missing."""

import os
import sys

if __name__ == "__main__":
    if not (3, 11) <= sys.version_info < (3, 14):
        sys.stderr.write(
            "build.py: needs Python 3.11, 3.12 or 3.13 and this is %d.%d: run it with one of those, e.g. python3.11 build.py\n"
            % sys.version_info[:2]
        )
        sys.exit(1)
    from building.cli import main

    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Not sys.exit: after a failure or Ctrl+C it would wait for a thread that reads from the engine.
    os._exit(code)
