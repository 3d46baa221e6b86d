"""Runs Hourglass on this machine: `make run`, or `python3 -m local.run --help`."""

import sys

# Read by whatever Python is at hand, so nothing in this file may need a newer one.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("hourglass: needs Python 3.11 or newer; name one: make run PYTHON=python3.13")

from local.preparing import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
