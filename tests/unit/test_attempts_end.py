"""Until when an attempt may take, and what its end may do to a target that was edited meanwhile."""

from collections.abc import Sequence

import pytest

from functions.aws.items import encode_item
from functions.aws.telemetry import JsonTelemetry
from functions.ports import ClaimAnswer, UnavailableError
from functions.runners.contract import RunContext
from functions.settings import RECORDING_MARGIN
from functions.sweeper.reconciling import reconcile_some
from schedule_model.dispatching import Nothing
from schedule_model.plan import Plan, PlanStatus, plan_of
from schedule_model.reconciling import Complete, reconcile
from schedule_model.run import Run, RunStatus
from schedule_model.run_result import RunResult
from schedule_model.settings import LoopSettings
from schedule_model.target import Target
from tests.simulation.memory import MemoryRuns
from tests.unit.examples import LEASE, NOON, item, minutes, planned, request, seconds
from tests.unit.executing import Stack

SLOW = item(timeout_seconds=50)


class RefusingOneEnd(MemoryRuns):
    """A table that refuses the first end of a run."""

    is_refusing = True

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        if self.is_refusing and any(new.status is RunStatus.COMPLETED for _, new in pairs):
            self.is_refusing = False
            return [UnavailableError("throttled") for _ in pairs]
        return super().replace(pairs)


def stopping(**fields: object) -> Stack:
    """Return a stack whose runner ends the schedule, and where the record of that is refused once."""
    stack = Stack(item(**fields))
    stack.runs = RefusingOneEnd()
    stack.runners.script = lambda target, context: RunResult(output={"rows": 41}, completed=True)
    return stack


def plan_on(stack: Stack) -> Plan | None:
    written = stack.targets.read(["homepage"]).get("homepage")
    return None if written is None else plan_of(written)


def test_an_attempt_ends_early_enough_to_be_recorded_within_its_invocation() -> None:
    stack = Stack(SLOW)
    stack.ends_at = NOON + seconds(40)

    assert stack.execute() == []
    assert [context.deadline for context in stack.runners.started] == [stack.ends_at - RECORDING_MARGIN]


def test_an_attempt_without_half_of_its_time_is_left_to_another_invocation() -> None:
    stack = Stack(SLOW)
    stack.ends_at = NOON + seconds(25)

    assert stack.execute() == ["m1"]
    assert stack.runners.started == []
    assert (stack.row().status, stack.row().attempt) == (RunStatus.RETRYING, 0)


def test_the_end_of_a_schedule_does_not_delete_a_target_that_was_given_another() -> None:
    stack = Stack(item(schedule="at(2026-11-20T12:00:00)", on_complete="delete"))

    def edits(target: Target, context: RunContext) -> RunResult:
        typed = stack.targets.table.items["homepage",]
        stack.targets.table.put(typed | {"schedule": {"S": "rate(1 hour)"}})
        return RunResult(output="done")

    stack.runners.script = edits

    assert stack.execute() == []
    assert stack.row().status is RunStatus.COMPLETED
    assert stack.targets.table.get("homepage") is not None


@pytest.mark.parametrize("on_complete", ["keep", "delete"])
def test_what_cannot_be_found_behind_exclusions_is_no_end_of_the_schedule(on_complete: str) -> None:
    written = item(on_complete=on_complete, **{"except": ["cron(0/5 * ? * * *)"]})
    stack = Stack(written)
    stack.targets.table.put(encode_item(planned(written, first_at=NOON)))

    assert stack.execute() == []
    left = plan_on(stack)
    stack.clock.wait_until(NOON + minutes(20))
    reconcile_some(None, stack.ports())
    found = plan_on(stack)

    assert stack.row().status is RunStatus.COMPLETED
    assert left is not None
    assert left.status is PlanStatus.SCHEDULED
    assert found is not None
    assert found.status is PlanStatus.INVALID
    assert (found.reason or "").startswith("except: `except` took out")


def test_the_last_of_max_runs_ends_the_schedule_whatever_exclusions_hide() -> None:
    stack = Stack(item(max_runs=1, **{"except": ["cron(0/5 * ? * * *)"]}))

    assert stack.execute() == []
    plan = plan_on(stack)

    assert plan is not None
    assert plan.status is PlanStatus.COMPLETED


@pytest.mark.parametrize("on_complete", ["keep", "delete"])
def test_a_run_that_stopped_its_schedule_is_carried_on_where_its_end_was_not_recorded(on_complete: str) -> None:
    stack = stopping(on_complete=on_complete)

    assert stack.execute() == ["m1"]
    stack.clock.wait_until(NOON + LEASE + seconds(1))

    assert stack.execute() == []
    assert (stack.row().status, stack.row().attempt, stack.row().output) == (RunStatus.COMPLETED, 2, {"rows": 41})
    assert (plan_on(stack) is None) == (on_complete == "delete")


def test_other_runs_of_a_schedule_that_a_runner_has_stopped_are_dropped() -> None:
    stack = stopping()
    stack.execute()
    stack.clock.wait_until(NOON + minutes(5))

    other = request(scheduled_at=NOON + minutes(5), due_at=NOON + minutes(5), number=2)

    assert stack.execute(other.model_dump_json()) == []
    assert stack.row().run_id == request().run_id


def test_a_target_goes_no_sooner_than_the_run_that_stopped_its_schedule_is_recorded() -> None:
    stack = stopping(on_complete="delete")
    stack.execute()

    plan = plan_on(stack)
    assert plan is not None
    assert (plan.status, plan.stopped_by) == (PlanStatus.COMPLETED, request().run_id)


def test_reconcile_deletes_a_target_whose_executor_died_after_it_recorded_the_run_that_stopped_it() -> None:
    stack = stopping(on_complete="delete")
    stack.execute()
    written, begun = stack.targets.read(["homepage"])["homepage"], stack.row()
    now, settings = NOON + minutes(4), LoopSettings()

    assert isinstance(reconcile(written, [begun], now=now, settings=settings)[-1], Nothing)
    recorded = begun.completed({"rows": 41}, now=NOON)
    (found,) = reconcile(written, [recorded], now=now, settings=settings)
    assert isinstance(found, Complete)
    assert found.is_deleted


def test_a_runner_that_exits_has_failed() -> None:
    stack = Stack(item())

    def exits(target: Target, context: RunContext) -> RunResult:
        raise SystemExit(2)

    stack.runners.script = exits

    assert stack.execute() == []
    assert (stack.row().status, stack.row().error) == (RunStatus.RETRYING, "SystemExit: 2")


def test_a_secret_in_what_a_runner_raises_is_neither_recorded_nor_logged(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack(item(retry={"max_attempts": 1}))
    stack.telemetry = JsonTelemetry(stack.clock)

    def raises(target: Target, context: RunContext) -> RunResult:
        raise ValueError("401 for url: https://api.example/?key=hunter2")

    stack.runners.script = raises
    stack.execute()

    logged = capsys.readouterr().out
    assert "a runner raised" in logged
    assert "ValueError: 401 for url: https://api.example/?key=***" in logged
    assert "hunter2" not in logged + str(stack.row()) + str(stack.queue.dead)
