"""Values on the command line that need reading: instants, lengths of time, `NAME=VALUE`."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from pydantic import JsonValue

from hourglass.cli.session import Session
from schedule_model.reading_targets import ID_FORM, shorten
from schedule_model.target import ID_PATTERN

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LENGTH = re.compile(r"(\d{1,9})([smhd])")
_LONGEST = timedelta(days=36_525)
_TARGET_ID = re.compile(ID_PATTERN)


class Length(click.ParamType[timedelta]):
    """A length of time: `90s`, `5m`, `2h`, `7d`, or several of them such as `1h30m`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length."""
        if isinstance(value, timedelta):
            return value
        length = read_length(str(value))
        if length is None:
            self.fail(
                f"{value!r} is no length of time up to 100 years; write one such as 90s, 5m, 2h or 7d", param, ctx
            )
        return length


class Moment(click.ParamType[datetime]):
    """An instant: ISO 8601 (UTC where no offset is named), or a length of time before now."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant, aware and in UTC."""
        if isinstance(value, datetime):
            return value
        if (length := read_length(str(value))) is not None:
            session = ctx.find_object(Session) if ctx else None
            return (session or Session()).now() - length
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no instant; write 2026-11-20T12:00:00Z, 2026-11-20, or 2h for two hours ago", param, ctx
            )
        try:
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            self.fail(f"{value!r} lies outside the years 1 to 9999 in UTC; write one within them", param, ctx)


class TargetId(click.ParamType[str]):
    """The id of a target, as far as it can be one."""

    name = "target"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id."""
        if not _TARGET_ID.fullmatch(str(value)):
            shown = shorten(str(value), 80)
            self.fail(f"{shown!r} is no target's id, which {ID_FORM}", param, ctx)
        return str(value)


class Named(click.ParamType[tuple[str, JsonValue]]):
    """`NAME=VALUE`.

    Args:
        is_json: whether VALUE is read as JSON where it is JSON, so that 5 is a number and `"5"` a text.
        needs_value: whether NAME alone is refused; else it has an empty value.
    """

    name = "name=value"

    def __init__(self, *, is_json: bool = False, needs_value: bool = True) -> None:
        self._is_json = is_json
        self._needs_value = needs_value

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, JsonValue]:
        """Return name and value."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not name or (self._needs_value and not equals):
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return name, (_json_or_text(text) if self._is_json else text)


def read_length(text: str) -> timedelta | None:
    """Return the length of time that a text names, None if it names none."""
    parts = _LENGTH.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    try:
        length = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))
    except OverflowError:
        return None
    return length if length <= _LONGEST else None


def _json_or_text(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value
