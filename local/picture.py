"""Draws what `make run` shows as a picture for the docs, from a stack that is up: `python -m local.picture FILE.svg`.

make run ARGS="--for 240" & sleep 220; python -m local.picture docs/diagrams/make-run.svg
"""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.terminal_theme import MONOKAI

from local.board import LiveBoard
from local.feed import Feed
from local.paths import STACK_FILE
from local.stack import Stack

WIDTH = 118
RUNS = 10


def picture(stack: Stack, runs: int = RUNS) -> str:
    """Return an SVG of the stack's targets and latest runs, as they are in its tables now."""
    feed, console = Feed(stack), Console(record=True, width=WIDTH, file=io.StringIO())
    live = Live(console=console, auto_refresh=False)
    LiveBoard(live).show(feed, feed.read()[-runs:])
    console.print(live.renderable)
    return _without_fonts_from_elsewhere(console.export_svg(title="make run", theme=MONOKAI, unique_id="make-run"))


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
    Path(arguments[0]).write_text(picture(Stack(known["endpoint"], known["outputs"])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
