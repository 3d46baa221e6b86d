"""Until when an attempt may take, and what its end may do to a target that was edited meanwhile."""

from functions.runners.contract import RunContext
from functions.settings import RECORDING_MARGIN
from schedule_model.run import RunStatus
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.unit.examples import NOON, item, seconds
from tests.unit.executing import Stack

SLOW = item(timeout_seconds=50)


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


def test_a_runner_that_exits_has_failed() -> None:
    stack = Stack(item())

    def exits(target: Target, context: RunContext) -> RunResult:
        raise SystemExit(2)

    stack.runners.script = exits

    assert stack.execute() == []
    assert (stack.row().status, stack.row().error) == (RunStatus.RETRYING, "SystemExit: 2")
