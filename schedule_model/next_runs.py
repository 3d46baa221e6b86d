"""The preview: when a schedule will run next."""

from collections.abc import Sequence
from datetime import UTC, datetime

from schedule_model.expressions.errors import InvalidCountError, NaiveInstantError
from schedule_model.expressions.schedule import parse_schedule

_COUNT_MAX = 1_000_000
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def next_runs(
    expression: str | Sequence[str],
    timezone: str = "UTC",
    *,
    after: datetime,
    count: int = 5,
    anchor: datetime | None = None,
    exclude: Sequence[str] = (),
) -> list[datetime]:
    """Return the next occurrences strictly after `after`, earliest first: aware, in UTC, whole seconds.

    Shorter than `count`, or empty, once the schedule is exhausted.

    Args:
        expression: one schedule expression, or several whose occurrences are taken together.
        timezone: an IANA name.
        after: aware, in any zone.
        count: 1 to 1,000,000.
        anchor: aware; where a `rate` counts from. Without one it counts from `after`: first after one period.
        exclude: what a target's `except` says: days, ranges of days and expressions to leave out.

    Raises:
        InvalidExpressionError: the expression or an exclusion cannot be read.
        ExclusionsTooManyError: the exclusions seem to leave nothing.
        InvalidTimezoneError: no such timezone.
        NaiveInstantError: `after` or `anchor` has no timezone.
        InvalidCountError: `count` is not a whole number in its bounds.
    """
    schedule = parse_schedule(expression, timezone, exclude=exclude)
    _refuse_bad_count(count)
    instant = _aware(after, "after")
    start = instant if anchor is None else _aware(anchor, "anchor")
    found: list[datetime] = []
    while len(found) < count:
        occurrence = schedule.next_after(instant, anchor=start)
        if occurrence is None:
            break
        found.append(occurrence)
        instant = occurrence
    return found


def _aware(instant: datetime, name: str) -> datetime:
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        fix = "datetime(2026, 11, 20, 13, 0, tzinfo=UTC)"
        raise NaiveInstantError(f"`{name}` must be a datetime with a timezone, not {instant!r}. Write {fix}.")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return _LAST if instant.year > 1 else _FIRST


def _refuse_bad_count(count: int) -> None:
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _COUNT_MAX:
        raise InvalidCountError(f"`count` must be a whole number from 1 to {_COUNT_MAX:,}, not {count!r}.")
