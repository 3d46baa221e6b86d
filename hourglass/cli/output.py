"""What a command writes: tables for people, plain lines or JSON for pipes; what is only news goes to stderr."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import click
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from hourglass.timers import One, counted, no_progress
from hourglass.timers import Progress as Told

Document = Mapping[str, object]

_STYLES = {
    "COMPLETED": "green",
    "SCHEDULED": "green",
    "ok": "green",
    "created": "green",
    "FAILED": "red",
    "INVALID": "red",
    "bad": "red",
    "deleted": "red",
    "RETRYING": "yellow",
    "PAUSED": "yellow",
    "warning": "yellow",
    "changed": "yellow",
    "kept": "yellow",
}


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
"""C0 and C1 but for tab and line feed, each as its escape."""

_BETWEEN = 2
_SENTENCE = 20
"""Between two columns of a table, and the least width of its last, in characters."""


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a listing: its title, and the text that a document has in it."""

    title: str
    text: Callable[[Document], str]


def field(title: str, *path: str) -> Column:
    """Return the column of a field, or of a field within one; empty where it is missing."""

    def text(document: Document) -> str:
        found: object = document
        for name in path or (title.replace(" ", "_"),):
            found = found.get(name) if isinstance(found, Mapping) else None
        return as_text(found)

    return Column(title, text)


def visible(text: str) -> str:
    """Return a text in which control characters are escapes: one from outside must not command the terminal."""
    return text.translate(_CONTROLS)


def as_text(value: object) -> str:
    """Return a value in a cell: texts as they are, nothing for None, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class Output:
    """Where results and news go.

    Args:
        form: how results are written; None for tables on a terminal and plain lines elsewhere.
        quiet: whether to leave the news out even on a terminal.
    """

    def __init__(self, form: Format | None, *, quiet: bool) -> None:
        self.is_terminal = sys.stdout.isatty()
        self.form = form or (Format.TABLE if self.is_terminal else Format.PLAIN)
        self._is_telling = not quiet and sys.stderr.isatty()

    def rows(self, documents: Iterable[Document], columns: Sequence[Column]) -> None:
        """Write a listing."""
        match self.form:
            case Format.JSON:
                click.echo(_json(list(documents)))
            case Format.CSV:
                cells = [[column.text(document) for column in columns] for document in documents]
                click.echo(_csv([[column.title for column in columns], *cells]), nl=False)
            case Format.TABLE:
                self._table(list(documents), columns)
            case Format.PLAIN:
                for document in documents:
                    self.line(document, columns)

    def line(self, document: Document, columns: Sequence[Column]) -> None:
        """Write one row at once, for what comes bit by bit."""
        cells = [column.text(document) for column in columns]
        match self.form:
            case Format.JSON:
                click.echo(json.dumps(document, ensure_ascii=False, default=str))
            case Format.CSV:
                click.echo(_csv([cells]), nl=False)
            case Format.TABLE:
                _console().print("  ".join(_styled(cell) for cell in cells), soft_wrap=True)
            case Format.PLAIN:
                click.echo("\t".join(visible(cell.replace("\t", " ").replace("\n", " ")) for cell in cells))

    def record(self, document: Document) -> None:
        """Write one document: a field per line on a terminal, JSON elsewhere."""
        if self.form is not Format.TABLE:
            click.echo(_json(document))
            return
        grid = Table.grid(padding=(0, 2))
        for name, value in document.items():
            if value is not None:
                grid.add_row(f"[dim]{escape(name)}[/dim]", _styled(as_text(value)))
        _console().print(grid)

    def tell(self, news: str) -> None:
        """Write news to people on a terminal, and to nobody else."""
        if self._is_telling:
            click.echo(visible(news), err=True)

    def warn(self, warning: str) -> None:
        """Write to stderr what even a script's log should have."""
        click.echo(f"hourglass: {visible(warning)}", err=True)

    @contextmanager
    def progress(self, what: str) -> Iterator[Told]:
        """Show how far long work is, on a terminal."""
        if not self._is_telling:
            yield no_progress
            return
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of)

    def counting(self, what: str, found: Iterable[One]) -> Iterator[One]:
        """Yield what is found, and show on a terminal how many there are so far."""
        with self.progress(what) as progress:
            yield from counted(found, progress)

    def _table(self, documents: Sequence[Document], columns: Sequence[Column]) -> None:
        if not documents:
            self.tell("none")
            return
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            # What is copied stays in one piece; the last column is for sentences, and gives way.
            table.add_column(column.title, overflow="fold", no_wrap=column is not columns[-1])
        rows = [[column.text(document) for column in columns] for document in documents]
        for row in rows:
            table.add_row(*map(_styled, row))
        console = _console()
        # Squeezed into a narrow terminal a table would lose ends of ids; a terminal breaks long lines itself.
        console.width = max(console.width, _width([[column.title for column in columns], *rows]))
        console.print(table)


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many characters wide a table is in which only the last column gives way."""
    cells = list(zip(*(row[:-1] for row in rows), strict=True))
    return sum(max(map(cell_len, column)) + _BETWEEN for column in cells) + _SENTENCE


def _styled(cell: str) -> str:
    cell = visible(cell)
    style = _STYLES.get(cell.removeprefix("would be "))
    return f"[{style}]{escape(cell)}[/{style}]" if style else escape(cell)


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
