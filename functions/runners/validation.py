"""Reads a target's `params` into its runner's model, and says in plain words what is wrong with them."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from functions.runners import secrets, templating
from functions.runners.contract import InvalidParamsError, RunnerParams

# DynamoDB nests to 32 levels and its numbers have at most 126 digits before the point.
DEPTH_MAX = 32
DIGITS_MAX = 126
# So that a message about an absurd field still fits where it is recorded.
PATH_CHARACTERS_MAX = 120
PROBLEMS_MAX = 10

# What a text that is replaced at run time may still get wrong now: its value, never its being a text.
_VALUE_ERRORS = frozenset(
    {"value_error", "literal_error", "enum", "string_pattern_mismatch", "string_too_long", "string_too_short"}
)


def validate(model: type[RunnerParams], raw: object, *, type_name: str) -> RunnerParams:
    """Return `raw` as `model`; strict, so that a number written as a text is refused.

    Raises:
        InvalidParamsError: names each wrong field and says what to write.
    """
    return validate_plain(model, plain_params(raw), type_name=type_name)


def validate_plain(model: type[RunnerParams], plain: JsonValue, *, type_name: str) -> RunnerParams:
    """Do what `validate` does for params that `plain_params` has read."""
    try:
        return model.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        problems = [_describe(model, detail, type_name) for detail in _details(model, error)]
        raise _invalid(problems) from None


def check(model: type[RunnerParams], raw: object, *, type_name: str) -> None:
    """Do what `validate` does for `params` as written, whose placeholders have no values yet.

    Raises:
        InvalidParamsError: names each wrong field, and each template expression that does not exist.
    """
    plain = plain_params(raw)
    problems = [f"params: {problem}" for problem in templating.unknown_expressions(plain)]
    try:
        model.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        real = [detail for detail in _details(model, error) if not _is_about_placeholder(detail)]
        problems += [_describe(model, detail, type_name) for detail in real]
    if problems:
        raise _invalid(problems)


def plain_params(raw: object) -> dict[str, JsonValue]:
    """Return `raw` with every Decimal as int or float; None counts as no params.

    Raises:
        InvalidParamsError: not a map, or something in it is not JSON (sets, binary values, endless numbers).
    """
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise InvalidParamsError(f'params: should be a map of fields but is {_kind(raw)}; write {{"field": value}}')
    return {str(key): _plain(value, f"params.{key}", DEPTH_MAX) for key, value in raw.items()}


def _invalid(problems: Sequence[str]) -> InvalidParamsError:
    more = [f"and {len(problems) - PROBLEMS_MAX} more"] if len(problems) > PROBLEMS_MAX else []
    return InvalidParamsError(" | ".join([*problems[:PROBLEMS_MAX], *more]), problems[:PROBLEMS_MAX])


def _plain(value: object, path: str, depth_left: int) -> JsonValue:
    if depth_left == 0:
        raise InvalidParamsError(f"{_shown(path)}: nested deeper than {DEPTH_MAX} levels; flatten it")
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _plain_number(value, path)
    match value:
        case Mapping():
            return {str(key): _plain(inner, f"{path}.{key}", depth_left - 1) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner, f"{path}.{index}", depth_left - 1) for index, inner in enumerate(value)]
        case _:
            raise InvalidParamsError(
                f"{_shown(path)}: is {_kind(value)}; write a text, number, true, false, null, list or map"
            )


def _plain_number(value: int | float | Decimal, path: str) -> int | float:
    if isinstance(value, int) and abs(value) < 10**18:
        return value
    exact = Decimal(value)
    if not exact.is_finite():
        raise InvalidParamsError(f"{_shown(path)}: is not a finite number; write one such as 1.5")
    if abs(exact) >= Decimal(10) ** DIGITS_MAX:
        raise InvalidParamsError(f"{_shown(path)}: has more than {DIGITS_MAX} digits; write a smaller number or a text")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _details(model: type[RunnerParams], error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong in the order of the model's fields, then whatever is no field."""
    order = {name: index for index, name in enumerate(model.model_fields)}
    details = error.errors(include_url=False)
    return sorted(details, key=lambda detail: order.get(str(detail["loc"][0]) if detail["loc"] else "", len(order)))


def _is_about_placeholder(detail: ErrorDetails) -> bool:
    text = detail["input"]
    return (
        detail["type"] in _VALUE_ERRORS
        and isinstance(text, str)
        and (templating.has_expression(text) or secrets.has_reference(text))
    )


def _describe(model: type[RunnerParams], detail: ErrorDetails, type_name: str) -> str:
    path = _shown(".".join(["params", *map(str, detail["loc"])]))
    field = model.model_fields.get(str(detail["loc"][0])) if detail["loc"] else None
    examples: Sequence[object] = (field.examples if field else None) or ()
    advice = f"; write {json.dumps(examples[0], ensure_ascii=False)}" if examples else ""
    match detail["type"]:
        case "missing":
            return f"{path}: is missing{advice}"
        case "extra_forbidden":
            owner = f"type {type_name}" if len(detail["loc"]) == 1 else str(detail["loc"][-2])
            return f"{path}: is not a field of {owner}{_near_field(model, detail['loc'])}"
        case "string_pattern_mismatch":
            return f"{path}: is not of the right form{advice}"
        case "value_error":
            return f"{path}: {detail['msg'].removeprefix('Value error, ')}"
        case _ if isinstance(detail["input"], str) and detail["type"].startswith(("int_", "float_")):
            return f"{path}: is a text; write a number without quotes{advice.replace('; write', ', such as')}"
        case _:
            return f"{path}: {detail['msg'].replace('Input should', 'should')} but is {_kind(detail['input'])}{advice}"


def _near_field(model: type[RunnerParams], location: tuple[int | str, ...]) -> str:
    if len(location) > 1:
        return "; leave it out"
    near = get_close_matches(str(location[0]), model.model_fields, n=1)
    return f"; write {near[0]}" if near else f"; its fields are {', '.join(model.model_fields) or 'none'}"


def _shown(path: str) -> str:
    return path if len(path) <= PATH_CHARACTERS_MAX else f"{path[: PATH_CHARACTERS_MAX - 1]}…"


def _kind(value: object) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"the number {value}" if abs(Decimal(value)) < Decimal(10) ** 18 else "a very large number"
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return "a text" if value else "an empty text"
        case Mapping():
            return "a map"
        case list() | tuple():
            return "a list"
        case set() | frozenset():
            return "a set"
        case _:
            return f"a {type(value).__name__} value"
