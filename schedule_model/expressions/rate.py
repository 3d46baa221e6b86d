"""`rate(5 minutes)`: evenly spaced occurrences on the grid that an anchor sets."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schedule_model.expressions.errors import refusal

_FORM = re.compile(r"rate\(([0-9]+) (second|minute|hour|day)s?\)")
_LAST = datetime.max.replace(microsecond=0, tzinfo=UTC)
_PERIOD_MAX = _LAST - datetime.min.replace(tzinfo=UTC)
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

# What people write elsewhere, and here by mistake.
_MEANT = re.compile(r"rate\(?\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+?)s?\s*\)?", re.ASCII)
_LENGTHS = _UNIT_SECONDS | {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hr": 3600, "d": 86400, "week": 604800}
_AS_CRON = {"month": "cron(0 0 1 * ? *)", "year": "cron(0 0 1 1 ? *)"}


@dataclass(frozen=True, slots=True)
class Rate:
    """Occurrences at anchor + k * period, for every whole k from 0.

    Attributes:
        period: at least one second, in whole seconds; a day is always 24 h, also where clocks change.
    """

    period: timedelta

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first point of the grid strictly after `instant`; an anchor ahead of it is that point itself.

        The anchor counts in whole seconds: its fraction is dropped. None beyond the year 9999.
        """
        start = anchor.astimezone(UTC).replace(microsecond=0)
        if start > instant:
            return start
        passed = (instant - start) // self.period * self.period
        left = _LAST - start - passed
        return start + passed + self.period if self.period <= left else None


def parse_rate(text: str) -> Rate:
    """Read `rate(value unit)`: a whole number from 1 and second(s), minute(s), hour(s) or day(s).

    Raises:
        InvalidExpressionError: another form, 0, or a period longer than the calendar's 9,999 years.

    Source: EventBridge Scheduler user guide, "Rate-based schedules"; seconds are an extension of ours.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise refusal(text, "A rate is one whole number, one space and a unit", _instead(text))
    value, unit = int(form[1]), form[2]
    if value == 0:
        raise refusal(text, "The value 0 would never let time pass", f"Write rate(1 {unit}) or more")
    if value * _UNIT_SECONDS[unit] > _PERIOD_MAX.total_seconds():
        raise refusal(text, "The period is longer than 9,999 years", "Write a smaller value, such as rate(365 days)")
    return Rate(timedelta(seconds=value * _UNIT_SECONDS[unit]))


def _instead(text: str) -> str:
    meant = _MEANT.fullmatch(text.lower().strip())
    if meant and float(meant[1]) == 1 and meant[2] in _AS_CRON:
        return f"Write {_AS_CRON[meant[2]]}"
    seconds = float(meant[1]) * _LENGTHS.get(meant[2], 0) if meant else 0
    if 0 < seconds <= _PERIOD_MAX.total_seconds() and seconds == int(seconds):
        return f"Write {_of(int(seconds))}"
    return "Write for instance rate(5 minutes); units are second, minute, hour and day, with or without s"


def _of(seconds: int) -> str:
    """Return the rate of a length in the largest unit that it is a whole number of."""
    unit = max((one for one in _UNIT_SECONDS if seconds % _UNIT_SECONDS[one] == 0), key=lambda one: _UNIT_SECONDS[one])
    value = seconds // _UNIT_SECONDS[unit]
    return f"rate({value} {unit}{'s' if value > 1 else ''})"
