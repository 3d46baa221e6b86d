"""Instants as text: ISO 8601, UTC, `Z` at the end, so that text order is time order."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer


def to_text(instant: datetime) -> str:
    """Return `2026-11-20T12:05:00Z`, with milliseconds only where there are any (cut, not rounded)."""
    utc = instant.astimezone(UTC)
    precision = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """Return the aware UTC instant that `text` names.

    Raises:
        ValueError: the text is not ISO 8601, or names no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC; write it with a Z at the end")
    return instant.astimezone(UTC)


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from error


Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    AfterValidator(_in_utc),
    PlainSerializer(to_text, when_used="always"),
]
"""A field that holds an aware UTC instant and is written as `to_text` writes it."""
