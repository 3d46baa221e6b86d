from collections.abc import Callable

import pytest

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions import parse

Runs = Callable[..., list[str]]


def test_the_documented_one_time_schedule_runs_once(runs: Runs) -> None:
    assert runs("at(2022-11-20T13:00:00)", after="2022-11-01T00:00:00Z") == ["2022-11-20T13:00:00Z"]


def test_a_one_time_schedule_is_read_on_the_clock_of_its_timezone(runs: Runs) -> None:
    assert runs("at(2022-11-20T13:00:05)", "America/New_York", after="2022-11-01T00:00:00Z") == ["2022-11-20T18:00:05Z"]


def test_a_one_time_schedule_in_the_past_is_accepted_and_exhausted(runs: Runs) -> None:
    assert runs("at(2022-11-20T13:00:00)", after="2022-11-20T13:00:00Z") == []


def test_a_one_time_schedule_in_a_repeated_hour_means_the_first_pass(runs: Runs) -> None:
    assert runs("at(2026-11-01T01:30:00)", "America/New_York", after="2026-10-01T00:00:00Z") == ["2026-11-01T05:30:00Z"]


@pytest.mark.parametrize(
    ("text", "timezone", "message"),
    [
        ("at(2026-03-08T02:30:00)", "America/New_York", "Write at(2026-03-08T03:30:00)"),
        ("at(2026-10-04T02:15:00)", "Australia/Lord_Howe", "Write at(2026-10-04T02:45:00)"),
        ("at(2011-12-30T12:00:00)", "Pacific/Apia", "Write at(2011-12-31T12:00:00)"),
        ("at(2021-12-31T23:59:59Z)", "UTC", "without offset or Z"),
        ("at(2021-12-31)", "UTC", "yyyy-mm-ddThh:mm:ss"),
        ("at(2021-02-30T12:00:00)", "UTC", "is not a date and time"),
        ("at(2021-12-31T24:00:00)", "UTC", "is not a date and time"),
        ("at(2021-12-31T23:59:60)", "UTC", "is not a date and time"),
        ("at(2021-12-31 23:59:59)", "UTC", "yyyy-mm-ddThh:mm:ss"),
        ("at(0000-01-01T00:00:00)", "UTC", "is not a date and time"),
        ("at(9999-12-31T23:59:59)", "America/New_York", "outside the years 1 to 9999"),
        ("at(0001-01-01T00:00:00)", "Asia/Tokyo", "outside the years 1 to 9999"),
    ],
)
def test_an_instant_that_does_not_exist_is_refused_with_a_way_out(text: str, timezone: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse(text, timezone)

    assert str(refused.value).startswith(f"Invalid Schedule Expression {text}. ")
    assert message in str(refused.value)
