"""The files that `make run --target` writes: each holds one target, as JSON that the table can take."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import DYNAMODB_CONTEXT

from functions.executor.fitting import is_storable
from local.failure import LocalError

_LEVELS_MAX = 32
_SHOWN_MAX = 50


def read_targets(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the targets in these JSON files.

    Raises:
        LocalError: one is missing, is no JSON object, or holds what no item of a table can; with the field at fault.
    """
    return [_read(file) for file in files]


def _read(file: Path) -> dict[str, Any]:
    try:
        target = json.loads(file.read_text(), parse_float=_number, parse_int=_number, parse_constant=_number)
    except RecursionError:
        raise LocalError(f"{file} is no target: it is nested too deeply") from None
    except (OSError, ValueError) as error:
        raise LocalError(f"{file} is no target: {error}") from None
    if not isinstance(target, dict):
        raise LocalError(f"{file} is no target: it must hold one JSON object")
    if not (isinstance(target.get("id"), str) and target["id"]):
        raise LocalError(f'{file} is no target: id must be a text; write one, such as "id": "mine"')
    if problem := _problem_of(target):
        raise LocalError(f"{file}: target {target['id']}: {problem}")
    return target


def _problem_of(target: dict[str, Any]) -> str | None:
    """Return why no item can hold the target, and what to do about it; None if one can."""
    if not is_storable(target, _LEVELS_MAX):
        return f"a field has no name, or stands over {_LEVELS_MAX} levels deep; name it, or nest less"
    for field, number in _numbers(target, ""):
        if not _fits(number):
            return (
                f"{field} is {str(number)[:_SHOWN_MAX]}, which no item can hold; "
                "write a number of at most 38 digits, between 1E-130 and 9.9E+125, or a text in quotes"
            )
    return None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # Its exponent is beyond what a Decimal has, and so beyond the table's by far.
        return Decimal("NaN")


def _numbers(value: object, field: str) -> Iterator[tuple[str, Decimal]]:
    """Return every number in a JSON value with the field that it stands in, such as `params.sizes[2]`."""
    match value:
        case Decimal():
            yield field, value
        case dict():
            for name, inner in value.items():
                yield from _numbers(inner, f"{field}.{name}" if field else name)
        case list():
            for place, inner in enumerate(value):
                yield from _numbers(inner, f"{field}[{place}]")


def _fits(number: Decimal) -> bool:
    """Say whether an item can hold the number.

    Source: DynamoDB developer guide, "Data types" (Number).
    """
    try:
        exact: Decimal = DYNAMODB_CONTEXT.create_decimal(number)
    except ArithmeticError:
        return False
    return exact.is_finite() and (exact == 0 or -130 <= exact.adjusted() <= 125)
