"""Instants as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel, ValidationError

from schedule_model.instants import Instant, from_text, to_text


class Holder(BaseModel):
    at: Instant


def test_an_instant_is_written_in_utc_with_a_z() -> None:
    at = datetime(2026, 11, 20, 13, 5, tzinfo=timezone(timedelta(hours=1)))

    assert to_text(at) == "2026-11-20T12:05:00Z"


def test_milliseconds_are_cut_and_never_rounded() -> None:
    assert to_text(datetime(2026, 11, 20, 12, 5, 0, 999_999, tzinfo=UTC)) == "2026-11-20T12:05:00.999Z"


def test_a_fraction_below_a_millisecond_is_left_out() -> None:
    assert to_text(datetime(2026, 11, 20, 12, 5, 0, 999, tzinfo=UTC)) == "2026-11-20T12:05:00Z"


@pytest.mark.parametrize("text", ["2026-11-20T12:05:00Z", "2026-11-20T13:05:00+01:00", "2026-11-20T12:05:00.000Z"])
def test_every_spelling_of_an_instant_is_read_as_the_same_one(text: str) -> None:
    assert from_text(text) == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


def test_an_instant_without_an_offset_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="write it with a Z"):
        from_text("2026-11-20T12:05:00")


def test_a_field_holds_utc_whatever_offset_was_written() -> None:
    assert Holder.model_validate({"at": "2026-11-20T13:05:00+01:00"}).at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_a_field_refuses_an_instant_that_utc_cannot_name(text: str) -> None:
    with pytest.raises(ValidationError, match="years 1 to 9999"):
        Holder.model_validate({"at": text})


def test_a_field_refuses_an_instant_without_offset() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Holder.model_validate({"at": "2026-11-20T12:05:00"})


def test_a_field_is_written_as_text() -> None:
    assert Holder(at=datetime(2026, 11, 20, 12, 5, tzinfo=UTC)).model_dump() == {"at": "2026-11-20T12:05:00Z"}
