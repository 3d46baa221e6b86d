"""What a schedule leaves out: days, ranges of days, and the times of other expressions; an extension of ours."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.cron import Cron
from schedule_model.expressions.errors import ExclusionsTooManyError
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.parse import parse
from schedule_model.expressions.rrule import RecurrenceRule
from schedule_model.expressions.timezones import timezone_named
from schedule_model.expressions.union import Union

_DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.\.([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_SECOND, _MINUTE, _DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_STRETCHES_ALWAYS = 10_000
_EFFORT_MAX = 250_000
_EFFORT_OF_RULE = 24
_LONG_SEARCH = 100
_LONGEST_GAP = timedelta(days=50 * 365)
_GAPS_KEPT_MAX = 64


class Exclusion(Protocol):
    """Stretches of time in which no occurrence may lie."""

    @property
    def effort(self) -> int:
        """Return how many times as long as a cron it takes to answer."""
        ...

    def end_of(self, occurrence: datetime, *, anchor: datetime) -> datetime | None:
        """Return when the stretch around `occurrence` ends, or a part of it that does; None outside of all."""
        ...


@dataclass(frozen=True, slots=True)
class ExcludedDays:
    """Whole local days.

    Attributes:
        ranges: first and last day of each, both included; apart from each other, earliest first.
        zone: where the days begin and end.
    """

    ranges: tuple[tuple[date, date], ...]
    zone: ZoneInfo

    @property
    def effort(self) -> int:
        """Return 1: days are looked up."""
        return 1

    def end_of(self, occurrence: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first midnight after the range of days around `occurrence`."""
        # In the first and the last year the local time may not exist; the day in UTC is near enough there.
        is_at_the_edge = occurrence.year in (date.min.year, date.max.year)
        day = (occurrence if is_at_the_edge else occurrence.astimezone(self.zone)).date()
        place = bisect_right(self.ranges, (day, date.max)) - 1
        if place < 0 or self.ranges[place][1] < day:
            return None
        return _end_of_day(self.ranges[place][1], self.zone)


@dataclass(frozen=True, slots=True)
class ExcludedTimes:
    """The times of an expression: the whole minute of a cron, the second of any other form."""

    expression: Expression

    @property
    def effort(self) -> int:
        """Return that of the expression."""
        return _effort_of(self.expression)

    def end_of(self, occurrence: datetime, *, anchor: datetime) -> datetime | None:
        """Return the end of that minute or second; of a cron that names whole hours or days, the end of those."""
        is_cron = isinstance(self.expression, Cron)
        start = occurrence.replace(second=0) if is_cron else occurrence
        # Before the first second there is none to look from, after the last one none to end at.
        before = start - min(_SECOND, start - _FIRST)
        if self.expression.next_after(before, anchor=anchor) != start:
            return None
        if isinstance(self.expression, Cron):
            return _end_of_cron(self.expression, start)
        return start + min(_SECOND, _LAST - start)


@dataclass(frozen=True, slots=True)
class Gap:
    """What a long search came to.

    Attributes:
        begins, ends: from where it looked, and up to where there is nothing; an instant between them has its answer.
        found: the first occurrence after it, None if there is none.
        error: why it was given up; empty if it was not.
    """

    begins: datetime
    ends: datetime
    found: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Without:
    """The occurrences of one expression that no exclusion covers.

    Attributes:
        expression: what would run.
        exclusions: what keeps it from running.
        gaps: the latest long search from each of the latest anchors; what halves its way asks again.
    """

    expression: Expression
    exclusions: tuple[Exclusion, ...]
    gaps: dict[datetime, Gap] = field(default_factory=dict, init=False, repr=False, compare=False)

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first occurrence after `instant` that is not excluded.

        Raises:
            ExclusionsTooManyError: more than 10,000 excluded stretches in a row, or as many as take no longer than
                125,000 minutes of a cron, or a hundred over 50 years; a year of excluded days counts as one.
        """
        since, gap_begins, effort, stretches = instant, instant, 0, 0
        own, asked = _effort_of(self.expression), list(self.exclusions)
        while (effort < _EFFORT_MAX or stretches < _STRETCHES_ALWAYS) and (
            stretches < _LONG_SEARCH or instant - gap_begins < _LONGEST_GAP
        ):
            gap = self.gaps.get(anchor)
            if gap is not None and gap.begins <= instant < gap.ends:
                return self._answer(replace(gap, begins=since), anchor, stretches)
            occurrence = self.expression.next_after(instant, anchor=anchor)
            end, asking = _end_of_stretch(occurrence, asked, anchor)
            if occurrence is None or end is None:
                return self._answer(Gap(since, occurrence or _LAST, occurrence), anchor, stretches)
            gap_begins = gap_begins if stretches else occurrence
            instant = max(occurrence, end - _SECOND)
            effort, stretches = effort + own + asking, stretches + 1
        error = (
            f"`except` took out {stretches:,} stretches in a row, up to {instant.isoformat()}; it seems to leave "
            "nothing. Write exclusions that leave the schedule some occurrences."
        )
        return self._answer(Gap(since, instant, error=error), anchor, stretches)

    def _answer(self, gap: Gap, anchor: datetime, stretches: int) -> datetime | None:
        """Keep what a long search came to, and return it."""
        if stretches >= _LONG_SEARCH:
            for oldest in list(self.gaps)[: 1 - _GAPS_KEPT_MAX]:
                self.gaps.pop(oldest, None)
            self.gaps[anchor] = gap
        if gap.error:
            raise ExclusionsTooManyError(gap.error)
        return gap.found


def _end_of_stretch(
    occurrence: datetime | None, asked: list[Exclusion], anchor: datetime
) -> tuple[datetime | None, int]:
    """Return when the stretch around an occurrence ends, None outside of all, and the effort of finding out.

    The one that covers it is asked first about the next, which it mostly covers too.
    """
    effort = 0
    for place, exclusion in enumerate(asked if occurrence else ()):
        effort += exclusion.effort
        if occurrence and (end := exclusion.end_of(occurrence, anchor=anchor)):
            asked.insert(0, asked.pop(place))
            return end, effort
    return None, effort


def _effort_of(expression: Expression) -> int:
    if isinstance(expression, Union):
        return sum(map(_effort_of, expression.members))
    return _EFFORT_OF_RULE if isinstance(expression, RecurrenceRule) else 1


def parse_exclusions(texts: Iterable[str], timezone: str) -> tuple[Exclusion, ...]:
    """Read the entries of `except`: `2026-12-25`, `2026-12-24..2027-01-01` or an expression, in `timezone`.

    Raises:
        InvalidExpressionError: an entry is none of these, or its range runs backwards.
        InvalidTimezoneError: no such timezone.
    """
    days, times = [], []
    for text in texts:
        if form := _DAYS.fullmatch(text):
            days.append(_range(text, form[1], form[2] or form[1]))
        elif " " not in text and text[:1].isdecimal():
            raise InvalidExpressionError(f"`except` entry {text!r} is not a day. {_DAYS_EXAMPLE}")
        else:
            expression = parse(text, timezone)
            # What it names does not occur, in neither pass of a repeated hour.
            in_full = replace(expression, in_both_passes=True) if isinstance(expression, Cron) else expression
            times.append(ExcludedTimes(in_full))
    if not days:
        return tuple(times)
    return ExcludedDays(_merged(sorted(days)), timezone_named(timezone)), *times


_DAYS_EXAMPLE = "Write a day such as 2026-12-25, or a range such as 2026-12-24..2027-01-01."


def _range(text: str, first: str, last: str) -> tuple[date, date]:
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise InvalidExpressionError(f"`except` entry {text!r} names no day: {error}. {_DAYS_EXAMPLE}") from error
    if days[1] < days[0]:
        raise InvalidExpressionError(f"`except` entry {text!r} runs backwards. Write {last}..{first}.")
    return days


def _merged(ranges: list[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    merged = ranges[:1]
    for first, last in ranges[1:]:
        if first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return tuple(merged)


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    if day.year == date.max.year:
        return _LAST
    midnight = datetime.combine(day + _DAY, time(), zone)
    # Where midnight itself is skipped, the earlier reading may fall before the day's end: never too late.
    return min(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))


def _end_of_cron(cron: Cron, start: datetime) -> datetime:
    here = start.astimezone(cron.zone)
    end = start + _MINUTE
    if cron.times.names_every_minute:
        end_of_hour = start + (60 - here.minute) * _MINUTE
        if end_of_hour.astimezone(cron.zone).utcoffset() == here.utcoffset():
            end = end_of_hour
        if cron.times.names_every_hour:
            end = max(end, _end_of_day(here.date(), cron.zone))
    return end
