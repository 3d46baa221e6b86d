"""A whole schedule: one expression or several, without what is excluded."""

from collections.abc import Sequence
from functools import lru_cache

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.parse import parse
from schedule_model.expressions.union import Union

_EXPRESSIONS_MAX = 100


def parse_schedule(schedule: str | Sequence[str], timezone: str = "UTC", *, exclude: Sequence[str] = ()) -> Expression:
    """Return one expression for a target's `schedule` and `except` fields; cached.

    Args:
        schedule: one expression, or 1 to 100 of them whose occurrences are taken together.
        timezone: the IANA name of the zone in which all of them, and the excluded days, are read.
        exclude: what to leave out; see `exclusions`.

    Raises:
        InvalidExpressionError: an expression or exclusion cannot be read, or there are none or too many.
        InvalidTimezoneError: no such timezone.
    """
    texts = (schedule,) if isinstance(schedule, str) else _texts(schedule, of="schedule", most=_EXPRESSIONS_MAX)
    if not texts:
        raise InvalidExpressionError("A schedule names no expression. Write at least one, such as rate(5 minutes).")
    return _parse_schedule(texts, timezone)


@lru_cache(maxsize=4096)
def _parse_schedule(texts: tuple[str, ...], timezone: str) -> Expression:
    members = tuple(parse(text, timezone) for text in texts)
    return members[0] if len(members) == 1 else Union(members)


def _texts(values: Sequence[str], *, of: str, most: int) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or not all(isinstance(value, str) for value in values):
        raise InvalidExpressionError(f"`{of}` must be text or a list of texts, such as 'rate(5 minutes)'.")
    if len(values) > most:
        raise InvalidExpressionError(f"`{of}` lists {len(values)} entries, the limit is {most}. Write fewer.")
    return tuple(values)
