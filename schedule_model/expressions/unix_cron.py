"""`*/5 9-17 * * 1-5`: plain five-field unix cron, an extension of ours."""

import re
from zoneinfo import ZoneInfo

from schedule_model.expressions.cron import Cron
from schedule_model.expressions.days import days_by_shape, on_both, on_days, on_either, on_weekdays
from schedule_model.expressions.errors import refusal
from schedule_model.expressions.fields import DAYS_OF_MONTH, HOURS, MINUTES, MONTHS, Field, fires_through_repeats
from schedule_model.expressions.wall_times import FIRST_YEAR, LAST_YEAR, WallTimes

_DAY_NAMES = dict(zip(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], range(7), strict=True))
# Sunday is both 0 and 7, so the week starts again after seven numbers although there are eight.
_DAYS_OF_WEEK = Field("day-of-week", 0, 7, _DAY_NAMES, cycle=7)
_NAMES_BY_DAY = list(_DAY_NAMES)
_WEEKDAY = re.compile(r"(?<![0-9#/])[0-7](?![0-9])")
_FIELD_COUNT = 5
_QUARTZ_COUNT = 6
_SPOKEN = re.compile(r"(?:every )?(?:(\d{1,9}) )?(second|minute|hour|day)s?")
_EVERY_YEAR = (1 << LAST_YEAR - FIRST_YEAR + 1) - 1


def parse_unix_cron(text: str, zone: ZoneInfo) -> Cron:
    """Read `minute hour day-of-month month day-of-week` as crontab(5) does, on the wall clock of `zone`.

    A day matches if either day field does, unless one of the two starts with `*`: then both must.

    Raises:
        InvalidExpressionError: with the field, the item in it and what to write instead.

    Source: crontab(5) of Vixie cron; ranges may run over the end, as in `cron(...)`.
    """
    fields = text.upper().split()
    if len(fields) != _FIELD_COUNT:
        raise refusal(text, f"Unix cron has 5 fields, this has {len(fields)}", _instead(text, len(fields)))
    _refuse_aws_wildcards(fields, text)
    minute, hour, day, month, weekday = fields
    minutes, hours = MINUTES.numbers(minute, of=text), HOURS.numbers(hour, of=text)
    weekdays = _DAYS_OF_WEEK.numbers(weekday, of=text)
    by_day = on_days(DAYS_OF_MONTH.numbers(day, of=text))
    by_weekday = on_weekdays(weekdays >> 1 | (weekdays & 1) << 6)
    together = on_both if day.startswith("*") or weekday.startswith("*") else on_either
    days = days_by_shape(together(by_day, by_weekday))
    times = WallTimes(minutes, hours, days, MONTHS.numbers(month, of=text), _EVERY_YEAR)
    return Cron(times, zone, fires_through_repeats(minute, minutes, hour, hours))


def _instead(text: str, count: int) -> str:
    fields = text.split()
    if count in {_QUARTZ_COUNT, _QUARTZ_COUNT + 1} and "?" in {fields[3], fields[5]}:
        # Quartz puts the seconds first, and may leave the year out.
        return f"Write cron({' '.join([*fields[1:6], fields[6] if count > _QUARTZ_COUNT else '*'])})"
    if count == _FIELD_COUNT + 1 and "?" in text:
        return f"Write cron({text})"
    if spoken := _SPOKEN.fullmatch(text.lower()):
        value = int(spoken[1] or 1) or 1
        return f"Write rate({value} {spoken[2]}{'s' if value > 1 else ''})"
    return "Write minute hour day-of-month month day-of-week, such as 0 9 * * 1-5"


def _refuse_aws_wildcards(fields: list[str], text: str) -> None:
    day, weekday = fields[2], fields[4]
    if "?" in text or "#" in text or any(mark in day for mark in "LW") or weekday.endswith("L"):
        raise refusal(text, "Unix cron knows no ?, L, W or #", _instead_of_wildcards(fields))


def _instead_of_wildcards(fields: list[str]) -> str:
    minute, hour, day, month, weekday = fields
    if day not in ("*", "?") and weekday not in ("*", "?"):
        return "Write two schedules, one for each day field"
    if weekday in ("*", "?"):
        return f"Write cron({minute} {hour} {day.replace('?', '*')} {month} ? *)"
    # As names, since a number means the day after in cron(...): there 1 is Sunday.
    named = _WEEKDAY.sub(lambda number: _NAMES_BY_DAY[int(number[0]) % 7], weekday)
    return f"Write cron({minute} {hour} ? {month} {named} *)"
