"""What is written of a plan where the target is no longer as the decision was made from."""

from typing import Any

import pytest

from functions import planning
from functions.amending import amend
from functions.aws.items import encode_item
from functions.runners.contract import RunContext
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.plan_decision import DeleteTarget, SavePlan
from schedule_model.run import Run
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from schedule_model.target_change import TargetChange
from tests.simulation.memory.targets import MemoryTargets
from tests.unit.examples import LEASE, NOON, item, minutes, plan_for, planned, request, revision
from tests.unit.executing import Stack

OVER = item(schedule="at(2026-11-20T11:00:00)", on_complete="delete")


def change(old: dict[str, Any] | None, new: dict[str, Any], number: int = 7) -> TargetChange:
    return TargetChange("homepage", old=old, new=new, sequence_number=str(number), edited_at=NOON)


def write(stack: Stack, written: dict[str, Any]) -> None:
    stack.targets.table.put(encode_item(written))


def plan_on(stack: Stack) -> Plan | None:
    return plan_of(stack.targets.read(["homepage"])["homepage"])


@pytest.mark.parametrize(("since", "is_left"), [({}, False), ({"note": "edited again"}, True)])
def test_a_target_that_was_to_go_and_has_got_a_plan_meanwhile_goes_or_is_known_to_be_over(
    since: dict[str, Any], *, is_left: bool
) -> None:
    before = planned(item())
    stack, written = Stack(OVER), change(before, OVER | {"plan": before["plan"]})
    decision = planning.decide(written, stack.ports())
    assert isinstance(decision, DeleteTarget)
    # That of the edit before, which was planned in between.
    write(stack, OVER | {"plan": plan_for(item(), 6).item()} | since)

    planning.act(decision, written, stack.ports())

    assert ("homepage" in stack.targets.read(["homepage"])) is is_left
    if is_left:
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


ENDED = plan_for(item()).model_copy(update={"status": PlanStatus.COMPLETED, "stopped_at": NOON})


@pytest.mark.parametrize("left", [planned(item()), item(), item(note="edited"), planned(item(), 0)])
def test_what_a_runner_ended_is_over_though_its_target_was_just_written_without_its_plan(left: dict[str, Any]) -> None:
    stack = Stack(item())
    write(stack, left)

    amend("homepage", ENDED, stack.ports())

    assert plan_on(stack) == ENDED


class WipedAtOnce(MemoryTargets):
    """A table whose user writes the item without its plan as soon as another plan was refused."""

    def save_plan(self, target_id: str, plan: Plan, *, seen_revision: str) -> bool:
        is_saved = super().save_plan(target_id, plan, seen_revision=seen_revision)
        if not is_saved:
            self.table.put(encode_item(item()))
        return is_saved


def test_a_record_that_comes_again_sets_the_timer_though_its_plan_was_wiped_between_two_looks() -> None:
    stack, created = Stack(item()), change(None, item())
    decision = planning.decide(created, stack.ports())
    assert isinstance(decision, SavePlan)
    write(stack, item() | {"plan": decision.plan.item()})
    stack.targets = WipedAtOnce(stack.targets.table)

    planning.act(decision, created, stack.ports())

    assert plan_on(stack) == decision.plan
    assert stack.timers_set() == {"2026-11-20T12:05:00Z"}


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
