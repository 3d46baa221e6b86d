"""Rows that stand open when their request is turned away."""

from collections.abc import Sequence

from functions.aws.items import encode_item
from functions.ports import ClaimAnswer
from functions.telemetry import Count
from schedule_model.run import Run, RunStatus
from tests.simulation.memory import MemoryRuns
from tests.unit.examples import NOON, item, planned, request, run, seconds
from tests.unit.executing import Stack


class Together(MemoryRuns):
    """A table on which a second executor is through with a message just before the first one writes."""

    def __init__(self, stack: Stack, body: str) -> None:
        super().__init__()
        self.second = [lambda: stack.execute(body)]

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        while self.second:
            self.second.pop()()
        return super().replace(pairs)


def test_a_row_that_two_executors_close_at_once_is_counted_once() -> None:
    stack = Stack(item(), late=seconds(3))
    body = request(due_at=NOON + seconds(2), attempt=2).model_dump_json()
    stack.runs = Together(stack, body)
    begun = run(holder="another").retrying("503", now=NOON, retry_at=NOON + seconds(2))
    stack.runs.claim([begun])
    stack.targets.table.put(encode_item(planned(item(schedule="rate(6 minutes)"), 2)))

    assert stack.execute(body) == []

    assert stack.row().status is RunStatus.SKIPPED
    assert stack.telemetry.counts[Count.RUNS_SKIPPED] == 1
