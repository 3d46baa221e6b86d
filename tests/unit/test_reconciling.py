"""Finding again what was lost."""

from typing import Any

import pytest

from schedule_model.dispatching import Nothing
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.planning import SavePlan, plan
from schedule_model.reconciling import PATIENCE, Complete, EnsureTimer, Finding, Replan, Requeue, reconcile
from schedule_model.run import Run
from schedule_model.run_request import DispatchedBy, Trigger
from schedule_model.settings import LoopSettings
from tests.unit.examples import LEASE, NOON, item, minutes, planned, request, revision, run, seconds

SETTINGS = LoopSettings()
FIRST = NOON + minutes(5)


def looked_at(found: dict[str, Any], *rows: Run, after: float = 0) -> Finding:
    return reconcile(found, rows, now=NOON + minutes(after), settings=SETTINGS)


def planned_at(**changes: Any) -> dict[str, Any]:
    return planned(item(**changes), first_at=FIRST)


def done(minute: float, **changes: Any) -> Run:
    instant = NOON + minutes(minute)
    begun = Run.begun(request(scheduled_at=instant, due_at=instant), now=instant, lease=LEASE, keep=minutes(9))
    return begun.completed(None, now=instant).model_copy(update=changes)


def test_a_target_without_a_plan_is_planned_as_if_it_had_just_been_written() -> None:
    finding = looked_at(item())

    assert isinstance(finding, Replan)
    assert finding.change.target_id == "homepage"
    assert finding.change.new == item()
    assert isinstance(plan(finding.change, lambda _: None), SavePlan)


def test_a_target_with_a_plan_for_another_schedule_is_planned_anew_and_keeps_the_order_of_edits() -> None:
    edited = planned_at() | {"schedule": "rate(1 hour)"}

    finding = looked_at(edited)

    assert isinstance(finding, Replan)
    decision = plan(finding.change, lambda _: None)
    assert isinstance(decision, SavePlan)
    assert revision(1) < decision.plan.revision < revision(2)


@pytest.mark.parametrize("status", [PlanStatus.PAUSED, PlanStatus.COMPLETED, PlanStatus.INVALID])
def test_a_schedule_that_stands_still_lacks_nothing(status: PlanStatus) -> None:
    found = planned(item(), status=status)

    assert isinstance(looked_at(found, after=600), Nothing)


def test_a_chain_that_goes_on_lacks_nothing() -> None:
    assert isinstance(looked_at(planned_at(), done(5), after=7), Nothing)
    assert isinstance(looked_at(planned_at(), after=3), Nothing)


def test_a_first_run_that_never_came_is_asked_for() -> None:
    finding = looked_at(planned_at(), after=10.1)

    assert isinstance(finding, Requeue)
    assert finding.request.scheduled_at == FIRST
    assert finding.request.revision == revision(1)
    assert finding.request.dispatched_by is DispatchedBy.SWEEP


def test_a_run_that_is_merely_late_is_not_taken_for_lost() -> None:
    assert isinstance(looked_at(planned_at(), after=5 + PATIENCE.total_seconds() / 60), Nothing)


def test_the_run_after_the_latest_row_is_asked_for() -> None:
    finding = looked_at(planned_at(), done(15), done(10), after=26)

    assert isinstance(finding, Requeue)
    assert finding.request.scheduled_at == NOON + minutes(20)


def test_a_run_that_nobody_carries_on_is_asked_for_again_with_its_own_revision() -> None:
    cut_off = run(revision=revision(1))

    finding = looked_at(planned_at(), cut_off, after=7)

    assert isinstance(finding, Requeue)
    assert finding.request.scheduled_at == NOON
    assert finding.request.attempt == 2
    assert finding.request.run_id == cut_off.run_id


def test_a_manual_run_that_nobody_carries_on_is_asked_for_under_its_own_name() -> None:
    cut_off = run(trigger=Trigger.MANUAL, run_id="2026-11-20T12:00:00Z#m1")

    finding = looked_at(planned_at(), cut_off, after=7)

    assert isinstance(finding, Requeue)
    assert finding.request.run_id == "2026-11-20T12:00:00Z#m1"
    assert finding.request.trigger is Trigger.MANUAL


def test_a_timer_that_must_be_there_is_ensured() -> None:
    daily = planned(item(schedule="rate(1 day)"), first_at=NOON + minutes(1440))

    finding = looked_at(daily, after=1)

    assert isinstance(finding, EnsureTimer)
    assert finding.timer.due_at == NOON + minutes(1440)
    assert not finding.timer.near


def test_a_schedule_whose_last_run_is_over_is_completed() -> None:
    once = planned(item(schedule="at(2026-11-20T12:05:00)"), first_at=FIRST)

    finding = looked_at(once, done(5), after=6)

    assert isinstance(finding, Complete)
    assert finding.plan.status is PlanStatus.COMPLETED
    assert finding.plan.next_run_at is None


def test_a_schedule_whose_last_run_goes_on_is_not_completed() -> None:
    once = planned(item(schedule="at(2026-11-20T12:05:00)"), first_at=FIRST)

    assert isinstance(looked_at(once, run(run_id="2026-11-20T12:05:00Z", due_at=FIRST), after=5), Nothing)


def test_the_run_that_a_runner_chose_is_expected_and_not_those_it_put_aside() -> None:
    held = planned(item(), first_at=FIRST, held_after=FIRST, held_until=NOON + minutes(60))

    assert isinstance(looked_at(held, done(5), after=55), Nothing)
    finding = looked_at(held, done(5), after=66)
    assert isinstance(finding, Requeue)
    assert finding.request.scheduled_at == NOON + minutes(60)


def test_a_target_that_became_invalid_unnoticed_is_planned_again() -> None:
    broken = planned_at() | {"retry": "often"}

    assert isinstance(looked_at(broken), Replan)


def test_reconciling_what_was_replanned_finds_nothing_more() -> None:
    first = looked_at(item())
    assert isinstance(first, Replan)
    decision = plan(first.change, lambda _: None)
    assert isinstance(decision, SavePlan)

    again = looked_at(item() | {"plan": decision.plan.item()}, after=seconds(1).total_seconds() / 60)

    assert isinstance(again, Nothing)
    assert isinstance(plan_of(item() | {"plan": decision.plan.item()}), Plan)
