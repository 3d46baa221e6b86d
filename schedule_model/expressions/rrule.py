"""`rrule(FREQ=WEEKLY;BYDAY=MO,WE)`: RFC 5545 recurrence rules, an extension of ours on python-dateutil."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from schedule_model.expressions.wall_clock import is_skipped, next_instant
from schedule_model.expressions.wall_times import LAST_YEAR

# The calendar repeats every 400 years, weekdays included. Looking for a rule's next date that many years on leaves
# the engine only about 200 years up to its own end, so that a rule which never matches answers soon.
_ERA = timedelta(days=146_097 * 19)
_STEPS = {
    "WEEKLY": timedelta(weeks=1),
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}
_DAY_FILTERS = ("bymonthday", "byyearday", "byweekno")
_DAYS_IN_EVERY_MONTH = 28
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_INTERVALS = ("HOURLY", "MINUTELY", "SECONDLY")


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """Wall-clock times in a timezone, after RFC 5545.

    Attributes:
        frequency: YEARLY to SECONDLY.
        interval: how many of those lie between two periods, from 1.
        filters: the BY... parts but BYDAY, under the engine's names.
        weekdays: BYDAY as (weekday, nth), Monday = 0; nth is 0 for every such day.
        week_start: WKST, Monday = 0.
        zone: on whose clock.
        starts: naive; the DTSTART, or None for the anchor.
        until_at: aware, in UTC; the last instant that may occur, or None.
        count: how many occurrences there are in all, or None.
    """

    frequency: str
    interval: int
    filters: tuple[tuple[str, tuple[int, ...]], ...]
    weekdays: tuple[tuple[int, int], ...]
    week_start: int
    zone: ZoneInfo
    starts: datetime | None = None
    until_at: datetime | None = None
    count: int | None = None

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first occurrence strictly after `instant`; None after UNTIL, COUNT or the year 2199.

        Without a DTSTART the rule starts at `anchor`, which counts in whole seconds.
        """
        if max(instant, anchor).year > LAST_YEAR:
            return None
        instant, anchor = max(instant, _EARLIEST), max(anchor, _EARLIEST)
        start = self.starts or anchor.astimezone(self.zone).replace(tzinfo=None, fold=0, microsecond=0)
        next_wall = partial(_next_counted if self.count else _next_wall, self, start)
        in_both_passes = self.frequency in _INTERVALS
        occurrence = next_instant(next_wall, instant, self.zone, in_both_passes=in_both_passes)
        is_over = occurrence is not None and self.until_at is not None and occurrence > self.until_at
        return None if is_over else occurrence


def _next_wall(rule: RecurrenceRule, start: datetime, wall: datetime) -> datetime | None:
    near = _nearer_start(rule, start, wall) if wall > start else start
    return next((time for time in _times(rule, near) if time > wall), None)


def _nearer_start(rule: RecurrenceRule, start: datetime, wall: datetime) -> datetime:
    """Return a start not after `wall` from which the rule goes on as it does from `start`, only sooner."""
    if rule.frequency in _STEPS:
        step = _STEPS[rule.frequency] * rule.interval
        return start + (wall - start) // step * step
    months = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    passed = (wall.year - start.year) * 12 + wall.month - start.month
    skipped = max(passed // months - 1, 0) * months
    has_days = bool(rule.weekdays) or any(name in _DAY_FILTERS for name, _ in rule.filters)
    if skipped == 0 or (start.day > _DAYS_IN_EVERY_MONTH and not has_days):
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + skipped, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, _DAYS_IN_EVERY_MONTH))


def _next_counted(rule: RecurrenceRule, start: datetime, wall: datetime) -> datetime | None:
    times = _counted(rule, start)
    place = bisect_right(times, wall)
    return times[place] if place < len(times) else None


@lru_cache(maxsize=256)
def _counted(rule: RecurrenceRule, start: datetime) -> tuple[datetime, ...]:
    # Times that the zone skips are not counted (RFC 5545, 3.3.10), so the engine cannot do the counting.
    existing = (time for time in _times(rule, start) if not is_skipped(time, rule.zone))
    return tuple(time for time, _ in zip(existing, range(rule.count or 0), strict=False))


def _times(rule: RecurrenceRule, start: datetime) -> Iterator[datetime]:
    if start.year > LAST_YEAR:
        return
    for time in _engine(rule, start + _ERA):
        earlier = time - _ERA
        if earlier.year > LAST_YEAR:
            return
        yield earlier


def _engine(rule: RecurrenceRule, start: datetime) -> Iterable[datetime]:
    # Imported here because few schedules need it, and every cold start would pay for it.
    from dateutil import rrule as engine  # noqa: PLC0415

    weekdays = [engine.weekday(day, nth or None) for day, nth in rule.weekdays]
    options: dict[str, Any] = {**dict(rule.filters), "byweekday": weekdays or None, "wkst": rule.week_start}
    frequency: Any = engine.FREQNAMES.index(rule.frequency)
    try:
        return engine.rrule(frequency, start, rule.interval, **options)
    except ValueError:
        # The engine found that the interval and the filters never meet.
        return ()
