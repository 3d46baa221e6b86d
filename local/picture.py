"""Draws what `make run` shows as a picture for the docs, from a stack that is up: `python -m local.picture FILE.svg`.

    make run & sleep 30; python -m local.picture docs/diagrams/make-run.svg 200

The number is for how many seconds it watches: like the live table, it knows of the next runs that it has seen.
"""

import io
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live

from local.board import RUNS_SHOWN, LiveBoard
from local.feed import Feed
from local.paths import STACK_FILE
from local.stack import Stack

WIDTH = 118


def picture(stack: Stack, seconds: float) -> str:
    """Return an SVG of the stack's targets and latest runs after watching its tables for so many seconds."""
    feed, console = Feed(stack), Console(record=True, width=WIDTH, file=io.StringIO())
    board, until = LiveBoard(live := Live(console=console, auto_refresh=False)), time.monotonic() + seconds
    while True:
        if changed := feed.read():
            board.show(feed, changed[-RUNS_SHOWN:])
        if time.monotonic() >= until:
            break
        time.sleep(1)
    console.print(live.renderable)
    return _without_fonts_from_elsewhere(console.export_svg(title="make run", unique_id="make-run"))


def _without_fonts_from_elsewhere(svg: str) -> str:
    """Leave the reader's own fonts, for a picture should need no network."""
    kept = svg
    while (start := kept.find("@font-face")) >= 0:
        kept = kept[:start] + kept[kept.index("}", start) + 1 :]
    return "\n".join(line.rstrip() for line in kept.splitlines() if line.strip()) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the picture and return the exit code."""
    if not STACK_FILE.exists():
        print("hourglass: no stack is up here; start one with make run", file=sys.stderr)
        return 1
    known = json.loads(STACK_FILE.read_text())
    seconds = float(arguments[1]) if len(arguments) > 1 else 0.0
    Path(arguments[0]).write_text(picture(Stack(known["endpoint"], known["outputs"]), seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
