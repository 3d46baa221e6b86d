"""`cron(0 9 ? * MON-FRI *)`: the whole grammar of EventBridge Scheduler."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.days import (
    DayRule,
    days_by_shape,
    on_days,
    on_last_day,
    on_last_weekday,
    on_last_working_day,
    on_nth_weekday,
    on_weekdays,
    on_working_day_nearest,
)
from schedule_model.expressions.errors import refusal
from schedule_model.expressions.fields import (
    DAYS_OF_MONTH,
    HOURS,
    MINUTES,
    MONTHS,
    Field,
    fires_through_repeats,
)
from schedule_model.expressions.wall_clock import next_instant
from schedule_model.expressions.wall_times import FIRST_YEAR, LAST_YEAR, WallTimes

_DAY_NAMES = dict(zip(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], range(1, 8), strict=True))
_DAYS_OF_WEEK = Field("day-of-week", 1, 7, _DAY_NAMES, has_steps=False)
_YEARS = Field("year", FIRST_YEAR, LAST_YEAR, wraps=False)
_LAST_OR_NEAREST = re.compile(r"L(-(?P<before>[0-9]+))?(?P<working>W)?|(?P<day>[0-9]+)W")
_LAST_OR_NTH = re.compile(r"(?P<weekday>[0-9]+|[A-Z]{3})?L|(?P<nth_weekday>[0-9A-Z]+)#(?P<nth>[0-9]+)")
_DAYS_BEFORE_LAST_MAX = 30
_WEEKS_MAX = 5
_EARLIEST = datetime(FIRST_YEAR - 1, 12, 30, tzinfo=UTC)
_LATEST = datetime(LAST_YEAR + 1, 1, 3, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """Wall-clock times in a timezone.

    Attributes:
        times: the minutes it names, 1970 to 2199.
        zone: on whose clock.
        in_both_passes: whether it runs twice where the clock repeats an hour.
    """

    times: WallTimes
    zone: ZoneInfo
    in_both_passes: bool

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the first occurrence strictly after `instant`; None after 2199, and at once if there never is one."""
        if instant > _LATEST:
            return None
        start = max(instant, _EARLIEST)
        return next_instant(self.times.next_after, start, self.zone, in_both_passes=self.in_both_passes)


def parse_cron(text: str, zone: ZoneInfo) -> Cron:
    """Read `cron(minutes hours day-of-month month day-of-week [year])` on the wall clock of `zone`.

    Raises:
        InvalidExpressionError: with the field, the item in it and what to write instead.

    Source: EventBridge Scheduler user guide, "Cron-based schedules"; Quartz for `LW`, `L-n` and `L-nW`.
    """
    minute, hour, day, month, weekday, year = _fields(text)
    minutes, hours = MINUTES.numbers(minute, of=text), HOURS.numbers(hour, of=text)
    years = _YEARS.numbers(year, of=text) >> FIRST_YEAR
    rule = _day_of_month_rule(day, text) if weekday == "?" else _day_of_week_rule(weekday, text)
    times = WallTimes(minutes, hours, days_by_shape(rule), MONTHS.numbers(month, of=text), years)
    return Cron(times, zone, fires_through_repeats(minute, minutes, hour, hours))


def _fields(text: str) -> list[str]:
    inside = text.removeprefix("cron(").removesuffix(")")
    if not text.endswith(")") or inside != inside.strip():
        raise refusal(text, "The fields must stand between ( and ) without space beside them", f"Write {_tidied(text)}")
    fields = inside.upper().split()
    if len(fields) not in (5, 6):
        order = "cron(minutes hours day-of-month month day-of-week year); the year may be left out"
        raise refusal(text, f"It has {len(fields)} fields", f"Write {order}")
    day, weekday = fields[2], fields[4]
    if (day == "?") == (weekday == "?"):
        problem = "Exactly one of the fields day-of-month (3rd) and day-of-week (5th) must be ?"
        raise refusal(text, f"{problem}, here they are {day!r} and {weekday!r}", _with_question_mark(fields))
    return [*fields, "*"] if len(fields) == 5 else fields


def _tidied(text: str) -> str:
    inside, closing, after = text.removeprefix("cron(").rpartition(")")
    return f"cron({' '.join((inside if closing else after).rstrip(')').split())})"


def _with_question_mark(fields: list[str]) -> str:
    minute, hour, day, month, weekday, *year = fields
    if "*" not in (day, weekday) and "?" not in (day, weekday):
        return "Write two schedules, one for each, or the five-field unix form, which takes either day"
    days = ["?", month, weekday] if day == "*" and weekday != "*" else [day.replace("?", "*"), month, "?"]
    return f"Write cron({' '.join([minute, hour, *days, *year])})"


def _day_of_month_rule(field: str, text: str) -> DayRule:
    special = _LAST_OR_NEAREST.fullmatch(field)
    if special is None:
        _refuse_special_in_list(DAYS_OF_MONTH, _LAST_OR_NEAREST, field, text)
        return on_days(DAYS_OF_MONTH.numbers(field, of=text))
    if special["day"]:
        if not 1 <= int(special["day"]) <= DAYS_OF_MONTH.highest:
            raise DAYS_OF_MONTH.refusal(text, field, "the day before W is outside 1-31")
        return on_working_day_nearest(int(special["day"]))
    before = int(special["before"] or 0)
    if before > _DAYS_BEFORE_LAST_MAX:
        raise DAYS_OF_MONTH.refusal(text, field, "no month is so long", instead="Write L-30 or less")
    return on_last_working_day(before) if special["working"] else on_last_day(before)


def _day_of_week_rule(field: str, text: str) -> DayRule:
    if field == "L":
        return on_weekdays(_from_monday(1 << _DAY_NAMES["SAT"]))
    special = _LAST_OR_NTH.fullmatch(field)
    if special is None:
        _refuse_special_in_list(_DAYS_OF_WEEK, _LAST_OR_NTH, field, text)
        return on_weekdays(_from_monday(_DAYS_OF_WEEK.numbers(field, of=text)))
    weekday = _one_weekday(special["weekday"] or special["nth_weekday"], field, text)
    if not special["nth"]:
        return on_last_weekday(weekday)
    if not 1 <= int(special["nth"]) <= _WEEKS_MAX:
        raise _DAYS_OF_WEEK.refusal(text, field, "the week after # is outside 1-5", instead="Write for instance 3#2")
    return on_nth_weekday(weekday, int(special["nth"]))


def _one_weekday(word: str, field: str, text: str) -> int:
    try:
        bits = _DAYS_OF_WEEK.numbers(word, of=text)
    except InvalidExpressionError as error:
        raise _DAYS_OF_WEEK.refusal(text, field, f"{word} is not a day of the week; SUN is 1, SAT is 7") from error
    return _from_monday(bits).bit_length() - 1


def _from_monday(days: int) -> int:
    """Turn bits 1 to 7 for Sunday to Saturday into bits 0 to 6 for Monday to Sunday."""
    return days >> 2 | (days >> 1 & 1) << 6


def _refuse_special_in_list(field: Field, special: re.Pattern[str], value: str, text: str) -> None:
    items = value.split(",")
    for position, item in enumerate(items, start=1):
        if len(items) > 1 and special.fullmatch(item):
            problem = "L, W and # stand alone in their field, one to an expression"
            raise field.refusal(text, item, problem, position=position, instead="Write two schedules, one for each")
