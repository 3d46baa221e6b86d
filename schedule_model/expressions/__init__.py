"""Schedule expressions: `rate`, `at`, `cron`, unix cron, names, `rrule`, several at once, and what to leave out."""

from schedule_model.expressions.at import At
from schedule_model.expressions.cron import Cron
from schedule_model.expressions.errors import ExclusionsTooManyError, InvalidCountError, NaiveInstantError
from schedule_model.expressions.expression import Expression
from schedule_model.expressions.parse import parse
from schedule_model.expressions.rate import Rate
from schedule_model.expressions.rrule import RecurrenceRule
from schedule_model.expressions.schedule import parse_schedule
from schedule_model.expressions.timezones import timezone_named, timezone_names

__all__ = [
    "At",
    "Cron",
    "ExclusionsTooManyError",
    "Expression",
    "InvalidCountError",
    "NaiveInstantError",
    "Rate",
    "RecurrenceRule",
    "parse",
    "parse_schedule",
    "timezone_named",
    "timezone_names",
]
