"""Instants as text: ISO 8601, UTC, `Z` at the end, so that text order is time order."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer

_SECOND = timedelta(seconds=1)


def to_text(instant: datetime) -> str:
    """Return `2026-11-20T12:05:00Z`, with milliseconds only where there are any (cut, not rounded)."""
    return _text_of(instant if instant.tzinfo is UTC else instant.astimezone(UTC))


# One run writes the same few instants a dozen times: as keys, in messages and in log lines.
@lru_cache(maxsize=4096)
def _text_of(utc: datetime) -> str:
    text = utc.isoformat()
    return f"{text[:23] if utc.microsecond >= 1000 else text[:19]}Z"


def from_text(text: str) -> datetime:
    """Return the aware UTC instant that `text` names.

    Raises:
        ValueError: the text is not ISO 8601, or names no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC; write it with a Z at the end")
    return instant.astimezone(UTC)


def rounded_up(instant: datetime) -> datetime:
    """Return the first whole second that is not before `instant`.

    Raises:
        OverflowError: it lies beyond the year 9999.
    """
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + _SECOND


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from error


Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    AfterValidator(_in_utc),
    PlainSerializer(to_text, when_used="always"),
]
"""A field that holds an aware UTC instant and is written as `to_text` writes it."""


def _at_a_whole_second(instant: datetime) -> datetime:
    try:
        return rounded_up(instant)
    except OverflowError as error:
        raise ValueError("lies within the last second of the year 9999; write an earlier instant") from error


WholeInstant = Annotated[Instant, AfterValidator(_at_a_whole_second)]
"""An `Instant` at a whole second: a fraction is rounded up."""
