"""Which days of a month a cron expression means, for each of the 28 shapes that a month can have."""

import calendar
from collections.abc import Callable
from functools import lru_cache

DayRule = Callable[[int, int], int]
"""From (weekday of the 1st, Monday = 0; length in days) to the days as bits: bit d stands for day d."""

_SATURDAY, _SUNDAY = 5, 6
_SHORTEST = 28


@lru_cache(maxsize=4096)
def month_shape(year: int, month: int) -> int:
    """Return the index of a month into a table of `days_by_shape`: 0 to 27."""
    first_weekday, length = calendar.monthrange(year, month)
    return first_weekday * 4 + length - _SHORTEST


def days_by_shape(rule: DayRule) -> tuple[int, ...]:
    """Return the days that `rule` picks in each shape of month, indexed by `month_shape`."""
    return tuple(rule(weekday, _SHORTEST + extra) for weekday in range(7) for extra in range(4))


def on_days(days: int) -> DayRule:
    """Pick days by their number; `days` has bit d for day d. A month without that day has no occurrence."""
    return lambda _, length: days & ((2 << length) - 2)


def on_weekdays(weekdays: int) -> DayRule:
    """Pick every day whose weekday is in `weekdays`: bit 0 is Monday, bit 6 Sunday."""
    return lambda first, length: sum(1 << day for day in range(1, length + 1) if weekdays >> _weekday(first, day) & 1)


def on_nth_weekday(weekday: int, nth: int) -> DayRule:
    """Pick the first (`nth` = 1) to fifth such weekday of the month; a month without a fifth has none."""

    def rule(first: int, length: int) -> int:
        day = 1 + (weekday - first) % 7 + 7 * (nth - 1)
        return 1 << day if day <= length else 0

    return rule


def on_last_weekday(weekday: int) -> DayRule:
    """Pick the last such weekday of the month."""
    return lambda first, length: 1 << length - (_weekday(first, length) - weekday) % 7


def on_last_day(days_before: int = 0) -> DayRule:
    """Pick the last day of the month, or the one `days_before` it; a month too short for that has none."""
    return lambda _, length: 1 << length - days_before if days_before < length else 0


def on_working_day_nearest(day: int) -> DayRule:
    """Pick Monday to Friday nearest `day`, without leaving its month; a month without that day has none."""
    return lambda first, length: _nearest(first, length, day) if day <= length else 0


def on_last_working_day(days_before: int = 0) -> DayRule:
    """Pick Monday to Friday nearest the last day, or nearest the one `days_before` it, within the month."""
    return lambda first, length: _nearest(first, length, length - days_before) if days_before < length else 0


def on_either(one: DayRule, other: DayRule) -> DayRule:
    """Pick the days of both rules together."""
    return lambda first, length: one(first, length) | other(first, length)


def on_both(one: DayRule, other: DayRule) -> DayRule:
    """Pick only the days that both rules pick."""
    return lambda first, length: one(first, length) & other(first, length)


def _nearest(first: int, length: int, day: int) -> int:
    weekday = _weekday(first, day)
    if weekday == _SATURDAY:
        day += -1 if day > 1 else 2
    elif weekday == _SUNDAY:
        day += 1 if day < length else -2
    return 1 << day


def _weekday(first: int, day: int) -> int:
    return (first + day - 1) % 7
