"""The `Retry-After` header: how long a server asks its clients to stay away."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=365)
"""What a longer wish is cut to; `max_age_seconds` ends at 14 days in any case."""


def read_retry_after(text: str | None, *, now: datetime | None) -> timedelta | None:
    """Return how long the server asks to be left alone; None if it does not ask, or cannot be understood.

    Args:
        text: the header's value, seconds or an HTTP date; None if there is no such header.
        now: aware UTC, to count a date from; None to understand seconds only.

    Source: RFC 9110, sections 10.2.3 (Retry-After) and 5.6.7 (its dates, in three formats).
    """
    text = (text or "").strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:12])), LONGEST) if len(text) <= 12 else LONGEST
    if now is None:
        return None
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    wait = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST)


def told(wait: timedelta | None) -> str:
    """Return what an error says of the wish, beginning with a space; nothing if there is none."""
    return "" if wait is None else f" and asks to wait {wait.total_seconds():.0f} s"
