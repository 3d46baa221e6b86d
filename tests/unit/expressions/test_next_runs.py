from datetime import UTC, datetime, timedelta, timezone

import pytest

from schedule_model.expressions import InvalidCountError, NaiveInstantError
from schedule_model.next_runs import next_runs

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_preview_lists_five_instants_in_utc() -> None:
    assert next_runs("rate(1 hour)", after=NOON) == [NOON + timedelta(hours=hours) for hours in range(1, 6)]


def test_a_preview_may_be_asked_in_any_timezone() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))

    assert [run.tzinfo for run in next_runs("rate(1 hour)", after=tokyo, count=1)] == [UTC]
    assert next_runs("rate(1 hour)", after=tokyo) == next_runs("rate(1 hour)", after=NOON)


def test_a_rate_with_an_anchor_keeps_its_grid() -> None:
    anchor = NOON - timedelta(minutes=4)

    assert next_runs("rate(5 minutes)", after=NOON, count=1, anchor=anchor) == [NOON + timedelta(minutes=1)]


def test_a_preview_of_a_schedule_that_ends_is_shorter() -> None:
    assert next_runs("at(2026-03-01T12:00:01)", after=NOON) == [NOON + timedelta(seconds=1)]
    assert next_runs("at(2026-03-01T12:00:00)", after=NOON) == []
    assert next_runs(["at(2026-03-01T12:00:01)", "at(2026-03-01T12:00:02)"], after=NOON, count=9)[1:] == [
        NOON + timedelta(seconds=2)
    ]


def test_a_preview_leaves_out_what_is_excluded() -> None:
    (run,) = next_runs("@daily", "Asia/Tokyo", after=NOON, count=1, exclude=["2026-03-02..2026-03-04"])

    assert run == datetime(2026, 3, 4, 15, tzinfo=UTC)


def test_an_instant_without_timezone_is_refused_with_the_fix() -> None:
    naive = datetime(2026, 3, 1)

    with pytest.raises(NaiveInstantError, match=r"`after`.*tzinfo=UTC"):
        next_runs("rate(1 hour)", after=naive)
    with pytest.raises(NaiveInstantError, match=r"`anchor`.*tzinfo=UTC"):
        next_runs("rate(1 hour)", after=NOON, anchor=naive)


@pytest.mark.parametrize("count", [0, -1, 1_000_001, 2.5, True, None])
def test_a_count_outside_its_bounds_is_refused(count: int) -> None:
    with pytest.raises(InvalidCountError, match="from 1 to 1,000,000"):
        next_runs("rate(1 hour)", after=NOON, count=count)


@pytest.mark.parametrize("edge", [datetime.max, datetime.min])
@pytest.mark.parametrize(
    "text", ["rate(1 day)", "cron(0 9 * * ? *)", "at(2026-01-01T00:00:00)", "@hourly", "rrule(FREQ=DAILY)"]
)
@pytest.mark.parametrize("hours", [-12, 0, 12])
def test_the_edges_of_the_calendar_raise_nothing(edge: datetime, text: str, hours: int) -> None:
    after = edge.replace(tzinfo=timezone(timedelta(hours=hours)))

    assert all(run > after for run in next_runs(text, "Asia/Tokyo", after=after, count=2))
