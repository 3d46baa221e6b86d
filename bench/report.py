"""How a bench is run and shown: a table for people, one JSON object for tools, progress on the way."""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Figures = dict[str, Any]
Cell = str | int | float | None


def main(name: str, about: str, measure: Callable[[bool], Figures], shown: Callable[[Figures], str]) -> None:
    """Run a bench from the command line.

    Args:
        name: of the module in `bench/`.
        about: what it measures.
        measure: given whether to be quick, returns the figures.
        shown: the figures as Markdown.
    """
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--quick", action="store_true", help="as little work as shows the same shape; for tests")
    options = parser.parse_args()
    figures = measure(options.quick)
    print(json.dumps(figures) if options.json else shown(figures))


def tell(text: str) -> None:
    """Say on a terminal how far a bench is; elsewhere say nothing."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="" if text else "\n", file=sys.stderr, flush=True)


@contextmanager
def telling(text: str) -> Iterator[None]:
    """Say what goes on while it does."""
    tell(text)
    try:
        yield
    finally:
        tell("")


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a Markdown table whose columns line up; numbers to the right."""
    texts = [[text_of(cell) for cell in row] for row in rows]
    widths = [max(len(line[place]) for line in [list(head), *texts]) for place in range(len(head))]
    right = [all(isinstance(row[place], int | float | None) for row in rows) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        )
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join(
        "-" * (width + 1) + (":" if is_right else "-") for width, is_right in zip(widths, right, strict=True)
    )
    return "\n".join([line(head), rule + "|", *(line(cells) for cells in texts)])


def text_of(cell: Cell) -> str:
    """Return a figure as it is shown: three significant digits, large numbers whole."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 1000:
        return f"{cell:,.0f}"
    return f"{cell:.2f}" if abs(cell) >= 1 or cell == 0 else f"{cell:.3g}"


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return float(statistics.median(values))


def rounded(figures: Mapping[str, Any]) -> Figures:
    """Return figures with six significant digits, so that sums of floats do not show their dust."""
    return {name: _rounded(value) for name, value in figures.items()}


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return float(f"{value:.6g}")
        case Mapping():
            return rounded(value)
        case list():
            return [_rounded(one) for one in value]
    return value
