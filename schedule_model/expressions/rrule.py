"""`rrule(FREQ=WEEKLY;BYDAY=MO,WE)`: RFC 5545 recurrence rules, an extension of ours on python-dateutil.

Its engine finds days and times on them. What repeats within a day it looks for second by second, so `IntervalTimes`
takes that over.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain, islice, product, takewhile
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from schedule_model.expressions.interval_times import IntervalTimes
from schedule_model.expressions.wall_clock import next_instant, passes_of
from schedule_model.expressions.wall_times import LAST_YEAR

# The calendar repeats every 400 years, weekdays included. Looking for a rule's next date that many years on leaves
# the engine only about 200 years up to its own end, so that a rule which never matches answers soon.
_ERA = timedelta(days=146_097 * 19)
_STEPS = {"WEEKLY": timedelta(weeks=1), "DAILY": timedelta(days=1)}
_INTERVALS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}
_DAY_FILTERS = ("bymonthday", "byyearday", "byweekno")
_TIME_FILTERS = ("byhour", "byminute", "bysecond")
_DAYS_MAX = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7}
_DAYS_IN_EVERY_MONTH = 28
_TIMES_KEPT_MAX = 128
_ANY_START = datetime(LAST_YEAR - 199, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


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
        if max(instant.year, anchor.year, self.starts.year if self.starts else 0) > LAST_YEAR:
            return None
        instant, anchor = max(instant, _EARLIEST), max(anchor, _EARLIEST)
        start = self.starts or anchor.astimezone(self.zone).replace(tzinfo=None, fold=0, microsecond=0)
        if self.count:
            since = _EARLIEST if self.starts else anchor.replace(microsecond=0)
            return _next_counted(self, start, instant, since=since)
        in_both_passes = self.frequency in _INTERVALS
        occurrence = next_instant(partial(_next_wall, self, start), instant, self.zone, in_both_passes=in_both_passes)
        is_over = occurrence is not None and self.until_at is not None and occurrence > self.until_at
        return None if is_over else occurrence


def _next_wall(rule: RecurrenceRule, start: datetime, wall: datetime) -> datetime | None:
    """Return the first of the rule's times after `wall`, from its latest search where that tells it.

    The engine begins with a whole year or month, so that a search keeps what else it finds in that year.
    """
    latest = _latest_search(rule, start)
    since, times = latest[0] if latest else (datetime.max, ())  # noqa: DTZ901 - a wall clock has no zone
    place = bisect_right(times, wall)
    if since <= wall and (place < len(times) or not times):
        return times[place] if times else None
    later = (time for time in _times(rule, start, wall) if time > wall)
    first = next(later, None)
    of_its_year = takewhile(lambda time: first is not None and time.year == first.year, later)
    times = () if first is None else (first, *islice(of_its_year, _TIMES_KEPT_MAX))
    latest[:] = [(wall, times)]
    return first


@lru_cache(maxsize=1024)
def _latest_search(rule: RecurrenceRule, start: datetime) -> list[tuple[datetime, tuple[datetime, ...]]]:
    """Return where the rule's latest search keeps whence it looked and what it found, nothing if there is no more."""
    return []


def _times(rule: RecurrenceRule, start: datetime, wall: datetime) -> Iterator[datetime]:
    """Return the rule's times from `start` on, without some of those before `wall`."""
    if _never_matches(replace(rule, starts=None, until_at=None, count=None)):
        return iter(())
    if rule.frequency not in _INTERVALS:
        return _engine_times(rule, _nearer_start(rule, start, wall) if wall > start else start)
    times = _interval_times(rule, start).times(wall, partial(_engine_times, _days(rule)))
    return (time for time in times if time >= start)


@lru_cache(maxsize=256)
def _never_matches(rule: RecurrenceRule) -> bool:
    """Return whether its parts exclude each other, which the engine would take a second or an hour to find out."""
    named = dict(rule.filters)
    times_a_day = prod(len(set(named.get(name, "?"))) for name in _TIME_FILTERS)
    most = _DAYS_MAX.get(rule.frequency, 1) * times_a_day
    if min((abs(position) for position in named.get("bysetpos", ())), default=1) > most:
        return True
    if rule.frequency in ("YEARLY", "MONTHLY"):
        return False
    # Year by year: the engine takes thirty times as long to find day by day that there are none.
    return next(_engine_times(replace(_days(rule), frequency="YEARLY"), _ANY_START), None) is None


def _days(rule: RecurrenceRule) -> RecurrenceRule:
    """Return the rule of all the days on which a WEEKLY rule, or a more frequent one, may have a time."""
    filters = tuple((name, numbers) for name, numbers in rule.filters if name in ("bymonth", *_DAY_FILTERS))
    return replace(rule, frequency="DAILY", interval=1, filters=filters)


def _interval_times(rule: RecurrenceRule, start: datetime) -> IntervalTimes:
    named = dict(rule.filters)
    hours, minutes, seconds = (frozenset(named.get(name, ())) for name in _TIME_FILTERS)
    first, minutes_within, seconds_within = start, {0}, {0}
    if rule.frequency != "SECONDLY":
        first, seconds_within, seconds = first.replace(second=0), set(seconds) or {start.second}, frozenset()
    if rule.frequency == "HOURLY":
        first, minutes_within, minutes = first.replace(minute=0), set(minutes) or {start.minute}, frozenset()
    within = sorted(timedelta(minutes=m, seconds=s) for m, s in product(minutes_within, seconds_within))
    step, offsets = _INTERVALS[rule.frequency] * rule.interval, _picked(within, named.get("bysetpos"))
    return IntervalTimes(first, step, hours, minutes, seconds, offsets, frozenset(day for day, _ in rule.weekdays))


def _picked(offsets: list[timedelta], positions: tuple[int, ...] | None) -> tuple[timedelta, ...]:
    if positions is None:
        return tuple(offsets)
    places = {position - 1 if position > 0 else len(offsets) + position for position in positions}
    return tuple(offset for place, offset in enumerate(offsets) if place in places)


def _nearer_start(rule: RecurrenceRule, start: datetime, wall: datetime) -> datetime:
    """Return a start not after `wall` from which the rule goes on as it does from `start`, only sooner."""
    has_days = bool(rule.weekdays) or any(name in _DAY_FILTERS for name, _ in rule.filters)
    if rule.frequency in _STEPS:
        step = _STEPS[rule.frequency] * rule.interval
        near = start + (wall - start) // step * step
        # BYSETPOS counts within whole weeks, and the engine takes the first one from its start only.
        is_within_week = rule.frequency == "WEEKLY" and has_days and near > start
        return near - timedelta(days=(near.weekday() - rule.week_start) % 7) if is_within_week else near
    months = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    passed = (wall.year - start.year) * 12 + wall.month - start.month
    day = min(start.day, _DAYS_IN_EVERY_MONTH) if has_days else start.day
    for skipped in range((passed // months - 1) * months, 0, -months):
        year, month = divmod(start.year * 12 + start.month - 1 + skipped, 12)
        if day <= monthrange(year, month + 1)[1]:
            return start.replace(year=year, month=month + 1, day=day)
    return start


def _next_counted(rule: RecurrenceRule, start: datetime, instant: datetime, *, since: datetime) -> datetime | None:
    occurrences = _counted(rule, start, since)
    place = bisect_right(occurrences, instant)
    return occurrences[place] if place < len(occurrences) else None


@lru_cache(maxsize=256)
def _counted(rule: RecurrenceRule, start: datetime, since: datetime) -> tuple[datetime, ...]:
    # Times that the zone skips are not counted (RFC 5545, 3.3.10) and those that it repeats may count twice, so the
    # engine cannot do the counting. The second pass of one time may come after the first pass of the next.
    in_both_passes = rule.frequency in _INTERVALS
    existing = (passes_of(time, rule.zone, in_both_passes=in_both_passes) for time in _times(rule, start, start))
    counted = islice(filter(None, ([one for one in passes if one >= since] for passes in existing)), rule.count)
    return tuple(sorted(chain.from_iterable(counted))[: rule.count])


def _engine_times(rule: RecurrenceRule, start: datetime) -> Iterator[datetime]:
    # Imported here because few schedules need it, and every cold start would pay for it.
    from dateutil import rrule as engine  # noqa: PLC0415

    weekdays = [engine.weekday(day, nth or None) for day, nth in rule.weekdays]
    options: dict[str, Any] = {**dict(rule.filters), "byweekday": weekdays or None, "wkst": rule.week_start}
    frequency: Any = engine.FREQNAMES.index(rule.frequency)
    for time in engine.rrule(frequency, start + _ERA, rule.interval, **options):
        earlier = time - _ERA
        if earlier.year > LAST_YEAR:
            return
        yield earlier
