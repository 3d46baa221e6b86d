"""`at(2026-11-20T13:00:00)`: one occurrence, on the wall clock of a timezone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schedule_model.expressions.errors import refusal

_FORM = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_EXAMPLE = "Write for instance at(2026-11-20T13:00:00); the timezone is a field of its own"


@dataclass(frozen=True, slots=True)
class At:
    """A single occurrence.

    Attributes:
        occurs_at: aware, in UTC, a whole second; may lie in the past, and is then simply exhausted.
    """

    occurs_at: datetime

    def next_after(self, instant: datetime, *, anchor: datetime) -> datetime | None:
        """Return the one occurrence while it lies ahead of `instant`; `anchor` plays no part."""
        return self.occurs_at if self.occurs_at > instant else None


def parse_at(text: str, zone: ZoneInfo) -> At:
    """Read `at(yyyy-mm-ddThh:mm:ss)` as a time of day in `zone`; of a repeated time the first is meant.

    Raises:
        InvalidExpressionError: another form, no such date or time, or a time that the zone's clocks skip.

    Source: EventBridge Scheduler user guide, "One-time schedules".
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise refusal(text, "A one-time schedule is at(yyyy-mm-ddThh:mm:ss), without offset or Z", _EXAMPLE)
    try:
        wall = datetime.fromisoformat(form[1])
    except ValueError as error:
        raise refusal(text, f"{form[1]} is not a date and time: {error}", _EXAMPLE) from error
    try:
        occurs_at = wall.replace(tzinfo=zone).astimezone(UTC)
        on_the_clock = occurs_at.astimezone(zone).replace(tzinfo=None)
    except OverflowError as error:
        raise refusal(text, "In UTC it lies outside the years 1 to 9999", _EXAMPLE) from error
    if on_the_clock != wall:
        problem = f"{wall.isoformat()} does not exist in {zone.key}: clocks go forward over it"
        raise refusal(text, problem, f"Write at({on_the_clock.isoformat()})")
    return At(occurs_at)
