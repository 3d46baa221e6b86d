"""Tables of a row of Runs: its attributes, and the values of those that have few."""

from enum import StrEnum

from hourglass.schemas import attributes_in
from local.field_tables import all_meanings, row, types
from schedule_model.run import MOVES, Run, RunStatus

_EPOCH = "number, epoch seconds"
_OF_THE_INDEX = {
    "failed_on": ("text", "if FAILED", "the day of `finished_at`, `2026-11-20`; a key of the index `failures`."),
    "failed_at": ("instant, ISO 8601", "if FAILED", "`finished_at`; the index's other key."),
}


def run_table() -> str:
    """Return a table of a row's attributes, as `functions.aws.rows.run_row` writes them."""
    known, kinds, rows = all_meanings(Run), types(Run), []
    for name, field in Run.model_fields.items():
        is_there = field.is_required() or field.default not in (None, False)
        kind = _EPOCH if name == "delete_at" else kinds[name]
        called = "scheduled_at" if name == "run_id" else name
        rows.append(row(f"`{called}`", kind, "always" if is_there else "if it has one", known[name]))
    rows += [row(f"`{name}`", *cells) for name, cells in _OF_THE_INDEX.items()]
    return "| attribute | type | there | meaning |\n|---|---|---|---|\n" + "".join(rows)


def value_table(values: type[StrEnum]) -> str:
    """Return a table of what each value means; of a status also which may follow.

    Raises:
        ValueError: a value has no meaning in the docstring.
    """
    known = attributes_in(values.__doc__ or "")
    if nameless := [value.name for value in values if value.name not in known]:
        raise ValueError(f"{values.__module__}.{values.__name__}: say what {', '.join(nameless)} means")
    if values is RunStatus:
        heading = "| status | means | may become |\n|---|---|---|\n"
        return heading + "".join(row(f"`{one}`", known[one.name], _moves(one)) for one in RunStatus)
    return "| value | means |\n|---|---|\n" + "".join(row(f"`{one}`", known[one.name]) for one in values)


def _moves(status: RunStatus) -> str:
    return ", ".join(f"`{after}`" for after in RunStatus if after in MOVES[status]) or "it is final"
