"""The text of `rrule(...)`: which parts it may have, and what each may say."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schedule_model.expressions.errors import refusal
from schedule_model.expressions.rrule import RecurrenceRule

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Lowest, highest, and whether the same may be counted from the end with a minus.
_FILTERS = {
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 59, False),
    "BYSETPOS": (1, 366, True),
}
_LIMITS = {"INTERVAL": 1_000_000, "COUNT": 10_000}
_OTHERS = ("FREQ", "UNTIL", "DTSTART", "WKST", "BYDAY")
_BYDAY = re.compile(r"(?P<nth>[+-]?[0-9]{1,2})?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_TIME = re.compile(r"(?P<date>[0-9]{8})(T(?P<time>[0-9]{6})(?P<utc>Z)?)?")
_WEEKS_MAX = 53
_WEEKS_OF_MONTH_MAX = 5
_EXAMPLE = "Write for instance rrule(FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9;BYMINUTE=0;BYSECOND=0)"


def parse_rrule(text: str, zone: ZoneInfo) -> RecurrenceRule:
    """Read `rrule(FREQ=...;...)` on the wall clock of `zone`.

    All parts of RFC 5545's RECUR are read, and DTSTART as one more: `DTSTART=20261120T130000`, a time in `zone`.

    Raises:
        InvalidExpressionError: with the part that is wrong and what to write instead.

    Source: RFC 5545, 3.3.10.
    """
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise refusal(text, f"FREQ is {frequency or 'missing'}", f"Write FREQ= and one of {', '.join(_FREQUENCIES)}")
    _refuse_misplaced(parts, text)
    return RecurrenceRule(
        frequency=frequency,
        interval=_whole("INTERVAL", parts.get("INTERVAL", "1"), text),
        filters=tuple((name.lower(), _numbers(name, parts[name], text)) for name in _FILTERS if name in parts),
        weekdays=_weekdays(parts, text),
        week_start=_WEEKDAYS.index(_week_start(parts.get("WKST", "MO"), text)),
        zone=zone,
        starts=_starts(parts["DTSTART"], zone, text) if "DTSTART" in parts else None,
        until_at=_until(parts["UNTIL"], zone, text) if "UNTIL" in parts else None,
        count=_whole("COUNT", parts["COUNT"], text) if "COUNT" in parts else None,
    )


def _parts(text: str) -> dict[str, str]:
    inside = text.removeprefix("rrule(").removesuffix(")")
    if not text.endswith(")") or " " in inside or not inside:
        raise refusal(text, "The parts must stand between ( and ), with ; between them and no spaces", _EXAMPLE)
    parts: dict[str, str] = {}
    for part in inside.upper().split(";"):
        name, _, value = part.partition("=")
        if name not in (*_FILTERS, *_LIMITS, *_OTHERS) or not value:
            raise refusal(text, f"Part {part!r} is not NAME=value with a name that RFC 5545 knows", _EXAMPLE)
        if name in parts:
            raise refusal(text, f"Part {name} is given twice", f"Write one {name} with a list a,b")
        parts[name] = value
    return parts


def _refuse_misplaced(parts: Mapping[str, str], text: str) -> None:
    if "UNTIL" in parts and "COUNT" in parts:
        raise refusal(text, "UNTIL and COUNT exclude each other", "Write one of them")
    if "BYWEEKNO" in parts and parts["FREQ"] != "YEARLY":
        raise refusal(text, "BYWEEKNO needs FREQ=YEARLY", "Write FREQ=YEARLY, or BYMONTH in its place")
    if "BYSETPOS" in parts and not any(name.startswith("BY") for name in parts.keys() - {"BYSETPOS"}):
        raise refusal(text, "BYSETPOS picks among what another BY... part names", "Write that part, such as BYDAY=MO")


def _whole(name: str, value: str, text: str) -> int:
    most = _LIMITS[name]
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise refusal(text, f"{name}={value} is not a whole number from 1 to {most:,}", f"Write {name}=2 or the like")
    return int(value)


def _numbers(name: str, value: str, text: str) -> tuple[int, ...]:
    lowest, highest, is_signed = _FILTERS[name]
    for item in value.split(","):
        number = int(item) if _NUMBER.fullmatch(item) else None
        if number is None or not lowest <= (abs(number) if is_signed else number) <= highest:
            bounds = f"{lowest} to {highest}" + (f", or -{highest} to -{lowest} from the end" if is_signed else "")
            raise refusal(text, f"{name} item {item!r} is not a whole number from {bounds}", f"Write {name}={highest}")
    return tuple(int(item) for item in value.split(","))


def _weekdays(parts: Mapping[str, str], text: str) -> tuple[tuple[int, int], ...]:
    days = []
    for item in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        form = _BYDAY.fullmatch(item)
        nth = int(form["nth"] or 0) if form else 0
        if form is None or (form["nth"] and not 1 <= abs(nth) <= _WEEKS_MAX):
            raise refusal(
                text, f"BYDAY item {item!r} is not a day", "Write MO to SU, 2MO for the 2nd or -1FR for the last"
            )
        if nth and (parts["FREQ"] not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
            raise refusal(text, f"BYDAY={item} needs FREQ=MONTHLY or YEARLY without BYWEEKNO", f"Write {form['day']}")
        if abs(nth) > _WEEKS_OF_MONTH_MAX and (parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts):
            raise refusal(
                text,
                f"BYDAY={item} counts within a month, which has 5 at most",
                f"Write {5 if nth > 0 else -5}{form['day']}",
            )
        days.append((_WEEKDAYS.index(form["day"]), nth))
    return tuple(days)


def _week_start(value: str, text: str) -> str:
    if value not in _WEEKDAYS:
        raise refusal(text, f"WKST={value} is not a day", "Write one of MO to SU")
    return value


def _starts(value: str, zone: ZoneInfo, text: str) -> datetime:
    form = _TIME.fullmatch(value)
    if form is None or form["utc"] or not form["time"]:
        raise refusal(text, f"DTSTART={value} is not a local time", "Write DTSTART=20261120T130000")
    wall = _wall(form, f"DTSTART={value}", text)
    _in_utc(wall.replace(tzinfo=zone), f"DTSTART={value}", text)
    return wall


def _until(value: str, zone: ZoneInfo, text: str) -> datetime:
    form = _TIME.fullmatch(value)
    if form is None:
        forms = "20261120, 20261120T130000 or 20261120T130000Z"
        raise refusal(text, f"UNTIL={value} is not a day or time", f"Write UNTIL={forms}")
    wall = _wall(form, f"UNTIL={value}", text)
    return _in_utc(wall.replace(tzinfo=UTC if form["utc"] else zone), f"UNTIL={value}", text)


def _in_utc(instant: datetime, part: str, text: str) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        name = part.partition("=")[0]
        raise refusal(text, f"{part} lies outside the years 1 to 9999 in UTC", f"Leave {name} out") from error


def _wall(form: re.Match[str], part: str, text: str) -> datetime:
    try:
        return datetime.strptime(form["date"] + (form["time"] or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise refusal(text, f"{part} does not exist: {error}", "Write a date and time that does") from error
