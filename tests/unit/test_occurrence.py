"""Which instants a target's schedule names, and when each is due."""

from datetime import UTC, datetime, timedelta

import pytest

from schedule_model import occurrence
from schedule_model.expressions import ExclusionsTooManyError
from schedule_model.occurrence import MOMENT, Occurrence, flexible_share, latest_occurrence, next_occurrence
from schedule_model.target import Target
from tests.unit.examples import NOON, minutes, seconds, target


def test_the_next_occurrence_is_strictly_later() -> None:
    found = next_occurrence(target(), after=NOON, anchor=NOON)

    assert found == Occurrence(NOON + minutes(5), NOON + minutes(5))


def test_a_rate_stays_on_the_grid_of_its_anchor() -> None:
    found = next_occurrence(target(), after=NOON + seconds(1), anchor=NOON - minutes(3))

    assert found is not None
    assert found.scheduled_at == NOON + minutes(2)


def test_starts_at_is_the_first_occurrence_of_a_rate() -> None:
    starts_at = NOON + minutes(7)

    found = next_occurrence(target(starts_at="2026-11-20T12:07:00Z"), after=NOON, anchor=starts_at)

    assert found == Occurrence(starts_at, starts_at)


def test_ends_at_is_included() -> None:
    ends_at = target(ends_at="2026-11-20T12:05:00Z")

    assert next_occurrence(ends_at, after=NOON, anchor=NOON) == Occurrence(NOON + minutes(5), NOON + minutes(5))
    assert next_occurrence(ends_at, after=NOON + minutes(5), anchor=NOON) is None


def test_an_at_has_one_occurrence() -> None:
    once = target(schedule="at(2026-11-20T13:00:00)", timezone="Europe/Paris")

    assert next_occurrence(once, after=NOON - seconds(1), anchor=NOON) == Occurrence(NOON, NOON)
    assert next_occurrence(once, after=NOON, anchor=NOON) is None


def test_without_a_flexible_window_a_run_is_due_when_it_is_scheduled() -> None:
    assert flexible_share(target(), NOON) == seconds(0)


def test_the_share_of_a_flexible_window_lies_in_it_and_never_changes() -> None:
    flexible = target(flexible_window_seconds=600)
    shares = [flexible_share(flexible, NOON + minutes(5 * number)) for number in range(200)]

    assert all(seconds(0) <= share < seconds(600) for share in shares)
    assert shares == [flexible_share(flexible, NOON + minutes(5 * number)) for number in range(200)]
    assert len(set(shares)) > 150


def test_two_targets_fall_on_different_shares() -> None:
    shares = {flexible_share(target(id=f"t{number}", flexible_window_seconds=3600), NOON) for number in range(50)}

    assert len(shares) > 40


def test_the_due_instant_is_the_scheduled_one_plus_the_share() -> None:
    flexible = target(flexible_window_seconds=600)

    found = next_occurrence(flexible, after=NOON, anchor=NOON)

    assert found is not None
    assert found.due_at == found.scheduled_at + flexible_share(flexible, found.scheduled_at)


def test_the_latest_occurrence_may_be_due_right_now() -> None:
    found = latest_occurrence(target(), after=NOON, until=NOON + minutes(15), anchor=NOON)

    assert found == Occurrence(NOON + minutes(15), NOON + minutes(15))


def test_there_is_no_latest_occurrence_before_the_first() -> None:
    assert latest_occurrence(target(), after=NOON, until=NOON + minutes(4), anchor=NOON) is None


def test_the_latest_occurrence_of_an_ended_schedule_is_its_last() -> None:
    ended = target(ends_at="2026-11-20T12:12:00Z")

    found = latest_occurrence(ended, after=NOON, until=NOON + minutes(60 * 24), anchor=NOON)

    assert found is not None
    assert found.scheduled_at == NOON + minutes(10)


def test_the_latest_occurrence_after_a_year_of_outage_of_a_dense_schedule_is_found_at_once() -> None:
    dense = target(schedule="rate(1 second)")

    found = latest_occurrence(dense, after=NOON, until=NOON + minutes(60 * 24 * 365), anchor=NOON)

    assert found is not None
    assert found.scheduled_at == NOON + minutes(60 * 24 * 365)


@pytest.mark.parametrize("schedule", ["rate(7 seconds)", "rate(1 minute)", "cron(0/3 12 * * ? *)", "rate(11 minutes)"])
@pytest.mark.parametrize("window", [0, 30, 86_400])
def test_the_latest_occurrence_is_the_last_of_those_that_are_due(schedule: str, window: int) -> None:
    flexible = target(schedule=schedule, flexible_window_seconds=window, **{"except": ["cron(5 * * * ? *)"]})
    named: list[Occurrence] = []
    after = NOON
    while (one := next_occurrence(flexible, after=after, anchor=NOON)) and one.scheduled_at < NOON + minutes(40):
        named.append(one)
        after = one.scheduled_at

    for late in range(0, 2_400, 13):
        until = NOON + seconds(late + 0.5)
        due = [one for one in named if one.due_at <= until]
        assert latest_occurrence(flexible, after=NOON, until=until, anchor=NOON) == (due[-1] if due else None)


def test_a_search_over_three_days_of_a_dense_schedule_with_a_wide_window_takes_few_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dense = target(schedule="rate(1 second)", flexible_window_seconds=86_400)
    asked: list[datetime] = []

    def share(of: Target, scheduled_at: datetime) -> timedelta:
        asked.append(scheduled_at)
        return flexible_share(of, scheduled_at)

    monkeypatch.setattr(occurrence, "flexible_share", share)

    found = latest_occurrence(dense, after=NOON, until=NOON + minutes(60 * 72), anchor=NOON)

    assert found is not None
    assert found.scheduled_at == NOON + minutes(60 * 72)
    assert len(asked) < 40


def test_an_occurrence_whose_share_is_still_ahead_is_not_the_latest() -> None:
    flexible = target(schedule="rate(1 minute)", flexible_window_seconds=600)

    found = latest_occurrence(flexible, after=NOON, until=NOON + minutes(60), anchor=NOON)

    assert found is not None
    assert found.due_at <= NOON + minutes(60)


def test_a_search_through_exclusions_that_leave_nothing_ends() -> None:
    nothing_left = target(schedule="rate(1 minute)", **{"except": ["rate(1 second)"]})

    with pytest.raises(ExclusionsTooManyError):
        next_occurrence(nothing_left, after=NOON, anchor=NOON)


EVERY_MINUTE_LATER = ["cron(0-29 * ? * * 2027-2199)", "cron(30-59 * ? * * 2027-2199)"]


def test_a_window_before_such_exclusions_is_as_wide_as_it_is_written() -> None:
    hidden = ["cron(1-59 12 20 11 ? 2026)", "cron(* 13-23 20 11 ? 2026)", "2026-11-21..2026-12-31", *EVERY_MINUTE_LATER]
    flexible = target(schedule="rate(1 minute)", flexible_window_seconds=3_600, **{"except": hidden})

    found = next_occurrence(flexible, after=NOON - MOMENT, anchor=NOON)

    assert found == Occurrence(NOON, NOON + flexible_share(flexible, NOON))


def test_a_window_that_reaches_beyond_the_calendar_ends_the_schedule() -> None:
    last = target(schedule="at(9999-12-31T23:59:59)", flexible_window_seconds=86_400)

    assert next_occurrence(last, after=datetime(9999, 1, 1, tzinfo=UTC), anchor=NOON) is None


@pytest.mark.parametrize("fraction", [".000001", ".250", ".999999"])
@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        ("rate(1 day)", NOON + seconds(1)),
        ("rrule(FREQ=DAILY)", NOON + seconds(1)),
        ("at(2026-11-20T12:00:01)", NOON + seconds(1)),
        ("at(2026-11-20T12:00:00)", None),
        ("cron(0 12 * * ? *)", NOON + minutes(24 * 60)),
    ],
)
def test_nothing_runs_before_a_start_within_a_second_and_the_first_run_is_not_lost(
    schedule: str, first: datetime | None, fraction: str
) -> None:
    starting = target(schedule=schedule, starts_at=f"2026-11-20T12:00:00{fraction}Z")
    assert starting.starts_at is not None

    found = next_occurrence(starting, after=NOON - minutes(60), anchor=starting.starts_at)

    assert (found and found.scheduled_at) == first


def test_nothing_runs_after_an_end_within_a_second() -> None:
    ending = target(schedule="rate(1 second)", ends_at="2026-11-20T12:00:02.999Z")

    assert next_occurrence(ending, after=NOON + seconds(1), anchor=NOON) is not None
    assert next_occurrence(ending, after=NOON + seconds(2), anchor=NOON) is None


def test_a_start_at_the_first_instant_of_the_calendar_is_no_error() -> None:
    since_ever = target(starts_at="0001-01-01T00:00:00Z")

    assert next_occurrence(since_ever, after=NOON, anchor=NOON) == Occurrence(NOON + minutes(5), NOON + minutes(5))
