"""`rate(5 minutes)`: evenly spaced occurrences on the grid that an anchor sets."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schedule_model.expressions.errors import refusal

_FORM = re.compile(r"rate\(([0-9]+) (second|minute|hour|day)s?\)")
_LAST = datetime.max.replace(microsecond=0, tzinfo=UTC)
_PERIOD_MAX = _LAST - datetime.min.replace(tzinfo=UTC)
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


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
    words = re.sub(r"[^0-9a-z]+", " ", text.lower()).split()
    tidied = f"rate({' '.join(words[1:])})"
    if _FORM.fullmatch(tidied):
        return f"Write {tidied}"
    return "Write for instance rate(5 minutes); units are second, minute, hour and day, with or without s"
