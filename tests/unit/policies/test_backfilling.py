"""Running a schedule over a range of the past."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schedule_model.backfilling import InvalidBackfillError, backfill
from schedule_model.run_request import RunRequest, Trigger
from tests.unit.examples import NOON, item, minutes, plan_for, target

LATER = NOON + minutes(600)


def asked(start: datetime, end: datetime, *, limit: int = 100, name: str = "", **fields: Any) -> list[RunRequest]:
    written = item(**fields)
    return list(backfill(target(**fields), plan_for(written), start, end, now=LATER, limit=limit, name=name))


def instants(requests: list[RunRequest]) -> list[float]:
    return [(one.scheduled_at - NOON) / minutes(1) for one in requests]


def test_every_occurrence_of_the_range_is_asked_for_its_ends_included() -> None:
    assert instants(asked(NOON + minutes(5), NOON + minutes(20))) == [5, 10, 15, 20]


def test_a_backfilled_run_has_a_row_of_its_own_which_is_the_same_at_every_asking() -> None:
    first, again = asked(NOON, NOON + minutes(10)), asked(NOON, NOON + minutes(10))

    assert [one.run_id for one in first] == [f"2026-11-20T12:{minute:02d}:00Z#backfill" for minute in (0, 5, 10)]
    assert [one.idempotency_key for one in first] == [one.idempotency_key for one in again]
    assert {one.trigger for one in first} == {Trigger.BACKFILL}


def test_a_backfill_of_another_name_runs_everything_anew() -> None:
    (one,) = asked(NOON, NOON + minutes(4), name="after-the-mend")

    assert one.run_id == "2026-11-20T12:00:00Z#backfill.after-the-mend"


def test_backfilled_runs_are_due_now_so_that_their_retries_are_not_too_old() -> None:
    assert {one.due_at for one in asked(NOON, NOON + minutes(20))} == {LATER}


def test_a_rates_grid_goes_on_before_its_target_was_created() -> None:
    assert instants(asked(NOON - minutes(12), NOON - minutes(1))) == [-10, -5]


def test_the_grids_of_several_rates_go_on_together() -> None:
    found = asked(NOON - minutes(13), NOON - minutes(1), schedule=["rate(4 minutes)", "rate(6 minutes)"])

    assert instants(found) == [-12, -8, -6, -4]


@pytest.mark.parametrize(
    ("schedule", "excluded", "expected"),
    [
        ("rrule(FREQ=DAILY)", "rate(7 minutes)", [1440]),
        (["rate(7 hours)", "rrule(FREQ=DAILY)"], "2026-11-01", [0, 420, 840, 1260, 1440]),
        (["rate(7 hours)", "rrule(FREQ=DAILY;DTSTART=20261117T120000)"], "2026-11-01", [-420, 0, 420, 840, 1260, 1440]),
        ("rate(12 hours)", "rrule(FREQ=DAILY)", [720]),
    ],
)
def test_a_rule_beside_a_rate_begins_where_it_began(
    schedule: str | list[str], excluded: str, expected: list[float]
) -> None:
    fields = {"schedule": schedule, "except": [excluded]}
    written = item(**fields)

    found = backfill(
        target(**fields),
        plan_for(written),
        NOON - minutes(480),
        NOON + minutes(1440),
        now=NOON + minutes(1440),
        limit=100,
    )

    assert instants(list(found)) == expected


@pytest.mark.parametrize(
    ("schedule", "asked_for"),
    [("rate(400 days)", ["0001-12-06", "0003-01-10"]), ("at(0001-01-02T00:00:00)", ["0001-01-02"])],
)
def test_a_range_from_the_first_instant_of_the_calendar_is_asked_for(schedule: str, asked_for: list[str]) -> None:
    found = asked(datetime.min.replace(tzinfo=UTC), datetime(3, 3, 1, tzinfo=UTC), schedule=schedule)

    assert [f"{one.scheduled_at.date()}" for one in found] == asked_for


def test_rates_that_meet_again_after_the_calendar_begin_where_they_began() -> None:
    apart = ["rate(999983 days)", "rate(1000003 seconds)", "rate(86399 hours)"]

    with pytest.raises(InvalidBackfillError, match="names no instant"):
        asked(NOON - minutes(99_999), NOON - minutes(1), schedule=apart)


def test_starts_at_ends_at_and_exclusions_hold() -> None:
    bounds: dict[str, Any] = {
        "starts_at": "2026-11-20T12:10:00Z",
        "ends_at": "2026-11-20T12:30:00Z",
        "except": ["cron(20 * * * ? *)"],
    }
    found = asked(NOON, NOON + minutes(60), **bounds)

    assert instants(found) == [10, 15, 25, 30]


def test_a_wall_clock_schedule_is_backfilled_in_its_timezone() -> None:
    (one,) = asked(NOON - minutes(1440), NOON, schedule="cron(0 8 * * ? *)", timezone="America/New_York")

    assert one.run_id == "2026-11-19T13:00:00Z#backfill"


@pytest.mark.parametrize(
    ("start", "end", "changes", "sentence"),
    [
        (10, 5, {}, "to: 2026-11-20T12:05:00Z lies before from, 2026-11-20T12:10:00Z"),
        (0, 601, {}, "to: .* lies in the future; what comes the schedule runs itself"),
        (0, 5, {"limit": 0}, "limit: must be from 1 to 10,000, not 0"),
        (0, 5, {"limit": 10_001}, "limit: must be from 1 to 10,000"),
        (1, 4, {}, "names no instant from .*; widen the range"),
        (0, 60, {"limit": 3}, "more than 3 instants in this range, the last of them at 2026-11-20T12:10:00Z; end"),
        (0, 5, {"name": "a b"}, "name: write at most 32"),
    ],
)
def test_a_backfill_that_cannot_be_asked_for_is_refused_by_what_to_change(
    start: float, end: float, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidBackfillError, match=sentence):
        asked(NOON + minutes(start), NOON + minutes(end), **changes)
