"""Template expressions in params: `<hourglass.scheduled_at>` and its like, replaced in every text at run time."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC

from pydantic import JsonValue

from functions.runners.contract import InvalidParamsError, RunContext

_EXPRESSION = re.compile(r"<hourglass\.([^<>\s]{0,64})>")

_VALUES: Mapping[str, Callable[[RunContext], str]] = {
    "attempt": lambda context: str(context.attempt),
    "idempotency_key": lambda context: context.idempotency_key,
    "scheduled_at": lambda context: context.scheduled_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    "target_id": lambda context: context.target_id,
}


def fill(value: JsonValue, context: RunContext) -> JsonValue:
    """Return `value` with every template expression in its texts replaced; keys of maps stay as they are.

    A text stays a text: `"<hourglass.attempt>"` becomes `"1"`. What was filled in is not looked at again.

    Raises:
        InvalidParamsError: an expression does not exist; the message lists those that do.
    """
    if not any("<hourglass." in text for text in texts(value)):
        return value
    if problems := unknown_expressions(value):
        raise InvalidParamsError(f"params: {problems[0]}")
    return map_texts(value, lambda text: _EXPRESSION.sub(lambda found: _VALUES[found[1]](context), text))


def has_expression(text: str) -> bool:
    """Return whether something in `text` would be replaced at run time."""
    return _EXPRESSION.search(text) is not None


def unknown_expressions(value: JsonValue) -> list[str]:
    """Return one message for each template expression in `value` that does not exist."""
    names = {name for text in texts(value) for name in _EXPRESSION.findall(text)}
    known = ", ".join(f"<hourglass.{name}>" for name in sorted(_VALUES))
    return [f"<hourglass.{name}> does not exist; write one of {known}" for name in sorted(names - set(_VALUES))]


def map_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """Return a copy of `value` in which `change` was applied to every text that is not a key of a map."""
    match value:
        case str():
            return change(value)
        case list():
            return [map_texts(inner, change) for inner in value]
        case dict():
            return {key: map_texts(inner, change) for key, inner in value.items()}
        case _:
            return value


def texts(value: JsonValue) -> Iterator[str]:
    """Yield every text in `value` that is not a key of a map."""
    match value:
        case str():
            yield value
        case list():
            for inner in value:
                yield from texts(inner)
        case dict():
            for inner in value.values():
                yield from texts(inner)
