"""Writes what the docs say about fields from what has them: `make reference`; a test fails when they differ.

A page has marks, `<!-- fields of Target -->` and `<!-- end of fields -->`, between which the tables are put.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from functions.runners import registry
from hourglass.schemas import target_schema, targets_schema, written
from local.field_tables import table
from local.parameter_table import parameter_table
from local.paths import ROOT
from local.run_tables import run_table, value_table
from schedule_model.run import RunStatus
from schedule_model.run_request import DispatchedBy, Trigger
from schedule_model.target import Retry, Target

DOCS = ROOT / "docs"
_MARKED = re.compile(r"(<!-- fields of (\w+) -->\n).*?(<!-- end of fields -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Return every generated file with what it should hold."""
    found = {
        DOCS / "schema" / "target.json": written(target_schema()),
        DOCS / "schema" / "targets.json": written(targets_schema()),
    }
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _MARKED.search(text):
            found[path] = _MARKED.sub(lambda match: f"{match[1]}\n{_tables(match[2])}\n{match[3]}", text)
    return found


def _tables(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"fields of {name}: there is no such table; write one of {', '.join(TABLES)}")
    return TABLES[name]()


def _section(type_name: str) -> str:
    model = registry.load(type_name).params
    summary = (model.__doc__ or "").partition("\n")[0]
    return (
        f"## {type_name}\n\n{summary} Example: [examples/{type_name}.json](../examples/{type_name}.json).\n\n"
        + table(model)
    )


TABLES: Mapping[str, Callable[[], str]] = {
    "Target": lambda: table(Target),
    "Retry": lambda: table(Retry),
    "runners": lambda: "\n".join(_section(type_name) for type_name in registry.types()),
    "Run": run_table,
    "RunStatus": lambda: value_table(RunStatus),
    "Trigger": lambda: value_table(Trigger),
    "DispatchedBy": lambda: value_table(DispatchedBy),
    "parameters": parameter_table,
}
"""What makes the tables of each mark."""


def main() -> int:
    """Write the generated files and return the exit code."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
