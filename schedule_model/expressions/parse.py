"""From the text of one schedule expression to what it means."""

from functools import lru_cache

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.at import parse_at
from schedule_model.expressions.errors import refusal
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.rate import parse_rate
from schedule_model.expressions.timezones import timezone_named

_CHARACTERS_MAX = 256
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
    if not text:
        raise InvalidExpressionError(f"A schedule expression is empty. {_FORMS}.")
    if len(text) > _CHARACTERS_MAX:
        raise refusal(text, f"It has {len(text)} characters, the limit is {_CHARACTERS_MAX}", "Write several schedules")
    if text != text.strip():
        raise refusal(text, "It starts or ends with white space", f"Write {text.strip()}")
    if text.startswith("rate("):
        return parse_rate(text)
    if text.startswith("at("):
        return parse_at(text, zone)
    raise refusal(text, "It is none of the known forms", _FORMS)
