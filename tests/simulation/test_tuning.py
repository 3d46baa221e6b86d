"""A stack whose shards, lead or horizon are changed while it lives: nothing is lost, nothing runs twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schedule_model.run import RunStatus
from tests.simulation.scenario import START, Scenario

TARGETS = [f"t{number}" for number in range(12)]
ON_TIME = timedelta(seconds=3)


def tune(scenario: Scenario, **settings: Any) -> None:
    """Deploy with other settings; what is running goes on with the old ones."""
    given = {name: value if name == "shards" else timedelta(seconds=value) for name, value in settings.items()}
    scenario.world.settings = replace(scenario.world.settings, **given)


def hourly(profile: str, **settings: Any) -> Scenario:
    """Return a stack with these settings and a dozen hourly targets, each at a second of its own."""
    scenario = Scenario(profile)
    tune(scenario, **settings)
    for target_id in TARGETS:
        scenario.write(target_id, "rate(1 hour)")
        scenario.run(seconds=2)
    return scenario


# TTL that lags two days leaves every run to the sweeper; the moments are of an hour whose runs are due at its end:
# timers that reconcile still sets anew, those within the lead, those that a sweep has seen already.
@pytest.mark.parametrize("profile", ["two days", "typical"])
@pytest.mark.parametrize("moment", [5, 38, 57, 61])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"shards": 16}, {"shards": 1}),
        ({"shards": 16}, {"shards": 3}),
        ({"shards": 2}, {"shards": 16}),
        ({"lead": 1320}, {"lead": 60}),
        ({"lead": 60}, {"lead": 1320}),
        ({"horizon": 900}, {"horizon": 121}),
        ({"horizon": 121}, {"horizon": 900}),
        ({"shards": 16, "lead": 2400, "horizon": 600}, {"shards": 2, "lead": 300, "horizon": 180}),
    ],
)
def test_every_occurrence_runs_once_and_on_time_across_a_change(
    profile: str, moment: int, before: dict[str, int], after: dict[str, int]
) -> None:
    scenario = hourly(profile, **before)
    scenario.run_until(START + timedelta(minutes=60 + moment))

    tune(scenario, **after)
    scenario.run_until(START + timedelta(hours=5, minutes=1))

    for target_id in TARGETS:
        assert len(scenario.completed(target_id)) == len(scenario.bodies(target_id)) == 5
        assert scenario.latest_start(target_id) < ON_TIME
    assert scenario.broken() == []


def test_shards_changed_there_and_back_and_there_leave_no_timer_unseen() -> None:
    scenario = hourly("two days", shards=16)

    for hours, shards in enumerate((2, 16, 5, 1), 1):
        scenario.run_until(START + timedelta(hours=hours, minutes=45))
        tune(scenario, shards=shards)
    scenario.run_until(START + timedelta(hours=8, minutes=1))

    for target_id in TARGETS:
        assert len(scenario.completed(target_id)) == len(scenario.bodies(target_id)) == 8
        assert scenario.latest_start(target_id) < ON_TIME
    assert scenario.broken() == []


def test_a_far_timer_outlives_the_day_for_which_the_old_shards_are_swept() -> None:
    scenario = Scenario("two days")
    tune(scenario, shards=16)
    for target_id in TARGETS:
        scenario.write(target_id, f"at({START + timedelta(days=3):%Y-%m-%dT%H:%M:%S})")
    scenario.run(minutes=5)

    tune(scenario, shards=1)
    scenario.run_until(START + timedelta(days=3, minutes=1))

    last = scenario.world.timers.reconcile_pass()
    assert last is not None
    assert last.shards_most == 1
    for target_id in TARGETS:
        assert len(scenario.completed(target_id)) == len(scenario.bodies(target_id)) == 1
        assert scenario.latest_start(target_id) < ON_TIME


def test_a_retry_that_waits_for_hours_starts_on_time_after_the_shards_were_lowered() -> None:
    scenario = Scenario("two days")
    tune(scenario, shards=16)
    retry = {"max_attempts": 2, "backoff_seconds": 14_400, "max_backoff_seconds": 14_400, "max_age_seconds": 40_000}
    for target_id in TARGETS:
        once = f"at({START + timedelta(minutes=5):%Y-%m-%dT%H:%M:%S})"
        scenario.write(target_id, once, params={"mode": "failing"}, retry=retry)
    scenario.run_until(START + timedelta(minutes=10))
    waits = {target_id: scenario.rows(target_id)[0].retry_at for target_id in TARGETS}

    tune(scenario, shards=1)
    scenario.run(hours=5)

    for target_id, retry_at in waits.items():
        (first, second) = scenario.bodies(target_id)
        assert (first.attempt, second.attempt) == (1, 2)
        assert retry_at is not None
        assert timedelta() <= second.local - retry_at < ON_TIME
        assert [row.status for row in scenario.rows(target_id)] == [RunStatus.FAILED]
