"""What has failed is handed back at once: a slow run of the same batch does not make a misfire of it."""

from collections.abc import Sequence
from datetime import datetime

from functions.aws.items import encode_item
from functions.executor import app as executor
from functions.ports import ClaimAnswer, UnavailableError
from functions.runners.contract import RunContext
from schedule_model.run import Run, RunStatus
from schedule_model.run_result import RunResult
from schedule_model.target import Target
from tests.simulation.memory import MemoryRunQueue, MemoryRuns, ScriptedRunners, VirtualClock
from tests.unit.examples import item, planned, request, seconds
from tests.unit.executing import Stack

SLOW = "slow-neighbour"


class RunsRefusingOnce(MemoryRuns):
    """A table that refuses the first claim of any run but the slow neighbour's."""

    is_refusing = True

    def claim(self, runs: Sequence[Run]) -> Sequence[ClaimAnswer]:
        refused = [self.is_refusing and run.target_id != SLOW for run in runs]
        self.is_refusing = self.is_refusing and True not in refused
        answers = iter(super().claim([run for run, is_refused in zip(runs, refused, strict=True) if not is_refused]))
        return [UnavailableError("throttled") if is_refused else next(answers) for is_refused in refused]


class RunsRefusingEnds(MemoryRuns):
    """A table that refuses to record the first end of any run but the slow neighbour's."""

    is_refusing = True

    def replace(self, pairs: Sequence[tuple[Run, Run]]) -> Sequence[ClaimAnswer]:
        if self.is_refusing and any(new.target_id != SLOW for _, new in pairs):
            self.is_refusing = False
            return [UnavailableError("throttled") for _ in pairs]
        return super().replace(pairs)


class QueueThatTells(MemoryRunQueue):
    """A queue that keeps which receipts were postponed, and when."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.told: list[tuple[datetime, int, tuple[str, ...]]] = []
        self._its_clock = clock

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        self.told.append((self._its_clock.now(), seconds, tuple(receipts)))
        super().postpone(receipts, seconds)


class SlowNeighbour(ScriptedRunners):
    """Runners of which the slow neighbour's takes as long as its clock says."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def run(self, target: Target, context: RunContext) -> RunResult | None:
        if target.id == SLOW:
            self._clock.wait_until(self._clock.now() + seconds(50))
        return RunResult(output=target.id)


def lively(runs: MemoryRuns) -> tuple[Stack, QueueThatTells]:
    stack = Stack(item(catch_up="skip"), late=seconds(0.5))
    stack.targets.table.put(encode_item(planned(item(id=SLOW, timeout_seconds=55))))
    stack.runners, stack.runs, queue = SlowNeighbour(stack.clock), runs, QueueThatTells(stack.clock)
    stack.queue = queue
    for one in (request(), request(target_id=SLOW)):
        queue.put(one.model_dump_json(), seconds(0))
    return stack, queue


def deliver(stack: Stack) -> None:
    held = stack.queue.receive()
    attributes = [{"ApproximateReceiveCount": str(one.receives)} for one in held]
    records = [
        {"messageId": one.message_id, "receiptHandle": one.receipt, "body": one.body, "attributes": said}
        for one, said in zip(held, attributes, strict=True)
    ]
    failures = executor.handle({"Records": records}, stack.ports())["batchItemFailures"]
    failed = {failure["itemIdentifier"] for failure in failures}
    for one in held:
        if one.message_id not in failed:
            stack.queue.delete(one.receipt)


def test_a_refused_claim_is_handed_back_before_the_others_run() -> None:
    stack, queue = lively(RunsRefusingOnce())
    began = stack.clock.now()

    deliver(stack)

    assert [(at, pause, len(receipts)) for at, pause, receipts in queue.told] == [(began, 5, 1)]


def test_a_run_whose_claim_was_refused_is_no_misfire_after_a_slow_neighbour() -> None:
    stack, _ = lively(RunsRefusingOnce())

    deliver(stack)
    # By now it is 55 s late; handed back at the end it would come 5 s after that.
    stack.clock.wait_until(stack.clock.now() + seconds(4))
    deliver(stack)

    assert stack.row().status is RunStatus.COMPLETED


def test_an_end_that_was_refused_is_handed_back_before_the_slow_neighbour_ends() -> None:
    stack, queue = lively(RunsRefusingEnds())
    began = stack.clock.now()

    deliver(stack)

    assert [(at, len(receipts)) for at, _, receipts in queue.told] == [(began, 1)]
