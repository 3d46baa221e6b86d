from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions import Rate, parse

Runs = Callable[..., list[str]]

NOON = "2026-03-01T12:00:00Z"


def test_a_rate_without_starts_at_first_runs_one_period_after_its_anchor(runs: Runs) -> None:
    assert runs("rate(5 minutes)", after=NOON, count=2) == ["2026-03-01T12:05:00Z", "2026-03-01T12:10:00Z"]


def test_a_late_question_does_not_shift_the_grid(runs: Runs) -> None:
    assert runs("rate(5 minutes)", after="2026-03-01T12:07:31Z", anchor=NOON, count=1) == ["2026-03-01T12:10:00Z"]


def test_an_anchor_ahead_is_the_first_occurrence(runs: Runs) -> None:
    later = "2026-03-02T00:00:30Z"

    assert runs("rate(1 hour)", after=NOON, anchor=later, count=2) == [later, "2026-03-02T01:00:30Z"]


def test_the_fraction_of_an_anchor_is_dropped_so_that_every_occurrence_is_a_whole_second(runs: Runs) -> None:
    assert runs("rate(10 seconds)", after="2026-03-01T12:00:00.500Z", count=1) == ["2026-03-01T12:00:10Z"]


def test_a_day_is_24_hours_where_the_clocks_change(runs: Runs) -> None:
    before_change = "2026-03-07T14:00:00Z"

    assert runs("rate(1 day)", "America/New_York", after=before_change, count=2) == [
        "2026-03-08T14:00:00Z",
        "2026-03-09T14:00:00Z",
    ]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("rate(1 second)", timedelta(seconds=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(2 minute)", timedelta(minutes=2)),
        ("rate(1 hours)", timedelta(hours=1)),
        ("rate(7 days)", timedelta(days=7)),
        ("rate(007 days)", timedelta(days=7)),
    ],
)
def test_a_rate_takes_its_unit_in_singular_and_plural(text: str, period: timedelta) -> None:
    assert parse(text) == Rate(period)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rate( 10 minutes )", "Write rate(10 minutes)"),
        ("rate(10  minutes)", "Write rate(10 minutes)"),
        ("rate(10 MINUTES)", "Write rate(10 minutes)"),
        (" rate(10 minutes)", "starts or ends with white space. Write rate(10 minutes)"),
        ("Rate(10 minutes)", "Write rate(10 minutes)"),
        ("rate(1 week)", "Write rate(7 days)"),
        ("rate(1.5 minutes)", "Write rate(90 seconds)"),
        ("rate(5m)", "Write rate(5 minutes)"),
        ("rate(90 secs)", "Write rate(90 seconds)"),
        ("rate(1 Minutes)", "Write rate(1 minute)."),
        ("rate(1 month)", "Write cron(0 0 1 * ? *)"),
        ("rate(1 year)", "Write cron(0 0 1 1 ? *)"),
        (f"rate({'9' * 200} Days)", "one whole number"),
        ("rate(0.0001 seconds)", "one whole number"),
        ("rate(10 years)", "units are second, minute, hour and day"),
        ("rate(10 minutess)", "units are"),
        ("rate()", "one whole number, one space and a unit"),
        ("rate(10)", "one whole number"),
        ("rate(foo minutes)", "one whole number"),
        ("rate(-10 minutes)", "one whole number"),
        ("rate(1.5 hours)", "one whole number"),
        ("rate(5 minutes", "Write rate(5 minutes)"),
        ("rate(0 minutes)", "Write rate(1 minute) or more"),
        ("rate(99999999999999999999 days)", "longer than 9,999 years"),
        ("rate(٣ minutes)", "Character 6, '٣', is not plain ASCII"),
        ("rate(² minutes)", "is not plain ASCII"),
    ],
)
def test_a_rate_that_aws_refuses_is_refused_with_its_sentence_and_a_way_out(text: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as refused:
        parse(text)

    assert str(refused.value).startswith(f"Invalid Schedule Expression {text}. ")
    assert message in str(refused.value)


def test_a_rate_that_would_pass_the_year_9999_is_exhausted() -> None:
    last = datetime.max.replace(tzinfo=UTC)

    assert parse("rate(1 second)").next_after(last, anchor=last) is None
    assert parse("rate(3650000 days)").next_after(datetime(2026, 1, 1, tzinfo=UTC), anchor=last) is not None
    assert (
        parse("rate(3650000 days)").next_after(
            datetime(2026, 1, 1, tzinfo=UTC), anchor=datetime(2025, 1, 1, tzinfo=UTC)
        )
        is None
    )
