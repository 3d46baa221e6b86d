"""Times that repeat within a day: hours, minutes or seconds apart, on a wall clock without a timezone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import gcd

from schedule_model.expressions.wall_times import LAST_YEAR

_HOUR, _MINUTE, _SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_DAY_SECONDS, _WEEK_SECONDS = 86_400, 604_800


@dataclass(frozen=True, slots=True)
class IntervalTimes:
    """Periods at first + k * step, and the times within each of them.

    Attributes:
        first: naive; where the first period begins.
        step: between the beginnings of two periods, in whole seconds.
        hours, minutes, seconds: where a period may begin; empty for anywhere.
        offsets: the times within a period, from its beginning, earliest first.
        weekdays: on which a period may begin, Monday = 0; empty for any. The days that count are of these.
    """

    first: datetime
    step: timedelta
    hours: frozenset[int]
    minutes: frozenset[int]
    seconds: frozenset[int]
    offsets: tuple[timedelta, ...]
    weekdays: frozenset[int]

    def times(self, wall: datetime, days_from: Callable[[datetime], Iterator[datetime]]) -> Iterator[datetime]:
        """Return the times from the period around `wall` on, or from the first one, to the year 2199.

        From a period that does not count it goes on with the next hour or day that may, so that it ends soon where
        there are no times.

        Args:
            wall: naive.
            days_from: from a midnight to those of all the days that count, itself included.
        """
        if not self.offsets or not _ever_begins(self):
            return
        period = self.first + max(wall - self.first, timedelta(0)) // self.step * self.step
        days = days_from(_midnight(period))
        day = next(days, None)
        while day is not None and period.year <= LAST_YEAR:
            if day < _midnight(period):
                day = next(days, None)
            elif (later := max(day, self._may_count_at(period))) > period:
                period = self._at_or_after(later)
            else:
                yield from (period + offset for offset in self.offsets)
                period += self.step

    def _at_or_after(self, wall: datetime) -> datetime:
        return self.first - (self.first - wall) // self.step * self.step

    def _may_count_at(self, period: datetime) -> datetime:
        """Return a time before which no period counts, `period` itself if it does."""
        if self.hours and period.hour not in self.hours:
            return _midnight(period) + _next(self.hours, period.hour, 24) * _HOUR
        if self.minutes and period.minute not in self.minutes:
            return period.replace(minute=0, second=0) + _next(self.minutes, period.minute, 60) * _MINUTE
        if self.seconds and period.second not in self.seconds:
            return period.replace(second=0) + _next(self.seconds, period.second, 60) * _SECOND
        return period


def _next(numbers: frozenset[int], after: int, end: int) -> int:
    return min((number for number in numbers if number > after), default=end)


def _midnight(wall: datetime) -> datetime:
    return wall.replace(hour=0, minute=0, second=0)


@lru_cache(maxsize=256)
def _ever_begins(times: IntervalTimes) -> bool:
    """Return whether any period begins where one may: they come by the same few times of the week again and again."""
    apart = gcd(int(times.step.total_seconds()), _WEEK_SECONDS)
    monday = _midnight(times.first) - timedelta(days=times.first.weekday())
    # Where a day is a whole number of these steps, all days are alike.
    cycle = _DAY_SECONDS if _DAY_SECONDS % apart == 0 else _WEEK_SECONDS
    return any(
        (not times.hours or second // 3600 % 24 in times.hours)
        and (not times.minutes or second // 60 % 60 in times.minutes)
        and (not times.seconds or second % 60 in times.seconds)
        and (not times.weekdays or cycle == _DAY_SECONDS or second // _DAY_SECONDS in times.weekdays)
        for second in range(int((times.first - monday).total_seconds()) % apart, cycle, apart)
    )
