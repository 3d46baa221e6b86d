"""What can be asked of `make run`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

PORT = 4566
TTL_LAG_SECONDS = 5.0
"""TTL's lag unless asked otherwise: short, so that a demo shows it; on AWS it is minutes to hours."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; a mistake in it ends the process with a line that names it."""
    parser = argparse.ArgumentParser(
        prog="make run",
        description="Run Hourglass on this machine: the real template on an embedded engine, without AWS or Docker.",
        epilog='With make, options go into ARGS: make run ARGS="--no-demo --for 120".',
    )
    parser.add_argument("--port", type=_port, default=PORT, help="of the engine, on 127.0.0.1 (default: %(default)s)")
    parser.add_argument(
        "--ttl-lag",
        type=_seconds,
        default=TTL_LAG_SECONDS,
        metavar="SECONDS",
        help="how late the emulated TTL removes an expired timer (default: %(default)g)",
    )
    parser.add_argument(
        "--for",
        type=_seconds,
        default=None,
        metavar="SECONDS",
        dest="for_seconds",
        help="stop by itself that long after the stack is up",
    )
    parser.add_argument("--no-demo", action="store_false", dest="with_demo", help="write no demo targets")
    parser.add_argument("--url", help="what the demo's http target requests, instead of a server of its own")
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        dest="target_files",
        help="write the target in this JSON file, such as examples/echo.json; repeatable",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        dest="parameters",
        help="a parameter of template.yaml, such as LeadSeconds=300; repeatable",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 1 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds; write one such as 30")
    return seconds


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no parameter; write it as LeadSeconds=300")
    # SAM would take them for quotes of its own.
    if '"' in value or "\\" in value:
        raise argparse.ArgumentTypeError(f"{name} cannot be given a double quote or a backslash here; leave them out")
    return name, value
