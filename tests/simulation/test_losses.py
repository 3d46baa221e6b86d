"""What is lost without a trace is found again, or was not needed: one thing at a time, in virtual time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from schedule_model.plan import PlanStatus, plan_of
from schedule_model.run import RunStatus
from tests.simulation.knobs import CALM
from tests.simulation.redriving import redrive
from tests.simulation.scenario import START, Scenario

PASS = timedelta(minutes=31)
"""The simulation's pass of reconcile, and the sweep that begins it."""


@contextmanager
def losing(scenario: Scenario, what: str) -> Iterator[None]:
    """Lose every message, timer or record that is written meanwhile."""
    scenario.world.use(replace(CALM, **{f"{what}_lost": 1.0}))
    yield
    scenario.world.use(CALM)


def plan_status(scenario: Scenario) -> PlanStatus:
    found = plan_of(scenario.world.targets.read(["t"])["t"])
    assert found is not None
    return found.status


@pytest.mark.parametrize("what", ["message", "timer", "record"])
def test_a_run_whose_message_timer_or_record_is_lost_is_asked_for_by_a_pass_of_reconcile(what: str) -> None:
    scenario = Scenario("fast")
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=50 if what == "message" else 1)
    with losing(scenario, what):
        scenario.run(minutes=5 if what == "message" else 48)
    scenario.run(hours=6)

    assert len(scenario.completed()) == 6
    assert scenario.latest_start() < PASS + timedelta(minutes=5)
    assert scenario.broken() == []


def test_a_mistake_that_is_mended_by_an_edit_without_a_record_is_planned_by_a_pass_of_reconcile() -> None:
    scenario = Scenario()
    scenario.write(schedule="rate(10 minutes)", schedule_expression="rate(1 hour)")
    scenario.run(minutes=1)
    assert plan_status(scenario) is PlanStatus.INVALID

    table = scenario.world.targets.table
    with losing(scenario, "record"):
        # As update-item does, so that the plan stays.
        table.put({name: value for name, value in (table.get("t") or {}).items() if name != "schedule_expression"})
    scenario.run_until(START + PASS + timedelta(minutes=1))
    assert plan_status(scenario) is PlanStatus.SCHEDULED
    scenario.run(minutes=30)

    assert len(scenario.completed()) == 3
    assert scenario.broken() == []


def test_a_run_that_comes_instead_of_many_misfires_is_asked_for_when_its_message_is_lost() -> None:
    scenario = Scenario("two days")
    scenario.write(schedule="rate(10 seconds)", ends_at=(START + timedelta(minutes=20)).isoformat())
    scenario.run(minutes=10)
    scenario.world.stop_function("executor", 1_200_000)
    scenario.run(minutes=19)
    with losing(scenario, "record"):
        scenario.run(minutes=8)
    scenario.run(hours=2)

    last = scenario.rows()[-1]
    assert last.scheduled_at == START + timedelta(minutes=20)
    assert last.status is RunStatus.COMPLETED
    assert len([row for row in scenario.rows() if row.status is RunStatus.MISSED]) <= 2
    assert scenario.broken() == []


def test_a_plan_that_is_wiped_by_an_edit_without_a_record_delays_no_run() -> None:
    scenario = Scenario("two days")
    scenario.write(schedule="cron(0 12 * * ? *)")
    scenario.run(hours=1)
    with losing(scenario, "record"):
        scenario.change(params={"mode": "steady", "text": "edited"})
    scenario.run(hours=12)

    assert scenario.completed() == [START + timedelta(hours=12)]
    assert scenario.latest_start() < timedelta(seconds=5)
    assert scenario.broken() == []


def test_a_redriven_run_that_reconcile_asks_for_as_well_runs_once() -> None:
    scenario = Scenario()
    scenario.world.queue.receives_max = 1
    scenario.write(schedule="rate(1 hour)")
    scenario.run(minutes=59)
    scenario.world.stop_function("executor", 720_000)
    scenario.run(minutes=13)
    assert len(scenario.world.queue.dead) == 1

    redrive(scenario.world)
    scenario.run(minutes=40)

    assert [row.run_id for row in scenario.rows()] == ["2026-03-02T01:00:00Z"]
    assert len(scenario.bodies()) == 1
    assert scenario.broken() == []
