"""A whole schedule: one expression or several, without what is excluded."""

from collections.abc import Sequence
from functools import lru_cache

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.exclusions import ExcludedTimes, Without, parse_exclusions
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.parse import parse
from schedule_model.expressions.rrule import RecurrenceRule
from schedule_model.expressions.union import Union

_EXPRESSIONS_MAX = 100
_EXCLUSIONS_MAX = 1000
_RULES_MAX = 20


def parse_schedule(schedule: str | Sequence[str], timezone: str = "UTC", *, exclude: Sequence[str] = ()) -> Expression:
    """Return one expression for a target's `schedule` and `except` fields; cached.

    Args:
        schedule: one expression, or 1 to 100 of them whose occurrences are taken together.
        timezone: the IANA name of the zone in which all of them, and the excluded days, are read.
        exclude: up to 1,000 entries to leave out: `2026-12-25`, `2026-12-24..2027-01-01` or an expression.

    Raises:
        InvalidExpressionError: an expression or exclusion cannot be read, or there are none or too many; of `rrule(`,
            20 in both together, for each may take half a second to find nothing.
        InvalidTimezoneError: no such timezone.
    """
    texts = (schedule,) if isinstance(schedule, str) else _texts(schedule, of="schedule", most=_EXPRESSIONS_MAX)
    if not texts:
        raise InvalidExpressionError("A schedule names no expression. Write at least one, such as rate(5 minutes).")
    if isinstance(exclude, str):
        raise InvalidExpressionError(f"`except` must be a list. Write [{exclude!r}].")
    return _parse_schedule(texts, timezone, _texts(exclude, of="except", most=_EXCLUSIONS_MAX))


@lru_cache(maxsize=4096)
def _parse_schedule(texts: tuple[str, ...], timezone: str, excluded: tuple[str, ...]) -> Expression:
    members = tuple(parse(text, timezone) for text in texts)
    together = members[0] if len(members) == 1 else Union(members)
    exclusions = parse_exclusions(excluded, timezone)
    _refuse_too_many_rules([*members, *(one.expression for one in exclusions if isinstance(one, ExcludedTimes))])
    return Without(together, exclusions) if exclusions else together


def _refuse_too_many_rules(expressions: Sequence[Expression]) -> None:
    rules = sum(isinstance(one, RecurrenceRule) for one in expressions)
    if rules > _RULES_MAX:
        raise InvalidExpressionError(
            f"The schedule and its exclusions have {rules} rrule(...) together, the limit is {_RULES_MAX}. Put several "
            "times into one rule, or write cron(...)."
        )


def _texts(values: object, *, of: str, most: int) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, bytes):
        raise InvalidExpressionError(f"`{of}` must be a list of texts, not {type(values).__name__}.")
    if len(values) > most:
        raise InvalidExpressionError(f"`{of}` lists {len(values)} entries, the limit is {most}. Write fewer.")
    for place, value in enumerate(values, start=1):
        if not isinstance(value, str):
            raise InvalidExpressionError(f"`{of}` entry {place} must be text, not {type(value).__name__}.")
    return tuple(values)
