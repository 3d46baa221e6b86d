"""The times of day and days that a cron expression names, on a wall clock without a timezone."""

from dataclasses import dataclass
from datetime import datetime

from schedule_model.expressions.days import month_shape

FIRST_YEAR = 1970
LAST_YEAR = 2199
_BEFORE_ALL = datetime(FIRST_YEAR - 1, 12, 31, 23, 59)  # noqa: DTZ001 - a wall clock has no zone

_EVERY_MINUTE, _EVERY_HOUR = (1 << 60) - 1, (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class WallTimes:
    """A set of whole minutes from 1970 to 2199, kept as bits so that the next one is a few shifts away.

    Attributes:
        minutes, hours, months: bit n stands for the number n; never empty.
        days: for each `month_shape` the days as bits, empty where there are none.
        years: bit n stands for the year 1970 + n; never empty.
    """

    minutes: int
    hours: int
    days: tuple[int, ...]
    months: int
    years: int

    @property
    def names_every_minute(self) -> bool:
        """Whether an hour that it names, it names from the first minute to the last."""
        return self.minutes == _EVERY_MINUTE

    @property
    def names_every_hour(self) -> bool:
        """Whether a day that it names, it names from the first hour to the last."""
        return self.hours == _EVERY_HOUR

    def next_after(self, wall: datetime) -> datetime | None:
        """Return the first of these times strictly after `wall`, both naive, or None beyond the last year."""
        wall = max(wall, _BEFORE_ALL)
        year, month, day, hour = wall.year, wall.month, wall.day, wall.hour
        if self._days_in(year, month) >> day & 1:
            minute = _next_bit(self.minutes, wall.minute + 1) if self.hours >> hour & 1 else -1
            if minute >= 0:
                return datetime(year, month, day, hour, minute)  # noqa: DTZ001
            hour = _next_bit(self.hours, hour + 1)
            if hour >= 0:
                return datetime(year, month, day, hour, _next_bit(self.minutes, 0))  # noqa: DTZ001
        return self._first_after_day(year, month, day)

    def _first_after_day(self, year: int, month: int, day: int) -> datetime | None:
        day = _next_bit(self._days_in(year, month), day + 1)
        while day < 0:
            month = _next_bit(self.months, month + 1)
            if month < 0:
                passed = _next_bit(self.years, year - FIRST_YEAR + 1)
                if passed < 0:
                    return None
                year, month = FIRST_YEAR + passed, _next_bit(self.months, 1)
            day = _next_bit(self._days_in(year, month), 1)
        return datetime(year, month, day, _next_bit(self.hours, 0), _next_bit(self.minutes, 0))  # noqa: DTZ001

    def _days_in(self, year: int, month: int) -> int:
        is_named = year >= FIRST_YEAR and self.years >> year - FIRST_YEAR & 1 and self.months >> month & 1
        return self.days[month_shape(year, month)] if is_named else 0


def _next_bit(bits: int, start: int) -> int:
    """Return the place of the lowest set bit from `start` up, or -1."""
    rest = bits >> start
    return start + (rest & -rest).bit_length() - 1 if rest else -1
