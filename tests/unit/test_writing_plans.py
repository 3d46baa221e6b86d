"""What is written of a plan where the target is no longer as the decision was made from."""

from typing import Any

import pytest

from functions import planning
from functions.amending import amend
from functions.aws.items import decode_item, encode_item
from functions.aws.rows import timer_of
from functions.runners.contract import RunContext
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.plan_decision import DeleteTarget, RestorePlan, SavePlan
from schedule_model.run import Run
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from schedule_model.target_change import TargetChange
from schedule_model.timer import Timer
from tests.unit.examples import LEASE, NOON, item, minutes, plan_for, planned, request, revision
from tests.unit.executing import Stack

OVER = item(schedule="at(2026-11-20T11:00:00)", on_complete="delete")


def change(old: dict[str, Any] | None, new: dict[str, Any], number: int = 7) -> TargetChange:
    return TargetChange("homepage", old=old, new=new, sequence_number=str(number), edited_at=NOON)


def write(stack: Stack, written: dict[str, Any]) -> None:
    stack.targets.table.put(encode_item(written))


def plan_on(stack: Stack) -> Plan | None:
    return plan_of(stack.targets.read(["homepage"])["homepage"])


def test_a_target_that_was_to_go_and_has_got_a_plan_meanwhile_is_known_to_be_over() -> None:
    before = planned(item())
    stack, written = Stack(OVER), change(before, OVER | {"plan": before["plan"]})
    decision = planning.decide(written, stack.ports())
    assert isinstance(decision, DeleteTarget)
    # That of the edit before, which was planned in between.
    write(stack, OVER | {"plan": plan_for(item(), 6).item()})

    planning.act(decision, written, stack.ports())

    standing = plan_on(stack)
    assert standing is not None
    assert (standing.status, standing.revision) == (PlanStatus.COMPLETED, revision(7))


def test_the_runs_that_reconcile_has_brought_about_count_when_the_creation_is_planned_at_last() -> None:
    limited = item(max_runs=2)
    stack = Stack(limited, minutes(30))
    for number in (1, 2):
        at = NOON + minutes(5 * number)
        asked = request(scheduled_at=at, due_at=at, number=number)
        stack.runs.claim([Run.begun(asked, now=at, lease=LEASE, keep=minutes(9_000)).completed(None, now=at)])

    decision = planning.decide(change(None, limited), stack.ports())

    assert isinstance(decision, SavePlan)
    assert decision.first is None
    assert decision.plan.status is PlanStatus.COMPLETED


def displaced(wiping: dict[str, Any]) -> tuple[Stack, TargetChange]:
    """Return the edit that wiped a plan whose record came again after it and laid another, in tables that show it."""
    stack, before = Stack(wiping, minutes(2)), planned(wiping, first_at=NOON, next_run_at=NOON)
    write(stack, planned(wiping, anchor_at=NOON + minutes(1)))
    return stack, change(before, wiping)


def timers_in(stack: Stack) -> list[Timer]:
    rows = stack.timers.table.items.values()
    return [timer_of(decode_item(row)) for row in rows if "scheduled_at" in row]


@pytest.mark.parametrize(("limit", "number"), [({}, 1), ({"max_runs": 3}, 2)])
def test_a_plan_that_another_has_displaced_since_it_was_wiped_goes_on_from_its_first_run(
    limit: dict[str, Any], number: int
) -> None:
    stack, edit = displaced(item(**limit))
    asked = request(scheduled_at=NOON - minutes(5), due_at=NOON - minutes(5))
    stack.runs.claim([Run.begun(asked, now=NOON, lease=LEASE, keep=minutes(9_000)).completed(None, now=NOON)])
    decision = planning.decide(edit, stack.ports())
    assert isinstance(decision, RestorePlan)

    planning.act(decision, edit, stack.ports())

    standing, (timer,) = plan_on(stack), timers_in(stack)
    assert standing is not None
    assert (standing.revision, standing.anchor_at) == (revision(7), NOON)
    assert (timer.scheduled_at, timer.revision, timer.number) == (NOON, revision(7), number)


def test_a_plan_of_another_edit_is_left_alone_where_it_has_taken_the_place_of_one_to_restore() -> None:
    stack, edit = displaced(item())
    later = planned(item(), 8, anchor_at=NOON + minutes(1))
    write(stack, later)

    planning.act(planning.decide(edit, stack.ports()), edit, stack.ports())

    assert stack.targets.read(["homepage"])["homepage"] == later
    assert timers_in(stack) == []


ENDED = plan_for(item()).model_copy(update={"status": PlanStatus.COMPLETED, "stopped_at": NOON})


@pytest.mark.parametrize("left", [planned(item()), item(), item(note="edited")])
def test_what_a_runner_ended_is_over_though_its_target_was_just_written_without_its_plan(left: dict[str, Any]) -> None:
    stack = Stack(item())
    write(stack, left)

    amend("homepage", ENDED, stack.ports())

    assert plan_on(stack) == ENDED


@pytest.mark.parametrize(("mistake", "is_left"), [({}, False), ({"retries": 3}, True)])
def test_the_last_run_takes_no_target_away_whose_latest_edit_cannot_be_read(
    mistake: dict[str, Any], *, is_left: bool
) -> None:
    stack = Stack(item(schedule="at(2026-11-20T12:00:00)", on_complete="delete"))
    standing = stack.targets.read(["homepage"])["homepage"]

    def spoil(target: Target, context: RunContext) -> RunResult:
        write(stack, dict(standing) | mistake)
        return RunResult(output="done")

    stack.runners.script = spoil
    stack.execute()

    assert ("homepage" in stack.targets.read(["homepage"])) is is_left


@pytest.mark.parametrize("left", [planned(item(), 2), item(schedule="rate(9 minutes)")])
def test_another_schedule_is_left_alone_by_what_a_runner_ended(left: dict[str, Any]) -> None:
    stack = Stack(item())
    write(stack, left)
    before = stack.targets.read(["homepage"])["homepage"]

    amend("homepage", ENDED, stack.ports())

    assert stack.targets.read(["homepage"])["homepage"] == before
