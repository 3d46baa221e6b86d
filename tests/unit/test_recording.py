"""What is recorded of an attempt when a table or the queue refuses: nothing that is not so, and never too early."""

from collections.abc import Mapping, Sequence

from functions.ports import ClaimAnswer, UnavailableError
from functions.runners.contract import RunContext
from functions.telemetry import Count
from schedule_model.dispatching import QueueRun
from schedule_model.errors import RunnerError
from schedule_model.run import Run, RunStatus
from schedule_model.run_result import RunResult
from schedule_model.target import Item, Target
from tests.simulation.memory import MemoryRunQueue, MemoryRuns, MemoryTargets
from tests.unit.examples import item
from tests.unit.executing import Stack

REFUSED = UnavailableError("throttled")


class RefusingRetries(MemoryRunQueue):
    """A queue that takes no message about a second attempt."""

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        is_refused = [one.request.attempt > 1 for one in messages]
        super().send([one for one, no in zip(messages, is_refused, strict=True) if not no])
        return [REFUSED if no else None for no in is_refused]


class RefusingEnds(MemoryRuns):
    """A table that takes claims, and not how they end."""

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        return [REFUSED for _ in pairs]


class StaleTargets(MemoryTargets):
    """A table whose cheap reads do not see the target yet."""

    def read(self, target_ids: Sequence[str], *, consistent: bool = False) -> Mapping[str, Item]:
        return super().read(target_ids, consistent=True) if consistent else {}


def fails_for_now(target: Target, context: RunContext) -> RunResult:
    raise RunnerError("no answer")


def test_an_attempt_whose_next_one_cannot_be_asked_for_stays_in_progress_until_it_can() -> None:
    stack = Stack(item(retry={"max_attempts": 2}))
    stack.runners.script, stack.queue = fails_for_now, RefusingRetries(stack.clock)

    assert stack.execute() == ["m1"]
    assert stack.row().status is RunStatus.IN_PROGRESS
    assert stack.telemetry.counts[Count.RUNS_RETRIED] == 0


def test_an_attempt_whose_end_was_not_written_comes_again() -> None:
    stack = Stack(item())
    stack.runs = RefusingEnds()

    assert stack.execute() == ["m1"]
    assert stack.row().status is RunStatus.IN_PROGRESS
    assert stack.telemetry.counts[Count.RUNS_SUCCEEDED] == 0


def test_a_run_is_not_turned_away_for_what_a_cheap_read_did_not_see() -> None:
    stack = Stack(item())
    stack.targets = StaleTargets(stack.targets.table)

    assert stack.execute() == []
    assert stack.row().status is RunStatus.COMPLETED
