"""From the text of one schedule expression to what it means."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.at import parse_at
from schedule_model.expressions.cron import parse_cron
from schedule_model.expressions.errors import refusal
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.names import NAMES, parse_name
from schedule_model.expressions.rate import parse_rate
from schedule_model.expressions.rrule_text import parse_rrule
from schedule_model.expressions.timezones import timezone_named
from schedule_model.expressions.unix_cron import parse_unix_cron

_CHARACTERS_MAX = 256
_MISSPELT = re.compile(r"(?P<form>rate|at|cron|rrule)[ :(]+(?P<inside>.*?)\)?", re.IGNORECASE)
_FORMS = "Write rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2026-11-20T13:00:00)"


@lru_cache(maxsize=4096)
def parse(text: str, timezone: str = "UTC") -> Expression:
    """Return the expression that `text` spells, read on the wall clock of `timezone`; cached.

    Args:
        text: 1 to 256 characters.
        timezone: an IANA name.

    Raises:
        InvalidExpressionError: `text` cannot be read; the message says what, where and what to write instead.
        InvalidTimezoneError: no such timezone.

    Source: EventBridge Scheduler, CreateSchedule, `ScheduleExpression`.
    """
    zone = timezone_named(timezone)
    _refuse_bad_characters(text)
    return _parse(text, zone)


def _parse(text: str, zone: ZoneInfo) -> Expression:
    match text.partition("(")[0]:
        case "rate":
            return parse_rate(text)
        case "at":
            return parse_at(text, zone)
        case "cron":
            return parse_cron(text, zone)
        case "rrule":
            return parse_rrule(text, zone)
        case word if word.startswith("@"):
            return parse_name(text, zone)
        case word if word == text and len(text.split()) > 1 and not _MISSPELT.fullmatch(text):
            return parse_unix_cron(text, zone)
        case _:
            raise refusal(text, "It is none of the known forms", _instead(text))


def _instead(text: str) -> str:
    if misspelt := _MISSPELT.fullmatch(text):
        return f"Write {misspelt['form'].lower()}({misspelt['inside']})"
    name = f"@{text.lower()}"
    return f"Write {name}" if name in NAMES else _FORMS


def _refuse_bad_characters(text: str) -> None:
    if not text:
        raise InvalidExpressionError(f"A schedule expression is empty. {_FORMS}.")
    if len(text) > _CHARACTERS_MAX:
        raise refusal(text, f"It has {len(text)} characters, the limit is {_CHARACTERS_MAX}", "Write several schedules")
    for place, character in enumerate(text, start=1):
        if not (character.isascii() and character.isprintable()) and character != "\t":
            problem = f"Character {place}, {character!r}, is not plain ASCII"
            raise refusal(text, problem, "Write it with the letters, digits and signs of an English keyboard")
    if text != text.strip():
        raise refusal(text, "It starts or ends with white space", f"Write {text.strip() or 'rate(5 minutes)'}")
