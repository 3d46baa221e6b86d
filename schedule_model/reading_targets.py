"""From a table item to a Target, or to one sentence that says why not."""

import json
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from schedule_model.errors import InvalidExpressionError, InvalidTargetError, InvalidTimezoneError
from schedule_model.expressions import parse_schedule
from schedule_model.remembering import remembered
from schedule_model.target import Item, Target

TARGET_SIZE_MAX = 64 * 1024
"""The largest target that is read, in bytes of JSON without its `plan`; the hot path counts on about 1 KB."""

REASON_LENGTH_MAX = 1_000
_ANY_SCHEDULE = "rate(1 day)"

_ADVICE = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a known field; remove it or correct its spelling",
    "string_type": "must be a text (DynamoDB type S)",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number (DynamoDB type N, not a text)",
    "bool_type": "must be true or false (DynamoDB type BOOL, not a text)",
    "dict_type": "must be a map (DynamoDB type M)",
    "model_type": "must be a map (DynamoDB type M)",
    "model_attributes_type": "must be a map",
    "list_type": "must be a list (DynamoDB type L)",
    "timezone_aware": "names no offset from UTC; write time and offset too, such as 2026-11-20T12:00:00Z",
    "datetime_from_date_parsing": "must be an instant such as 2026-11-20T12:00:00Z",
}

ID_FORM = "must have 1 to 256 letters, digits and . _ : @ / = + - and begin with a letter or digit"
"""What an id looks like, for whoever wrote another."""

_FORM_OF = {
    "id": ID_FORM,
    "target_id": "must have 1 to 256 characters",
    "dead_letter_queue": "must be the URL of a queue, such as https://sqs.eu-central-1.amazonaws.com/123456789012/name",
    "schedule": "is empty; write for instance rate(5 minutes)",
    "type": "is empty; write for instance echo",
    "delay": 'must be a map, such as {"seconds": 5}',
}
"""What a text or list must look like that is not as its pattern or length says."""

_OF_FORM = frozenset({"string_pattern_mismatch", "string_too_short", "too_short", "model_attributes_type"})

_ENCODER = json.JSONEncoder(default=str)

_PLAIN = (
    ("Input should be greater than or equal to ", "must be at least "),
    ("Input should be less than or equal to ", "must be at most "),
    ("Input should be ", "must be "),
    ("String should have", "must have"),
    ("List should have", "must have"),
    (" after validation", ""),
)
"""Its own words for a bound, in ours."""

# How pydantic names the forms of a field that takes either.
_FORMS = frozenset({"str", "list[str]"})
_OF_EITHER_FORM = "must be a text or a list of texts (DynamoDB type S or L)"


def parse_target(item: Item) -> Target:
    """Return the target that an item describes; its `plan`, which is the system's, is not looked at.

    Raises:
        InvalidTargetError: names every field at fault, in at most 1,000 characters.
    """
    return _target_of({name: value for name, value in item.items() if name != "plan"})


def is_readable(item: Item) -> bool:
    """Return whether an item describes a target."""
    try:
        parse_target(item)
    except InvalidTargetError:
        return False
    return True


@remembered
def _target_of(fields: dict[str, object]) -> Target:
    _refuse_oversize(fields)
    try:
        return Target.model_validate(fields)
    except ValidationError as error:
        raise together(problems_in(error), _problems_of_schedule(fields)) from error


def together(*parts: Sequence[str]) -> InvalidTargetError:
    """Return the error for problems that were found one after the other, each as `field: what to write`.

    What a later part says of a field is left out where an earlier one has said something of it, or of a part of it.
    """
    problems: list[str] = []
    for part in parts:
        told = {_field_of(problem) for problem in problems}
        problems += [problem for problem in part if _field_of(problem) not in told]
    return InvalidTargetError(shorten("; ".join(problems)), problems)


def _field_of(problem: str) -> str:
    return problem.partition(": ")[0].partition(".")[0]


def explain(error: ValidationError, *, under: str = "") -> str:
    """Return what is wrong with each field, as `field: what to change; field: …`, cut at 1,000 characters.

    Args:
        error: what pydantic found.
        under: put before each field's name, such as `params`.
    """
    return shorten("; ".join(problems_in(error, under=under)))


def problems_in(error: ValidationError, *, under: str = "") -> list[str]:
    """Return what is wrong with each field, each as `field: what to change`, each once."""
    sentences = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        parts = ((under,) if under else ()) + problem["loc"]
        path = ".".join(str(part) for part in parts)
        sentences.append(advice_on(path, problem["type"], problem["msg"]))
    return list(dict.fromkeys(sentences))


def advice_on(path: str, kind: str, message: str) -> str:
    """Return `field: what to change` for one of pydantic's findings.

    Args:
        path: of the field, its parts joined by dots.
        kind: of the finding, such as `missing`.
        message: pydantic's own, for kinds that have no advice of ours.
    """
    parts = path.split(".")
    name = ".".join(part for part in parts if part not in _FORMS)
    form = _FORM_OF.get(name) if kind in _OF_FORM else None
    if parts[-1] in _FORMS and kind in {"string_type", "list_type"}:
        form = _OF_EITHER_FORM
    advice = form or _ADVICE.get(kind) or message.removeprefix("Value error, ")
    for wordy, plain in _PLAIN:
        advice = advice.replace(wordy, plain)
    return f"{name}: {advice}" if name else advice


def shorten(text: str, length: int = REASON_LENGTH_MAX) -> str:
    """Return `text`, cut with a mark when it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _problems_of_schedule(fields: Item) -> list[str]:
    """Return what is wrong with when a target runs, field by field; pydantic gets there only if all else is right."""
    schedule, timezone, excluded = (fields.get(name) for name in ("schedule", "timezone", "except"))
    readings: list[tuple[str, Callable[[], object]]] = []
    if isinstance(schedule, str | list):
        readings.append(("schedule", lambda: parse_schedule(schedule)))
    if isinstance(timezone, str):
        readings.append(("timezone", lambda: parse_schedule(_ANY_SCHEDULE, timezone)))
    if isinstance(excluded, list):
        readings.append(("except", lambda: parse_schedule(_ANY_SCHEDULE, exclude=excluded)))
    return [f"{name}: {problem}" for name, read in readings if (problem := _problem_of(read))]


def _problem_of(read: Callable[[], object]) -> str:
    try:
        read()
    except (InvalidExpressionError, InvalidTimezoneError) as error:
        return str(error)
    return ""


def _refuse_oversize(fields: Item) -> None:
    if len(_ENCODER.encode(fields)) <= TARGET_SIZE_MAX:
        return
    sizes = {name: len(_ENCODER.encode(value)) for name, value in fields.items()}
    if sum(sizes.values()) > TARGET_SIZE_MAX:
        largest = max(sizes, key=lambda name: sizes[name])
        raise InvalidTargetError(
            f"{largest}: the target is {sum(sizes.values()):,} bytes and at most {TARGET_SIZE_MAX:,} are read; "
            f"shorten {largest} ({sizes[largest]:,} bytes), for instance by keeping its content in S3"
        )
