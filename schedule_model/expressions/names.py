"""`@hourly` and its like: names for common unix cron expressions, an extension of ours."""

from types import MappingProxyType
from zoneinfo import ZoneInfo

from schedule_model.expressions.cron import Cron
from schedule_model.expressions.errors import refusal
from schedule_model.expressions.unix_cron import parse_unix_cron

NAMES = MappingProxyType(
    {
        "@hourly": "0 * * * *",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    }
)
"""What each name stands for.

Source: crontab(5) of Vixie cron.
"""


def parse_name(text: str, zone: ZoneInfo) -> Cron:
    """Read a name that starts with @ on the wall clock of `zone`.

    Raises:
        InvalidExpressionError: no such name; `@reboot` among them, since nothing here ever boots.
    """
    if text not in NAMES:
        raise refusal(text, "It is not one of our names", f"Write one of {', '.join(NAMES)}")
    return parse_unix_cron(NAMES[text], zone)
