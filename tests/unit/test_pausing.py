"""Pausing a target after failures, on a bad day."""

from typing import Any

import pytest

from functions.ports import UnavailableError
from functions.runners.contract import RunContext
from functions.telemetry import Count
from schedule_model.errors import RunnerError
from schedule_model.run import Run, RunStatus
from schedule_model.run_result import RunResult
from schedule_model.target import Item, Target
from tests.simulation.memory import MemoryRuns, MemoryTargets
from tests.unit.examples import LEASE, NOON, item, minutes, request, revision, run
from tests.unit.executing import Stack

ONCE = item(pause_after_failures=1, retry={"max_attempts": 1})


class RefusingOnce(MemoryTargets):
    """A table that refuses the first pause."""

    is_throttled = True

    def deactivate(self, target_id: str, note: str, *, seen: Item) -> bool:
        if self.is_throttled:
            self.is_throttled = False
            raise UnavailableError("throttled")
        return super().deactivate(target_id, note, seen=seen)


class CountingRuns(MemoryRuns):
    """A table that counts how often rows are looked for."""

    looks = 0

    def latest(self, *asked: Any, **limits: Any) -> Any:
        self.looks += 1
        return super().latest(*asked, **limits)


def breaks(target: Target, context: RunContext) -> RunResult:
    raise RunnerError("503")


def is_active(stack: Stack) -> object:
    return stack.targets.read(["homepage"])["homepage"].get("active", True)


def test_a_pause_that_was_refused_comes_with_the_message_of_the_run_that_has_its_row() -> None:
    stack = Stack(ONCE)
    stack.runners.script, stack.targets = breaks, RefusingOnce(stack.targets.table)
    assert stack.execute() == ["m1"]
    assert (stack.row().status, is_active(stack)) == (RunStatus.FAILED, True)

    assert stack.execute() == []

    assert is_active(stack) is False
    assert (len(stack.queue.dead), stack.telemetry.counts[Count.RUNS_FAILED]) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [{"status": RunStatus.COMPLETED}, {"status": RunStatus.FAILED, "revision": revision(0)}],
    ids=["completed", "earlier"],
)
def test_a_duplicate_of_no_failure_of_this_schedule_pauses_nothing(changes: dict[str, Any]) -> None:
    stack = Stack(ONCE)
    stack.runs.claim([run(**changes)])

    assert stack.execute() == []
    assert is_active(stack) is True


def test_a_duplicate_of_the_last_failure_of_a_schedule_pauses_nothing() -> None:
    stack = Stack(ONCE | {"schedule": "at(2026-11-20T12:00:00)"})
    stack.runs.claim([run(status=RunStatus.FAILED)])

    assert stack.execute() == []
    assert is_active(stack) is True


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_a_duplicate_of_a_failure_that_a_later_run_has_followed_pauses_nothing(status: RunStatus) -> None:
    stack, later = Stack(ONCE, minutes(6)), NOON + minutes(5)
    after = Run.begun(request(scheduled_at=later, due_at=later), now=later, lease=LEASE, keep=minutes(9_000))
    stack.runs.claim([run(status=RunStatus.FAILED), after.model_copy(update={"status": status})])

    assert stack.execute() == []
    assert is_active(stack) is True


def test_a_duplicate_costs_no_more_reads_where_nothing_is_to_be_paused() -> None:
    stack = Stack(item(overlap="allow"))
    stack.runs = CountingRuns()
    stack.runs.claim([run(status=RunStatus.FAILED)])

    assert stack.execute(request(due_at=stack.clock.now() - minutes(1)).model_dump_json()) == []
    assert stack.runs.looks == 0
