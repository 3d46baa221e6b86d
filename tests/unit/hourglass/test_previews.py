from datetime import UTC, datetime, timedelta

import pytest

from schedule_model.errors import InvalidExpressionError
from schedule_model.plan import PlanStatus
from schedule_model.previews import next_of_expression, next_of_target
from tests.unit.examples import NOON, item, plan_for, target

NEW_YORK = "America/New_York"


def notes(expression, after, count=3):
    return [
        (f"{one.local:%d %H:%M}", one.note)
        for one in next_of_expression(expression, NEW_YORK, after=after, count=count)
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_runs_before_exclusions_that_seem_to_leave_nothing_are_shown(count):
    later_today = ["cron(15-59 12 20 11 ? 2026)", "cron(* 13-23 20 11 ? 2026)"]
    hidden = [*later_today, "2026-11-21..2026-12-31", "cron(0/5 * ? * * 2027-2199)"]
    ending_in_nothing = target(**{"except": hidden})

    found = next_of_target(ending_in_nothing, None, after=NOON, count=count)

    assert [one.scheduled_at for one in found] == [NOON + timedelta(minutes=5), NOON + timedelta(minutes=10)]


def test_each_run_has_its_weekday_and_its_time_on_the_schedules_clock():
    (first,) = next_of_expression("cron(0 9 ? * MON-FRI *)", "Europe/Paris", after=NOON, count=1)

    assert first.scheduled_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert (first.weekday, f"{first.local:%H:%M}") == ("Monday", "09:00")


def test_clocks_that_go_forward_are_noted_at_the_first_run_after_it():
    found = notes("cron(0 9 * * ? *)", datetime(2026, 3, 6, 20, tzinfo=UTC))

    assert found == [
        ("07 09:00", ""),
        ("08 09:00", "the clocks go forward by 1 h before this run"),
        ("09 09:00", ""),
    ]


def test_both_passes_of_a_repeated_hour_are_told_apart():
    found = notes("cron(0 * * * ? *)", datetime(2026, 11, 1, 4, 30, tzinfo=UTC))

    assert found[0] == ("01 01:00", "the first of two 01:00 on this day")
    assert found[1][1].endswith("the second of two 01:00 on this day")
    assert found[2] == ("01 02:00", "")


def test_half_an_hour_is_said_in_minutes():
    (found,) = next_of_expression(
        "cron(0 9 4 10 ? 2026)", "Australia/Lord_Howe", after=datetime(2026, 10, 1, tzinfo=UTC), count=5
    )

    assert "forward by 30 min" in found.note


@pytest.mark.parametrize(
    ("after", "timezone", "hours"),
    [
        ("0001-01-01T03:00:00Z", NEW_YORK, ["01-01 04:00", "01-01 00:03"]),
        ("9999-12-31T13:00:00Z", "Asia/Tokyo", ["12-31 23:00", "12-31 15:00"]),
    ],
)
def test_where_the_schedules_clock_has_left_the_calendar_a_run_is_told_in_utc(after, timezone, hours):
    found = next_of_expression("rate(1 hour)", timezone, after=datetime.fromisoformat(after), count=2)

    assert [f"{one.local:%m-%d %H:%M}" for one in found] == hours
    assert [one.note for one in found] == ["", ""]


def test_a_schedule_that_is_over_has_no_preview():
    assert next_of_expression("at(2020-01-01T00:00:00)", "UTC", after=NOON, count=3) == []


def test_a_targets_rate_is_previewed_on_its_own_grid():
    plan = plan_for(item(), anchor_at=NOON + timedelta(minutes=2))

    found = next_of_target(target(), plan, after=NOON + timedelta(minutes=3), count=2)

    assert [one.scheduled_at for one in found] == [NOON + timedelta(minutes=7), NOON + timedelta(minutes=12)]


def previewed(plan, *, count=4, after=0, **changes):
    found = next_of_target(target(**changes), plan, after=NOON + timedelta(minutes=after), count=count)
    return [((one.scheduled_at - NOON) / timedelta(minutes=1), one.due_at - one.scheduled_at) for one in found]


def on_time(*minutes):
    return [(minute, timedelta(0)) for minute in minutes]


def chosen(minute, *, after=5, **changes):
    """Return the plan of a target whose run of minute `after` chose when to run next."""
    held = {"held_after": NOON + timedelta(minutes=after), "held_until": NOON + timedelta(minutes=minute)}
    return plan_for(item(), **held, **changes)


def test_a_run_that_a_runner_has_chosen_stands_in_the_place_of_those_it_has_put_aside():
    assert previewed(chosen(12), after=6) == on_time(12, 15, 20, 25)
    assert previewed(chosen(12), after=11) == on_time(12, 15, 20, 25)
    assert previewed(chosen(12)) == on_time(5, 12, 15, 20)


def test_a_run_that_a_runner_has_added_comes_before_the_next_of_the_grid():
    assert previewed(chosen(7), after=6) == on_time(7, 10, 15, 20)


def test_a_run_that_a_runner_has_chosen_on_the_grid_is_named_once_and_due_at_once():
    assert previewed(chosen(15), after=6) == on_time(15, 20, 25, 30)
    assert previewed(chosen(15), after=6, flexible_window_seconds=250, count=1) == on_time(15)


def test_a_run_that_a_runner_has_chosen_is_not_named_once_it_has_come():
    assert previewed(chosen(12), after=12) == on_time(15, 20, 25, 30)


def test_a_one_off_whose_runner_chose_a_further_run_is_not_over():
    assert previewed(chosen(12), after=6, schedule="at(2026-11-20T12:05:00)") == on_time(12)
    assert previewed(chosen(12), after=12, schedule="at(2026-11-20T12:05:00)") == []


def test_what_a_runner_has_chosen_does_not_outlast_its_schedule():
    assert previewed(chosen(12, status=PlanStatus.COMPLETED), after=6, schedule="at(2026-11-20T12:05:00)") == []
    assert previewed(chosen(12, status=PlanStatus.COMPLETED), after=6, count=2) == on_time(10, 15)


def test_years_of_runs_that_were_put_aside_are_passed_over_in_one_step():
    years = 1_000_000

    assert previewed(chosen(years + 0.5), after=6, count=2, schedule="rate(1 second)")[0] == (years + 0.5, timedelta(0))


def test_a_plans_first_occurrence_is_the_first_that_is_named():
    plan = plan_for(item(), first_at=NOON + timedelta(minutes=15))

    assert previewed(plan, count=2) == on_time(15, 20)


def test_a_flexible_window_shows_when_the_run_is_due():
    (found,) = next_of_target(target(flexible_window_seconds=60), None, after=NOON, count=1)

    assert timedelta(0) <= found.due_at - found.scheduled_at < timedelta(seconds=60)


def test_a_bad_expression_says_what_to_write():
    with pytest.raises(InvalidExpressionError, match="rate"):
        next_of_expression("rate(soon)", "UTC", after=NOON, count=1)
